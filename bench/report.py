#!/usr/bin/env python3
"""Turns heddle_bench's JSON into Markdown tables.

report.py RESULT.json [--keep FOLDER] [--page FILE]. Without options the tables are printed. --keep
stores the JSON in FOLDER under the machine's name, less what identifies the host. --page puts the
tables between the two marks of a Markdown page.
"""
import argparse
import json
import pathlib
import re
import statistics
import sys

BEGIN = "<!-- bench/report.py: begin -->"
END = "<!-- bench/report.py: end -->"
TARGET_OPERATIONS = ("prune_pack_canonical", "prune_pack_device")
FLOATS_2_4 = "2:4 of f32, f16, bf16"
TARGETS = {FLOATS_2_4: 0.5, "every other pattern and type": 0.1}  # least ratio on one thread
THREADS = {"1": "one thread", "all": "all threads"}


def rows_of(result):
    """The benchmarks as dictionaries with the parts of their names."""
    rows = []
    for bench in result["benchmarks"]:
        if bench.get("error_occurred"):
            sys.exit(f"report.py: {bench['name']}: {bench.get('error_message')}")
        operation, problem, threads = bench["name"].split("/")[:3]
        shape, keep, group, dtype, order = problem.split(":")
        rows.append({**bench, "operation": operation, "shape": shape, "pattern": f"{keep}:{group}",
                     "type": dtype, "order": order, "threads": threads.removeprefix("threads:")})
    return rows


def unique(values):
    return list(dict.fromkeys(values))


def table(head, body):
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule] + body)


def machine_text(context):
    caches = ", ".join(f"L{c['level']} {c['type'].lower()} {c['size'] // 1024} KiB"
                       for c in context.get("caches", []))
    return (f"Machine: {context['cpu']}, {context['hardware_threads']} hardware threads, {caches}, "
            f"memory {context['memory']}. Compiler: {context['compiler']}. "
            f"Heddle {context['heddle_version']}, {context['date'][:10]}, "
            f"{context['rounds']} rounds, GB = 10^9 bytes.")


def target_of(row):
    floats = row["pattern"] == "2:4" and row["type"] in ("f32", "f16", "bf16")
    return FLOATS_2_4 if floats else "every other pattern and type"


def targets_text(rows):
    rows = [r for r in rows if r["operation"] in TARGET_OPERATIONS and r["threads"] == "1"
            and r["order"] == "row"]
    body = []
    for what, least in TARGETS.items():
        chosen = [r for r in rows if target_of(r) == what]
        if not chosen:
            body.append([what, f"{least} x", "not measured", "", ""])
            continue
        worst = min(chosen, key=lambda r: r["ratio"])
        where = f"{worst['operation']}, {worst['shape']}:{worst['pattern']}:{worst['type']}"
        verdict = "reached" if worst["ratio"] >= least else "**missed**"
        body.append([what, f"{least} x", f"{worst['ratio']:.2f} x", where, verdict])
    head = ["fused prune+pack, row order, one thread", "goal", "slowest", "there", "verdict"]
    return table(head, body)


def spread_text(rows):
    spreads = [((r["ratio_q3"] - r["ratio_q1"]) / r["ratio"], r) for r in rows]
    if not spreads:
        return ""
    worst, where = max(spreads, key=lambda s: s[0])
    typical = statistics.median(s[0] for s in spreads)
    return (f"Noise: the quartiles of a ratio's rounds lie {typical:.0%} of it apart in the "
            f"median, {worst:.0%} at most (`{'/'.join(where['name'].split('/')[:3])}`).")


def speed_text(row):
    return f"{row['GB/s']:.1f} ({row['ratio']:.2f})"


def case_text(rows, shape, order, pattern):
    """Both tables of one shape, order and pattern: operations down, types across."""
    parts = [f"### {shape}, {order} order, {pattern}"]
    rows = [r for r in rows if (r["shape"], r["order"], r["pattern"]) == (shape, order, pattern)]
    types = unique(r["type"] for r in rows)
    for threads in unique(r["threads"] for r in rows):
        cells = {(r["operation"], r["type"]): r for r in rows if r["threads"] == threads}
        body = []
        for operation in unique(r["operation"] for r in rows):
            picked = [cells.get((operation, t)) for t in types]
            body.append([operation] + [speed_text(c) if c else "-" for c in picked])
        copies = [statistics.median(c["memcpy_GB/s"] for (_, t), c in cells.items() if t == dtype)
                  for dtype in types]
        body.append(["*memcpy*"] + [f"{c:.1f}" for c in copies])
        parts.append(table([THREADS[threads]] + types, body))
    return "\n\n".join(parts)


def products_text(rows):
    body = []
    for shape in unique(r["shape"] for r in rows):
        for dtype in unique(r["type"] for r in rows if r["shape"] == shape):
            cells = {r["threads"]: r for r in rows if (r["shape"], r["type"]) == (shape, dtype)}
            pattern = next(iter(cells.values()))["pattern"]
            body.append([f"{shape}:{pattern}:{dtype}"] +
                        [f"{cells[t]['GFLOPS']:.2f}" if t in cells else "-" for t in THREADS])
    head = ["problem"] + list(THREADS.values())
    return "### Product, GFLOPS of stored entries\n\n" + table(head, body)


def report(result):
    rows = rows_of(result)
    timed = [r for r in rows if "ratio" in r]
    products = [r for r in rows if "GFLOPS" in r]
    parts = [machine_text(result["context"]), targets_text(timed), spread_text(timed)]
    for shape, order, pattern in unique((r["shape"], r["order"], r["pattern"]) for r in timed):
        parts.append(case_text(timed, shape, order, pattern))
    if products:
        parts.append(products_text(products))
    return "\n\n".join(p for p in parts if p)


def keep(result, folder):
    for private in ("host_name", "executable", "load_avg"):
        result["context"].pop(private, None)
    machine = f"{result['context']['cpu']} {result['context']['hardware_threads']} threads"
    path = folder / ("cpu-" + re.sub(r"[^a-z0-9]+", "-", machine.lower()).strip("-") + ".json")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
    return path


def put_into(page, text):
    old = page.read_text()
    if old.count(BEGIN) != 1 or old.count(END) != 1:
        sys.exit(f"report.py: {page}: must hold the marks '{BEGIN}' and '{END}' once each")
    before, rest = old.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--page", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    result = json.loads(options.result.read_text())
    text = report(result)
    if options.keep:
        print(f"report.py: wrote {keep(result, options.keep)}")
    if options.page:
        put_into(options.page, text)
        print(f"report.py: wrote the tables of {options.page}")
    if not options.page:
        print(text)


if __name__ == "__main__":
    main()
