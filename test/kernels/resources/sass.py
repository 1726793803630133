#!/usr/bin/env python3
"""Instructions per sparse mma: what the main loop of the sparse GEMM kernel costs to issue.

    sass.py NVCC           compiles some instances and prints their table
    sass.py NVCC --write   puts it into sass.txt beside this script
    sass.py NVCC --check   compares it with that (77: cannot be compared)
    sass.py --cubin FILE   prints the table of the kernels of a cubin

Needs nvdisasm: on PATH, beside nvcc, or from `pip install nvidia-cuda-nvdisasm`.

The main loop is the innermost one that holds mma.sp. Its hot path is the way round it with the most
mma, then the most 16-byte loads, then the fewest instructions, copies of B left out: rare cases
that the compiler left in the loop do not count. Columns:
    mma ... branch     on that path: all instructions, loads of A (wide: 16 bytes; also those whose
                       predicate is false), ldmatrix, moves between registers, ...
    per_mma            instructions for each mma
    fill, per_copy     what the copies of B add to the path if loops of them turn once; the turn of
                       the innermost of those for each copy of 16 bytes
    total              for each mma with all copies that 8 warps side by side in n or k need
    loop, all          instructions of the whole loop and the whole kernel
"""

import argparse
import collections
import difflib
import glob
import os
import pathlib
import re
import shutil
import site
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SKIPPED = 77

# What is measured: target, then (multiply, path, tiles).
MEASURED = {
    "sm_80": [("bf16", "k_major", tiles) for tiles in (1, 2, 4, 8)] + [("bf16", "n_major", 8)],
    "sm_90a": [("bf16", "k_major", tiles) for tiles in (1, 8)],
    "sm_89": [(multiply, "k_major", tiles) for multiply in ("s8", "e4m3_e4m3") for tiles in (1, 8)],
}

MMA = re.compile(r"^[HIQ]G?MMA\.SP")  # of a warp, or of a warpgroup
COPIES_PER_MMA = 8 / 32  # of a thread: warps_n * warps_k / 32
COLUMNS = ["mma", "path", "ldg", "wide", "ldsm", "bar", "mov", "branch", "per_mma", "fill",
           "per_copy", "total", "loop", "all"]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def find_tool(name, nvcc):
    places = [shutil.which(name)]
    if nvcc:
        places.append(str(pathlib.Path(nvcc).resolve().parent / name))
    for folder in site.getsitepackages() + [site.getusersitepackages()]:
        places += sorted(glob.glob(folder + "/nvidia/*/bin/" + name))
    for place in places:
        if place and os.access(place, os.X_OK):
            return place
    return None


# ---- control flow --------------------------------------------------------------------------------

Block = collections.namedtuple("Block", "code next")  # opcodes, and the blocks that may follow


def functions(listing):
    """{mangled name: [('label', name) or ('code', text)]} of what nvdisasm -c prints."""
    found, items = {}, None
    for line in listing.split("\n"):
        if match := re.match(r"\.text\.(\S+):$", line):
            items = found[match[1]] = []
        elif items is None:
            continue
        elif match := re.match(r"(\.L_\S+):$", line):
            items.append(("label", match[1]))
        elif match := re.match(r"\s+/\*[0-9a-f]{4,}\*/\s+(.*?)\s*;?\s*$", line):
            items.append(("code", match[1]))
    return found


def split(text):
    """(whether it is under a predicate, opcode, operands)."""
    match = re.match(r"\{?\s*(@!?U?P\w+\s+)?(\S+)\s*(.*)", text)
    return bool(match[1]), match[2], match[3]


def blocks_of(items):
    code, label = [], {}
    for kind, text in items:
        if kind == "label":
            label[text] = len(code)
        else:
            code.append(text)
    starts, leaves = {0, *label.values()}, {}
    for i, text in enumerate(code):
        predicated, opcode, operands = split(text)
        base = opcode.split(".")[0]
        if base not in ("BRA", "BRX", "BRXU", "JMP", "EXIT", "RET"):
            continue
        targets = [label[x] for x in re.findall(r"\.L_x_\d+", operands) if x in label]
        falls = predicated or (base == "BRA" and re.match(r"!?U?P\d", operands) is not None)
        leaves[i] = (targets if base in ("BRA", "BRX", "BRXU", "JMP") else [], falls)
        starts.add(i + 1)
    order = sorted(i for i in starts if i < len(code))
    number = {at: i for i, at in enumerate(order)}
    blocks = []
    for i, at in enumerate(order):
        end = order[i + 1] if i + 1 < len(order) else len(code)
        targets, falls = leaves.get(end - 1, ([], True))
        following = {number[t] for t in targets if t in number}
        if falls and end < len(code):
            following.add(number[end])
        blocks.append(Block(code[at:end], sorted(following)))
    return blocks


def components(nodes, blocks):
    """Strongly connected components, each before those that lead to it (Tarjan)."""
    index, low, stack, there, found = {}, {}, [], set(), []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        there.add(v)
        for w in blocks[v].next:
            if w not in nodes:
                continue
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in there:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            part = set()
            while v not in part:
                part.add(stack.pop())
            there.difference_update(part)
            found.append(part)

    for v in sorted(nodes):
        if v not in index:
            visit(v)
    return found


def loops(nodes, blocks):
    return [part for part in components(nodes, blocks)
            if len(part) > 1 or any(v in blocks[v].next for v in part)]


def count(code):
    c = collections.Counter(path=len(code))
    for text in code:
        _, opcode, operands = split(text)
        base = opcode.split(".")[0]
        if MMA.match(opcode):
            c["mma"] += 1
        elif base == "LDG":
            c["ldg"] += 1
            c["wide"] += ".128" in opcode
        elif base in ("LDSM", "BAR"):
            c[base.lower()] += 1
        elif base == "LDGSTS":
            c["copy"] += 1
        elif base in ("MOV", "UMOV") or opcode.startswith("IMAD.MOV"):
            c["mov"] += re.match(r"\w+, (RZ, RZ, )?-?U?R\d", operands) is not None  # of a register
        elif base in ("BRA", "BRX", "BSSY", "BSYNC", "CALL", "WARPSYNC"):
            c["branch"] += 1
    return c


def header(loop, blocks):
    """Where a loop is entered."""
    entered = {w for v in range(len(blocks)) if v not in loop for w in blocks[v].next if w in loop}
    return min(entered or loop)


def products(code):
    return count(code)["mma"]


def main_loop(blocks, held=products):
    """The innermost loop that holds what `held` counts."""
    nodes, best = set(range(len(blocks))), None
    while True:
        holds = {part: n for part in map(frozenset, loops(nodes, blocks))
                 if (n := sum(held(blocks[v].code) for v in part))}
        if not holds:
            return best
        best = max(holds, key=holds.get)
        nodes = set(best) - {header(best, blocks)}


def way_round(loop, blocks, worth, count=count):
    """Counts along the way round a loop that is worth most; loops within count one turn."""
    start = header(loop, blocks)
    parts = components(set(loop) - {start}, blocks) + [{start}]
    home = {v: i for i, part in enumerate(parts) for v in part}
    best = {}  # part: counts from there to the end of the turn
    for i, part in enumerate(parts):
        code = [text for v in part for text in blocks[v].code]
        own = way_round(part, blocks, worth, count) if 1 < len(part) < len(loop) else count(code)
        following = {w for v in part for w in blocks[v].next if home.get(w) != i or w == start}
        choices = [best[home[w]] for w in following if w != start and home.get(w) in best]
        if start in following:
            choices.append(collections.Counter())
        if choices:
            best[i] = own + max(choices, key=worth)
    return best[len(parts) - 1]


def per_copy(loop, blocks):
    """Instructions for each copy of B of the tightest loop within; None if there is none."""
    found = []
    for part in loops(set(loop) - {header(loop, blocks)}, blocks):
        turn = way_round(part, blocks, lambda c: (c["copy"], -c["path"]))
        if turn["copy"]:
            within = per_copy(part, blocks)
            found.append(turn["path"] / turn["copy"] if within is None else within)
    return min(found, default=None)


def row_of(items):
    blocks = blocks_of(items)
    loop = main_loop(blocks)
    if loop is None:
        return None
    path, filled = (way_round(loop, blocks, lambda c, sign=sign: (
        c["mma"], c["wide"], sign * c["copy"], -c["path"])) for sign in (-1, 1))
    copies, fill = filled["copy"] - path["copy"], filled["path"] - path["path"]
    tight, wanted = per_copy(loop, blocks), path["mma"] * COPIES_PER_MMA
    if copies and (tight is None or copies >= wanted):
        tight, adds = fill / copies, fill / copies * wanted
    else:
        adds = fill + (wanted - copies) * (tight or 0)
    row = {name: path[name] for name in COLUMNS}
    row["fill"], row["per_copy"] = fill, f"{tight or 0:.0f}"
    row["per_mma"] = f"{path['path'] / path['mma']:.1f}"
    row["total"] = f"{(path['path'] + adds) / path['mma']:.1f}"
    row["loop"] = sum(len(blocks[v].code) for v in loop)
    row["all"] = sum(len(block.code) for block in blocks)
    return row


# ---- kernels -------------------------------------------------------------------------------------

def enumerators(name):
    for source in sorted((ROOT / "kernels/matmul").glob("*.*")):
        if match := re.search(rf"enum class {name} \{{([^}}]*)\}}", source.read_text()):
            return [word.strip() for word in match[1].split(",")]
    sys.exit(f"sass.py: enum {name} is not in kernels/matmul")


def name_of(mangled):
    match = re.search(r"matmulILNS_8MultiplyE(\d+)ELNS_9TokenPathE(\d+)ELi(\d+)E", mangled)
    if not match:
        return None
    return "{} {} {}".format(enumerators("Multiply")[int(match[1])],
                             enumerators("TokenPath")[int(match[2])], match[3])


def compile_cubin(nvcc, target, instances, folder):
    source = folder / f"{target}.cu"
    lines = ['#include "kernels/matmul/matmul.cuh"', "namespace heddle {"]
    lines += [f"template __global__ void matmul<Multiply::{m}, TokenPath::{p}, {t}>("
              "const __grid_constant__ MatmulArgs);" for m, p, t in instances]
    source.write_text("\n".join(lines + ["}", ""]))
    cubin = folder / f"{target}.cubin"
    return cubin, subprocess.Popen(
        [nvcc, "-std=c++20", "-O3", "-DNDEBUG", f"-I{ROOT}", f"-I{ROOT}/include",
         f"-arch={target}", "-cubin", str(source), "-o", str(cubin)])


def rows_of(disassembler, cubin):
    listing = subprocess.run([disassembler, "-c", str(cubin)], check=True, capture_output=True,
                             text=True).stdout
    found = {name_of(mangled): row_of(items) for mangled, items in functions(listing).items()}
    return {name: row for name, row in found.items() if name and row}


def version_of(nvcc):
    said = subprocess.run([nvcc, "--version"], check=True, capture_output=True, text=True).stdout
    return re.search(r"release [0-9.]+, V([0-9.]+)", said)[1]


def table(version, rows):
    lines = [f"# nvcc {version}",
             "# {:6}  {}  kernel".format("target", " ".join(f"{c:>8}" for c in COLUMNS))]
    for target, name, row in rows:
        numbers = " ".join(f"{row[c]:>8}" for c in COLUMNS)
        lines.append(f"{target:8}  {numbers}  {name}")
    return "\n".join(lines) + "\n"


def measure(nvcc, disassembler):
    rows = []
    with tempfile.TemporaryDirectory() as name:
        started = {target: compile_cubin(nvcc, target, instances, pathlib.Path(name))
                   for target, instances in MEASURED.items()}
        for target, (cubin, process) in started.items():
            if process.wait() != 0:
                sys.exit(f"sass.py: nvcc failed for {target}")
            found = rows_of(disassembler, cubin)
            for instance in MEASURED[target]:
                kernel = "{} {} {}".format(*instance)
                if kernel not in found:
                    sys.exit(f"sass.py: {target}, {kernel}: no loop with a sparse mma")
                rows.append((target, kernel, found[kernel]))
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nvcc", nargs="?")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cubin")
    given = parser.parse_args()
    sys.setrecursionlimit(100000)
    disassembler = find_tool("nvdisasm", given.nvcc)
    if not disassembler:
        skip("there is no nvdisasm (pip install nvidia-cuda-nvdisasm has one)")
    if given.cubin:
        print(table("-", [("-", name, row)
                          for name, row in rows_of(disassembler, given.cubin).items()]), end="")
        return
    if not given.nvcc:
        parser.error("NVCC or --cubin FILE")
    version = version_of(given.nvcc)
    if given.write:
        (HERE / "sass.txt").write_text(table(version, measure(given.nvcc, disassembler)))
        return
    if not given.check:
        print(table(version, measure(given.nvcc, disassembler)), end="")
        return
    want = (HERE / "sass.txt").read_text()
    if want.split("\n", 1)[0] != f"# nvcc {version}":
        skip("sass.txt was made by another compiler: " + want.split("\n", 1)[0])
    have = table(version, measure(given.nvcc, disassembler))
    if have != want:
        sys.stdout.writelines(difflib.unified_diff(want.splitlines(True), have.splitlines(True),
                                                   "sass.txt", "now"))
        sys.exit("instructions of the main loops changed: 'make resources' if meant")


if __name__ == "__main__":
    main()
