#!/usr/bin/env python3
"""Turns the JSON of heddle_bench or heddle_gpu_bench into Markdown tables.

report.py RESULT.json... [--keep FOLDER] [--page FILE]. Without options the tables are printed.
--keep stores the JSON in FOLDER under the machine's name, less what identifies the host. --page puts the
tables between two marks of a Markdown page, a section for each kind; products have several, and a
plot beside the page. Several results of one kind count as one. Without a result the page's GPU
sections say that nothing was measured. Exit status 1 if a benchmark of the result had failed;
products that were left out for want of time have not.
"""
import argparse
import json
import pathlib
import re
import statistics
import sys

sys.dont_write_bytecode = True  # nothing beside the sources
import campaign_report
import gemm_report

GPU_SECTIONS = ("rates", "regimes", "gemm", "experiments", "variants", "model", "gpu")
MARKS = {  # of a page
    "cpu": ("<!-- bench/report.py: begin -->", "<!-- bench/report.py: end -->"),
    **{kind: tuple(f"<!-- bench/report.py {kind}: {side} -->" for side in ("begin", "end"))
       for kind in GPU_SECTIONS}}
NOT_MEASURED = "Not measured: no run on a GPU has been recorded."
TARGET_OPERATIONS = ("prune_pack_canonical", "prune_pack_device")
FLOATS_2_4 = "2:4 of f32, f16, bf16"
TARGETS = {FLOATS_2_4: 0.5, "every other pattern and type": 0.1}  # least ratio on one thread
THREADS = {"1": "one thread", "all": "all threads"}
GPU_TARGET = "prune_pack_device, bf16, 2:4, row order, 8192x8192 and larger"
GPU_LEAST = 0.85  # least share of the copy bandwidth


def kind_of(result):
    if "gpu" not in result["context"]:
        return "cpu"
    for kind, start in (("gemm", "matmul/"), ("variants", "variants/"),
                        ("experiments", "experiment/"), ("rates", "device/rate_")):
        if any(b["name"].startswith(start) for b in result["benchmarks"]):
            return kind
    return "gpu"


def rows_of(result):
    """The benchmarks as dictionaries with the parts of their names."""
    rows = []
    for bench in result["benchmarks"]:
        operation, problem, threads = bench["name"].split("/")[:3]
        row = {**bench, "operation": operation, "problem": problem,
               "threads": threads.removeprefix("threads:"),
               "failed": bench.get("error_occurred", False)}
        if ":" in problem:
            shape, keep, group, dtype, order = problem.split(":", 4)
            row |= {"shape": shape, "pattern": f"{keep}:{group}", "type": dtype, "order": order}
        rows.append(row)
    return rows


def name_of(row):
    return "/".join(row["name"].split("/")[:3])


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
            f"median, {worst:.0%} at most (`{name_of(where)}`).")


def speed_text(row):
    if row is None:
        return "-"
    return "**failed**" if row["failed"] else f"{row['GB/s']:.1f} ({row['ratio']:.2f})"


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
            body.append([operation] + [speed_text(c) for c in picked])
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


def cpu_report(context, rows):
    timed = [r for r in rows if "ratio" in r]
    products = [r for r in rows if "GFLOPS" in r]
    parts = [machine_text(context), targets_text(timed), spread_text(timed)]
    for shape, order, pattern in unique((r["shape"], r["order"], r["pattern"]) for r in timed):
        parts.append(case_text(timed, shape, order, pattern))
    if products:
        parts.append(products_text(products))
    return parts


def gpu_text(context):
    """The machine; what only nvidia-smi knows is there if bench/gpu/run.sh made the result."""
    text = (f"Machine: {context['gpu']}, compute capability {context['gpu_compute_capability']}, "
            f"{context['gpu_multiprocessors']} multiprocessors, "
            f"L2 {int(context['gpu_l2_bytes']) / 2**20:.0f} MiB, "
            f"memory {int(context['gpu_memory_bytes']) / 2**30:.0f} GiB, "
            f"ECC {context['gpu_ecc']}.")
    smi = [f"{what} {context[key]}{unit}" for key, what, unit in
           (("smi_driver", "driver", ""), ("smi_power_limit_w", "power limit", " W"),
            ("smi_max_sm_mhz", "highest clocks", " MHz"), ("smi_max_memory_mhz", "memory", " MHz"))
           if key in context]
    if smi:
        text += f" By nvidia-smi: {', '.join(smi)}."
    commit = f" (commit {context['commit']})" if "commit" in context else ""
    return text + (f" CUDA runtime {context['cuda_runtime']}. "
                   f"Heddle {context['heddle_version']}{commit}, "
                   f"{context['date'][:10]}, {context['rounds']} rounds, GB = 10^9 bytes.")


def gpu_target_text(rows):
    head = ["share of the copy bandwidth", "goal", "lowest", "there", "verdict"]
    chosen = []
    for row in rows:
        m, k = map(int, re.fullmatch(r"m(\d+)k(\d+)", row["shape"]).groups())
        if (row["operation"], row["pattern"], row["type"], row["order"]) == \
                ("prune_pack_device", "2:4", "bf16", "row") and min(m, k) >= 8192:
            chosen.append(row)
    goal = f"{GPU_LEAST}"
    if not chosen:
        return table(head, [[GPU_TARGET, goal, "not measured", "", ""]])
    failed = [r for r in chosen if r["failed"]]
    if failed:
        return table(head, [[GPU_TARGET, goal, "", failed[0]["shape"], "**failed**"]])
    worst = min(chosen, key=lambda r: r["ratio"])
    verdict = "reached" if worst["ratio"] >= GPU_LEAST else "**missed**"
    return table(head, [[GPU_TARGET, goal, f"{worst['ratio']:.3f}", worst["shape"], verdict]])


def gpu_ceiling_text(rows, timed):
    parts = []
    device = {r["problem"]: r for r in rows if r["operation"] == "device" and not r["failed"]}
    if "copy" in device:
        row = device["copy"]
        parts.append(f"A copy that reads and writes {row['bytes'] / 1e9:.1f} GB in all runs at "
                     f"{row['cudaMemcpyAsync_GB/s']:.0f} GB/s by cudaMemcpyAsync, at "
                     f"{row['kernel_GB/s']:.0f} GB/s by a kernel.")
    if "launch" in device:
        row = device["launch"]
        parts.append(f"An empty launch takes {row['us']:.1f} us in a graph, "
                     f"{row['direct_us']:.1f} us by itself.")
    if timed:
        worst = max(timed, key=lambda r: r["direct_us"] / r["us"])
        parts.append(f"Called one by one instead of from a graph, an operation takes "
                     f"{worst['direct_us'] / worst['us']:.2f} times as long at most "
                     f"(`{name_of(worst)}`).")
    return " ".join(parts)


def gpu_case_text(rows, shape, order, pattern):
    rows = [r for r in rows if (r["shape"], r["order"], r["pattern"]) == (shape, order, pattern)]
    types = unique(r["type"] for r in rows)
    cells = {(r["operation"], r["type"]): r for r in rows}
    body = [[operation] + [speed_text(cells.get((operation, t))) for t in types]
            for operation in unique(r["operation"] for r in rows)]
    copies = [[r["copy_GB/s"] for r in rows if r["type"] == t and not r["failed"]] for t in types]
    body.append(["*copy*"] + [f"{statistics.median(c):.1f}" if c else "-" for c in copies])
    return f"### GPU, {shape}, {order} order, {pattern}\n\n" + table(["GB/s (share)"] + types, body)


def gpu_report(context, rows):
    cases = [r for r in rows if "shape" in r]
    timed = [r for r in cases if not r["failed"]]
    parts = [gpu_text(context), gpu_target_text(cases), gpu_ceiling_text(rows, timed),
             spread_text(timed)]
    for shape, order, pattern in unique((r["shape"], r["order"], r["pattern"]) for r in cases):
        parts.append(gpu_case_text(cases, shape, order, pattern))
    failed = [f"- `{name_of(r)}`: {r.get('error_message')}" for r in rows if r["failed"]]
    if failed:
        parts.append("### Failed on the GPU\n\n" + "\n".join(failed))
    return parts


def gemm_report_of(context, rows):
    parts = [gpu_text(context), gpu_ceiling_text(rows, [])] + gemm_report.products_report(rows)
    failed = [f"- `{name_of(r)}`: {r.get('error_message')}" for r in rows if failure(r)]
    return parts + (["### Failed products\n\n" + "\n".join(failed)] if failed else [])


def machine_report(context, rows, text):
    """Rates or variants: a table below the machine's description."""
    failed = [f"- `{name_of(r)}`: {r.get('error_message')}" for r in rows if failure(r)]
    return [gpu_text(context), gpu_ceiling_text(rows, []), gemm_report.ceilings_text(rows),
            text] + (["Failed:\n\n" + "\n".join(failed)] if failed else [])


def failure(row):
    """Whether a row has failed, rather than been left out."""
    may_be_left = (gemm_report.is_product(row) or gemm_report.is_variants(row) or
                   gemm_report.is_rate(row) or campaign_report.is_experiment(row))
    left_out = may_be_left and row.get("error_message", "").startswith("not run")
    return row["failed"] and not left_out


def report(result):
    rows = rows_of(result)
    if kind_of(result) == "gemm":
        return "\n\n".join(p for p in gemm_report_of(result["context"], rows) if p)
    texts = {"rates": gemm_report.rates_text, "variants": gemm_report.variants_text,
             "experiments": campaign_report.experiments_text}
    if kind_of(result) in texts:
        text = texts[kind_of(result)](rows)
        return "\n\n".join(p for p in machine_report(result["context"], rows, text) if p)
    if kind_of(result) == "gpu":
        return "\n\n".join(p for p in gpu_report(result["context"], rows) if p)
    for row in rows:
        if row["failed"]:
            sys.exit(f"report.py: {row['name']}: {row.get('error_message')}")
    return "\n\n".join(p for p in cpu_report(result["context"], rows) if p)


def sections(result, page):
    """The parts of a page that a result gives, by their marks. Products draw a plot beside it."""
    kind, rows = kind_of(result), rows_of(result)
    found = {kind: report(result)}
    if kind == "gemm":
        regimes = campaign_report.regimes_text(rows)
        if any("x_cublaslt" in r for r in rows):
            import plot  # which imports this module
            drawing = page.parent / "speedup.svg"
            drawing.write_text(plot.plot(result))
            regimes += f"\n\n![Speed-up over dense against n, per type]({drawing.name})"
        found["regimes"] = regimes or "No product of these numbers of tokens was measured."
    if kind == "gemm" and (text := campaign_report.model_text(rows)):
        found["model"] = text
    return found


def keep(result, folder):
    for private in ("host_name", "executable", "load_avg"):
        result["context"].pop(private, None)
    context, kind = result["context"], kind_of(result)
    machine = context["gpu"] if kind != "cpu" else (
        f"{context['cpu']} {context['hardware_threads']} threads")
    path = folder / f"{kind}-{re.sub(r'[^a-z0-9]+', '-', machine.lower()).strip('-')}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
    return path


def put_into(page, kind, text):
    old = page.read_text()
    begin, end = MARKS[kind]
    if old.count(begin) != 1 or old.count(end) != 1:
        sys.exit(f"report.py: {page}: must hold the marks '{begin}' and '{end}' once each")
    before, rest = old.split(begin)
    after = rest.split(end)[1]
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
    print(f"report.py: wrote the {kind} tables of {page}")


def merged(results):
    """One result of several of the same kind, machine and commit: a later row replaces an earlier
    one of its name."""
    def what(result):
        context = result["context"]
        return [kind_of(result)] + [context.get(k) for k in ("gpu", "cpu", "commit", "smi_driver")]

    first = results[0]
    for result in results[1:]:
        if what(result) != what(first):
            sys.exit(f"report.py: {what(result)} and {what(first)} do not belong together")
    rows = {b["name"]: b for result in results for b in result["benchmarks"]}
    return {**first, "benchmarks": list(rows.values())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=pathlib.Path, nargs="*")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--page", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    if not options.result:
        if options.page is None or options.keep is not None:
            parser.error("without a result there is only --page")
        for kind in GPU_SECTIONS:
            put_into(options.page, kind, NOT_MEASURED)
        return
    result = merged([json.loads(path.read_text()) for path in options.result])
    text = report(result)
    if options.keep:
        print(f"report.py: wrote {keep(result, options.keep)}")
    if options.page:
        for kind, section in sections(result, options.page).items():
            put_into(options.page, kind, section)
    else:
        print(text)
        if kind_of(result) in ("gemm", "experiments"):
            print("\n" + campaign_report.model_text(rows_of(result)))
    sys.exit(any(failure(row) for row in rows_of(result)))


if __name__ == "__main__":
    main()
