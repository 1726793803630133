#!/usr/bin/env python3
"""What binds each kernel on each device, predicted: the page docs/kernels/bounds.md.

    bounds.py HEDDLE_PREDICT           prints the page
    bounds.py HEDDLE_PREDICT --write   writes it
    bounds.py HEDDLE_PREDICT --check   1 if the page is not that

Joins the cost model (heddle_predict --terms) with the tables of test/kernels/resources: registers
(table.txt) and instructions (sass.txt, hopper_sass.txt, stream_sass.txt).
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/kernels/bounds.md"
RESOURCES = ROOT / "test/kernels/resources"
TARGET = {80: "sm_80", 86: "sm_86", 89: "sm_89", 90: "sm_90a", 100: "sm_100a", 120: "sm_120a"}
# CUDA C++ Programming Guide, table of technical specifications per compute capability.
RESIDENT_THREADS = {80: 2048, 86: 1536, 89: 1536, 90: 2048, 100: 2048, 120: 1536}
RESIDENT_BLOCKS = {80: 32, 86: 16, 89: 24, 90: 32, 100: 32, 120: 24}
REGISTERS, WARP, SLOTS = 65536, 32, 4  # of a multiprocessor; registers go by eights to a thread
BLOCK_SHARED = 1024  # bytes of each block that the system keeps
DEPTH = {"bf16": 32, "s8": 64, "e4m3_e4m3": 64}  # elements along k of one sparse product
SHOWN_LAYER = ("28672", "8192")
LEAST_SHARES = 24  # rows of the ranking


def read_table(path):
    """Rows of a table with a line of headings, the kernel's name last, as dictionaries."""
    head, rows = None, []
    for line in path.read_text().split("\n"):
        if line.startswith("# nvcc"):
            continue
        if line.startswith("#"):
            head = line[1:].split()
        elif line.strip():
            rows.append(dict(zip(head, line.split(None, len(head) - 1))))
    return rows


def read_terms(program):
    heads, rows = {}, collections.defaultdict(list)
    said = subprocess.run([program, "--terms"], check=True, capture_output=True, text=True).stdout
    for line in said.splitlines():
        kind, *fields = line.split(",")
        if kind not in heads:
            heads[kind] = fields
        else:
            rows[kind].append(dict(zip(heads[kind], fields)))
    return {row["name"]: row for row in rows["device"]}, rows["case"]


def shown(kernel):
    """A kernel of table.txt with its enumerators in words."""
    def word(match):
        for folder in ("kernels/*.hpp", "kernels/*/*.hpp", "include/heddle/*.hpp"):
            for source in sorted(ROOT.glob(folder)):
                text = re.sub(r"//[^\n]*", "", source.read_text())
                if found := re.search(rf"enum class {match[1]}\b[^{{;]*\{{([^}}]*)\}}", text):
                    return found[1].split(",")[int(match[2])].split("=")[0].strip()
        return match[0]
    return re.sub(r"\((\w+)\)(\d+)", word, kernel)


def latency_us():
    """Of a load from device memory, as the cost model has it."""
    text = (ROOT / "host/cost_parts.hpp").read_text()
    return float(re.search(r"kMemoryLatencyUs = ([0-9.]+);", text)[1])


def blocks_resident(capability, registers, threads, shared, shared_per_multiprocessor):
    warps = REGISTERS // ((registers + 7) // 8 * 8 * WARP)
    limits = [warps * WARP // threads, RESIDENT_THREADS[capability] // threads,
              RESIDENT_BLOCKS[capability], shared_per_multiprocessor // (shared + BLOCK_SHARED)]
    return max(1, min(limits))


# ---- products ------------------------------------------------------------------------------------

def mma_cost(rows, target, multiply, tiles):
    """(instructions per mma with the copies of B, whether of just that instance); None if no
    instance of the type was measured. In place of one that was not: another target's, then the
    next fewer tiles, which cost more each."""
    for fewer in (t for t in (8, 4, 2, 1) if t <= tiles):
        name = f"{multiply} k_major {fewer}"
        fit = [row for row in rows if row["kernel"] == name]
        own = [row for row in fit if row["target"] == target]
        if fit:
            return float((own or fit)[0]["total"]), bool(own) and fewer == tiles
    return None


def issue_us(case, device, tables):
    """(time to issue all instructions of the main loops, a mark); None if not known."""
    m, k, n = (int(case[x]) for x in "mkn")
    tile_m, tile_n = int(case["tile_m"]), int(case["tile_n"])
    area = -(-m // tile_m) * tile_m * -(-n // tile_n) * tile_n
    config = case["config"]
    blocks = int(re.search(r"blocks=(\d+)", config)[1])
    busy = min(int(device["multiprocessors"]), blocks) / float(case["balance"])
    clocks_per_us = float(device["clock_ghz"]) * 1e3
    if match := re.match(r"wgmma=(\S+) .*a=(\w+)", config):
        name = f"{case['multiply']} {match[1]} k_major {match[2]}"
        row = next((r for r in tables["hopper"] if r["kernel"] == name), None)
        if row is None:
            return None
        count = area / 64 / int(match[1].split("x")[2]) * k / DEPTH[case["multiply"]]
        # one warp of the four of a group in each of the slots
        return count * float(row["per_wgmma"]) / (busy * clocks_per_us), ""
    tiles = int(re.search(r"tiles=(\d+)", config)[1])
    cost = mma_cost(tables["mma"], TARGET[int(device["capability"])], case["multiply"], tiles)
    # capability below 8.9 has no 8-bit floats: they are widened, which was not measured
    if cost is None or (case["multiply"].startswith("e") and int(device["capability"]) < 89):
        return None
    count = area / 16 / 8 * k / DEPTH[case["multiply"]]
    return count * cost[0] / (SLOTS * busy * clocks_per_us), "" if cost[1] else "~"


def bounds_of(case, device, tables):
    balance = float(case["balance"])
    bounds = {name: float(case[name + "_us"])
              for name in ("memory", "l2", "shared", "math", "wait")}
    for name in ("memory", "l2"):
        bounds[name] *= balance
    issue = issue_us(case, device, tables)
    return bounds, issue


def fixed_us(case):
    """What overlaps with nothing, however few the bytes."""
    return sum(float(case[name]) for name in ("launch_us", "fill_us", "fixup_us"))


def worst(bounds, issue, fixed=0):
    known = {**bounds, "start and end": fixed}
    if issue:
        known["issue"] = issue[0]
    most = max(known, key=known.get)
    return {"l2": "L2", "shared": "shared port"}.get(most, most)


def share_of(case, bounds, issue):
    """Of the ideal: the least time that memory and math allow, over the predicted time with the
    issue bound in place of the largest where it is larger."""
    largest = max(bounds.values())
    predicted = float(case["predicted_us"]) + max(0, (issue[0] if issue else 0) - largest)
    return max(float(case["memory_us"]), float(case["math_us"])) / predicted, predicted


def time_text(us):
    return f"{us:.1f}" if us < 100 else f"{us:.0f}"


def write_products(out, devices, cases, tables):
    m, k = SHOWN_LAYER
    out.append(f"## Products: m = {m}, k = {k}\n")
    out.append("Microseconds; the configuration that the selector takes. share: of the better of "
               "memory and math in the whole time.\n~: of a near instance (see above); -: not "
               "known.\n")
    for name in devices:
        out.append(f"### {name}\n")
        out.append("| type | n | predicted | memory | L2 | shared port | issue | math | wait | "
                   "binds | share | configuration |")
        out.append("| --- |" + " ---: |" * 8 + " --- | ---: | --- |")
        for case in cases:
            if case["device"] != name or (case["m"], case["k"]) != SHOWN_LAYER:
                continue
            bounds, issue = bounds_of(case, devices[name], tables)
            share, predicted = share_of(case, bounds, issue)
            issued = issue[1] + time_text(issue[0]) if issue else "-"
            config = re.sub(r" raster=.*", "", case["config"])
            out.append("| " + " | ".join(
                [case["multiply"], case["n"], time_text(predicted)]
                + [time_text(bounds[b]) for b in ("memory", "l2", "shared")] + [issued]
                + [time_text(bounds[b]) for b in ("math", "wait")]
                + [worst(bounds, issue, fixed_us(case)), f"{share:.0%}", f"`{config}`"]) + " |")
        out.append("")


def write_loops(out, tables, registers):
    out.append("## Main loops of the products\n")
    out.append("One block of 256 threads (mma) is resident on a multiprocessor, or one of 128 for "
               "each multiplying warpgroup\nand 128 that fetch (wgmma; registers as compiled, "
               "before setmaxnreg). A: bytes of its widest loads that\na multiprocessor has in one "
               "turn of the loop, so at most in flight. The ring of B lies in shared memory of\n"
               "the size that the configuration asks for: selection.md.\n")
    out.append("| target | kernel | registers | instructions per product | with copies of B | "
               "load width | A per SM, KiB |")
    out.append("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for row in tables["mma"]:
        name = "matmul<{}, {}, {}>".format(*row["kernel"].split())
        out.append(f"| {row['target']} | `{name}` | {registers[name][row['target']]} | "
                   f"{row['per_mma']} | {row['total']} | 16 | "
                   f"{int(row['wide']) * 16 * 256 / 1024:g} |")
    for row in tables["hopper"]:
        multiply, shape, order, way = row["kernel"].split()
        if multiply not in DEPTH:
            continue  # f16 is as bf16, other floats of 8 bits as e4m3
        groups, rows, tokens = (int(x) for x in shape.split("x"))
        name = "hopper<{}, {}, {}, {}, {}, {}>".format(
            multiply, groups, rows // 64, tokens, str(order == "n_major").lower(),
            str(way == "staged").lower())
        loads = int(row["ldg"]) + int(row["lds"])
        held = registers.get(name, {}).get("sm_90a", "-")
        out.append(f"| sm_90a | `{name}` | {held} | {row['per_wgmma']} | {row['per_wgmma']} | 16 | "
                   f"{loads * 16 * 128 * groups / 1024:g} |")
    out.append("")


# ---- streaming kernels ---------------------------------------------------------------------------

def stream_of(row, device, registers, latency):
    """Bytes of input per microsecond that each bound allows, and what is resident."""
    capability, sms = int(device["capability"]), int(device["multiprocessors"])
    have = registers.get(row["kernel"])
    if have is None or not have[row["target"]].isdigit() or not int(row["threads"]):
        return None
    threads, read, written = (int(row[x]) for x in ("threads", "in", "out"))
    blocks = blocks_resident(capability, int(have[row["target"]]), threads, int(have["shared"]),
                             int(device["shared_bytes_per_multiprocessor"]))
    resident = blocks * threads
    moved = read / (read + written)
    rates = {
        "memory": float(device["memory_gbytes_per_s"]) * 1e3 * moved,
        "l2": float(device["l2_gbytes_per_s"]) * 1e3 * moved,
        "issue": SLOTS * WARP * sms * float(device["clock_ghz"]) * 1e3 * read / int(row["path"]),
        "latency": resident * sms * int(row["flight"]) / latency,
    }
    return rates, resident, resident * int(row["flight"])


def write_streams(out, devices, rows, registers):
    latency = latency_us()
    out.append("## Streaming kernels: resources\n")
    out.append("Of each target: instructions per 16 bytes read / registers / threads resident / "
               "KiB of loads in flight on a\nmultiprocessor. load: bytes of the widest; shared: "
               "bytes of a block.\n")
    by_kernel = collections.defaultdict(dict)
    for row in rows:
        by_kernel[row["kernel"]][row["target"]] = row
    columns = {TARGET[int(d["capability"])]: d for d in devices.values()}
    out.append("| kernel | load | shared | " + " | ".join(columns) + " |")
    out.append("| --- |" + " ---: |" * (len(columns) + 2))
    for kernel, found in by_kernel.items():
        cells = []
        for target, device in columns.items():
            row = found.get(target)
            result = stream_of(row, device, registers, latency) if row else None
            cells.append("-" if not result else "{} / {} / {} / {:.0f}".format(
                row["per_16"], registers[kernel][target], result[1], result[2] / 1024))
        widest = max(int(row["widest"]) for row in found.values())
        shared = registers.get(kernel, {}).get("shared", "-")
        out.append(f"| `{shown(kernel)}` | {widest} | {shared} | " + " | ".join(cells) + " |")
    out.append("\n## Streaming kernels: the share of copy bandwidth that the bounds leave\n")
    out.append("100%: memory binds. Otherwise what does, and its rate as a share of memory's. "
               "Loads of one turn that are still\nunder way in the next are not seen, so "
               "latency may bind less than shown.\n")
    out.append("| kernel | " + " | ".join(devices) + " |")
    out.append("| --- |" + " --- |" * len(devices))
    ranking = []
    for kernel, found in by_kernel.items():
        cells = []
        for name, device in devices.items():
            row = found.get(TARGET[int(device["capability"])])
            result = stream_of(row, device, registers, latency) if row else None
            if not result:
                cells.append("-")
                continue
            rates = result[0]
            least = min(rates, key=rates.get)
            share = rates[least] / rates["memory"]
            cells.append(f"{share:.0%}" + ("" if least == "memory" else f" {least}"))
            ranking.append((share, kernel, name, least))
        out.append(f"| `{shown(kernel)}` | " + " | ".join(cells) + " |")
    out.append("")
    return ranking


# ---- the page ------------------------------------------------------------------------------------

HEAD = """# What binds each kernel

Generated by `bench/predict/bounds.py` (`make resources` renews it); a test compares.

**Every figure of time or share on this page is a PREDICTION**; no GPU has run it. Registers, shared
memory and instructions are what the compiler made of the sources, read from its objects.

- memory, L2, shared port, math, wait: the cost model's terms ([selection.md](selection.md)), with
  its assumed rates. predicted: its time, plus what the issue bound exceeds them by. start and end:
  its launch, fill and fix-up, which overlap with nothing.
- issue: instructions of the main loop for each product (test/kernels/resources/sass.txt, with the
  copies of B, and hopper_sass.txt) x products, padding included / (4 slots x multiprocessors at
  work x clock). It takes one instruction per slot and clock and no stalls for granted; instructions
  of half rate are not told apart, so it is a lower bound. Where an instance was not disassembled,
  that of another target or of fewer tiles stands in, marked ~.
- streaming kernels: instructions per 16 bytes read (stream_sass.txt) against the same slots; bytes
  read and written against copy bandwidth and L2; latency: loads in flight on all multiprocessors
  in each {latency} us (the model's latency of memory). Resident threads follow from registers,
  launch bounds and shared memory. A loop within the path counts one turn: the search of the tile
  kernels is longer than shown.
"""


def page(program):
    devices, cases = read_terms(program)
    tables = {name: read_table(RESOURCES / file) for name, file in (
        ("mma", "sass.txt"), ("hopper", "hopper_sass.txt"), ("stream", "stream_sass.txt"))}
    registers = {row["kernel"]: row for row in read_table(RESOURCES / "table.txt")}
    out = [HEAD.format(latency=latency_us())]
    write_loops(out, tables, registers)
    write_products(out, devices, cases, tables)
    streams = write_streams(out, devices, tables["stream"], registers)
    out.append("## Where to look next\n")
    out.append("Products with the least share of the better of memory and math, both layers; then "
               "streaming kernels.\n")
    ranking = []
    for case in cases:
        bounds, issue = bounds_of(case, devices[case["device"]], tables)
        share, predicted = share_of(case, bounds, issue)
        ranking.append((share, predicted, case, worst(bounds, issue, fixed_us(case))))
    out.append("| device | type | m | k | n | share | predicted | binds |")
    out.append("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for share, predicted, case, binds in sorted(ranking, key=lambda r: r[0])[:LEAST_SHARES]:
        out.append("| {device} | {multiply} | {m} | {k} | {n} |".format(**case)
                   + f" {share:.0%} | {time_text(predicted)} | {binds} |")
    out.append("\n| device | kernel | share | binds |\n| --- | --- | ---: | --- |")
    for share, kernel, name, binds in sorted(streams)[:LEAST_SHARES]:
        out.append(f"| {name} | `{shown(kernel)}` | {share:.0%} | {binds} |")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("predict")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    text = page(given.predict)
    if given.write:
        PAGE.write_text(text)
    elif not given.check:
        print(text, end="")
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit("docs/kernels/bounds.md is not what the tables and the model say now: "
                 "bench/predict/bounds.py HEDDLE_PREDICT --write")


if __name__ == "__main__":
    main()
