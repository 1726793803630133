#!/usr/bin/env python3
"""What the main loops of the warpgroup kernels (kernels/hopper) are made of, in a build's objects.

    hopper_sass.py BUILD_DIR NVCC          checks every instance and prints the table
    hopper_sass.py BUILD_DIR NVCC --write  puts it into hopper_sass.txt beside this script
    hopper_sass.py BUILD_DIR NVCC --check  compares it with that (77: cannot be compared)
    hopper_sass.py --cubin FILE            the instances of a cubin

Needs nvdisasm and, but for --cubin, cuobjdump: on PATH or beside nvcc. The main loop and its hot
path are those of sass.py; the rules are those of `faults`. Columns:
    wgmma              on the hot path, all of one form
    path, per_wgmma    instructions there, and for each wgmma: of a warp, while the tensor cores
                       work tokens / 2 clocks
    ldg, lds           16-byte loads of A there: from global or shared memory, also those whose
                       predicate is false
    wait, sync         WARPGROUP.DEPBAR, and operations on mbarriers
    loop               instructions of the whole loop
"""

import argparse
import collections
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing beside the sources
import sass

TABLE = sass.HERE / "hopper_sass.txt"
COLUMNS = ["wgmma", "path", "per_wgmma", "ldg", "lds", "wait", "sync", "loop"]
SASS_TYPES = {"f16": ("HGMMA", 32, ".F32"), "bf16": ("HGMMA", 32, ".F32.BF16"),
              "tf32": ("HGMMA", 16, ".F32.TF32"), "s8": ("IGMMA", 64, ".S8.S8")}
for _a in ("e4m3", "e5m2"):
    for _b in ("e4m3", "e5m2"):
        SASS_TYPES[f"{_a}_{_b}"] = ("QGMMA", 64, f".F32.{_a.upper()}.{_b.upper()}")
WITH_SELECTOR = ("f16", "bf16", "tf32")

Instance = collections.namedtuple("Instance", "multiply groups row_blocks tokens n_major staged")


def instance_of(mangled):
    match = re.search(r"hopperILNS_8MultiplyE(\d+)ELi(\d+)ELi(\d+)ELi(\d+)ELb([01])ELb([01])E",
                      mangled)
    if not match:
        return None
    multiply = sass.enumerators("Multiply")[int(match[1])]
    return Instance(multiply, *(int(match[i]) for i in (2, 3, 4)), match[5] == "1", match[6] == "1")


def text_of(i):
    return "{} {}x{}x{} {} {}".format(i.multiply, i.groups, 64 * i.row_blocks, i.tokens,
                                      "n_major" if i.n_major else "k_major",
                                      "staged" if i.staged else "global")


def opcode_of(i):
    name, k, types = SASS_TYPES[i.multiply]
    return f"{name}.SP.64x{i.tokens}x{k}{types}"


def hot_path(loop, blocks):
    """Opcodes and operands of the way round with the most products, then wide loads, then the least
    instructions."""
    def count(code):
        c = collections.Counter(path=len(code))
        for text in code:
            _, opcode, operands = sass.split(text)
            c["wgmma"] += "GMMA" in opcode
            c["ldg"] += opcode.startswith("LDG") and ".128" in opcode
            c["lds"] += opcode.startswith("LDS") and ".128" in opcode
            c["wait"] += opcode.startswith("WARPGROUP.DEPBAR")
            c["sync"] += opcode.startswith("SYNCS")
        return c
    return sass.way_round(loop, blocks,
                          lambda c: (c["wgmma"], c["ldg"] + c["lds"], -c["path"]), count)


def faults(i, loop, blocks, path):
    """What is wrong with an instance, as sentences; none if it is as it must be."""
    whole = [sass.split(text)[1:] for block in blocks for text in block.code]
    inner = [sass.split(text)[1:] for v in sorted(loop) for text in blocks[v].code]
    wrong = []

    def never(pattern, code, where):
        seen = sorted({opcode for opcode, _ in code if re.match(pattern, opcode)})
        if seen:
            wrong.append(f"{', '.join(seen)} in {where}")

    never(r"[HIQD]MMA", whole, "the kernel: products of single warps")
    never(r"(F2FP|F2F|I2F|PRMT).*(E4M3|E5M2)", whole, "the kernel: 8-bit floats are converted")
    never(r"(LDL|STL)", whole, "the kernel: local memory")
    never(r"(MEMBAR|FENCE|BAR|ERRBAR|CCTL|SHFL|CALL|F2FP|STG|STS|ATOM|RED)\b", inner,
          "the main loop")
    products = [(opcode, operands) for opcode, operands in inner if "GMMA" in opcode]
    for opcode, operands in products:
        if opcode != opcode_of(i):
            wrong.append(f"{opcode} in the main loop: must be {opcode_of(i)}")
            break
        if not re.match(r"R\d+, R\d+, gdesc", operands):
            wrong.append(f"A is not in registers: {opcode} {operands}")
            break
    selectors = collections.Counter(
        match[1] if (match := re.search(r", (0x[01])(,|$)", operands)) else ""
        for _, operands in products)
    expected = ({"0x0": len(products) // 2, "0x1": len(products) // 2}
                if i.multiply in WITH_SELECTOR else {"": len(products)})
    if dict(selectors) != expected:
        wrong.append(f"selectors {dict(selectors)}: must be {expected}")
    waits = [operands for opcode, operands in inner if opcode.startswith("WARPGROUP.DEPBAR")]
    if not waits or any(not re.search(r"0x1$", operands) for operands in waits):
        wrong.append(f"waits {sorted(set(waits))} in the main loop: must leave one group under way")
    groups = sum("gsb0" in operands for _, operands in products)
    if groups * 2 * i.row_blocks != len(products):
        wrong.append(f"{groups} groups of {len(products)} products: must be of {2 * i.row_blocks}")
    loads, others = ("lds", "ldg") if i.staged else ("ldg", "lds")
    if path[loads] != path["wgmma"] or path[others] != 0:
        wrong.append(f"{path['ldg']} loads of global and {path['lds']} of shared memory for "
                     f"{path['wgmma']} products: must be one of {loads} each")
    for direction in ("DEALLOC", "TRY_ALLOC"):
        if not any(opcode.startswith("USETMAXREG." + direction) for opcode, _ in whole):
            wrong.append(f"no USETMAXREG.{direction}: setmaxnreg is gone")
    return wrong


def row_of(i, items):
    """The table's row, and the faults."""
    blocks = sass.blocks_of(items)
    loop = sass.main_loop(blocks)
    if loop is None:
        return None, ["no loop with a sparse wgmma"]
    path = hot_path(loop, blocks)
    row = {name: path[name] for name in COLUMNS}
    row["per_wgmma"] = f"{path['path'] / path['wgmma']:.1f}"
    row["loop"] = sum(len(blocks[v].code) for v in loop)
    return row, faults(i, loop, blocks, path)


def table(version, rows):
    lines = [f"# nvcc {version}", "# " + " ".join(f"{c:>9}" for c in COLUMNS) + "  kernel"]
    for name, row in sorted(rows.items()):
        lines.append("  " + " ".join(f"{row[c]:>9}" for c in COLUMNS) + f"  {name}")
    return "\n".join(lines) + "\n"


def read(disassembler, cubin):
    """(rows by name, faults as lines)."""
    listing = subprocess.run([disassembler, "-c", str(cubin)], check=True, capture_output=True,
                             text=True).stdout
    rows, wrong = {}, []
    for mangled, items in sass.functions(listing).items():
        if (i := instance_of(mangled)) is None:
            continue
        row, found = row_of(i, items)
        if row:
            rows[text_of(i)] = row
        wrong += [f"{text_of(i)}: {fault}" for fault in found]
    return rows, wrong


def cubins_of(build, extractor, folder):
    objects = sorted(pathlib.Path(build).glob("**/kernels/hopper/hopper_*.cu.o"))
    if not objects:
        sys.exit(f"hopper_sass.py: no object of kernels/hopper in {build}")
    for path in objects:
        subprocess.run([extractor, "-xelf", "all", str(path.resolve())], check=True, cwd=folder,
                       stdout=subprocess.DEVNULL)
    return sorted(cubin for cubin in folder.glob("*.cubin") if "sm_90a" in cubin.name)


def measure(build, extractor, disassembler):
    rows, wrong = {}, []
    with tempfile.TemporaryDirectory() as name:
        cubins = cubins_of(build, extractor, pathlib.Path(name))
        if not cubins:
            sass.skip("the build has no code for sm_90a")
        for cubin in cubins:
            found, faulty = read(disassembler, cubin)
            rows.update(found)
            wrong += faulty
    if not rows:
        sys.exit("hopper_sass.py: no kernel `hopper` in the objects")
    return rows, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?")
    parser.add_argument("nvcc", nargs="?")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cubin")
    given = parser.parse_args()
    sys.setrecursionlimit(100000)
    disassembler = sass.find_tool("nvdisasm", given.nvcc)
    if not disassembler:
        sass.skip("there is no nvdisasm (pip install nvidia-cuda-nvdisasm has one)")
    if given.cubin:
        rows, wrong = read(disassembler, given.cubin)
        print(table("-", rows), end="")
        sys.exit("\n".join(wrong) if wrong else 0)
    if not given.nvcc:
        parser.error("BUILD_DIR and NVCC, or --cubin FILE")
    extractor = sass.find_tool("cuobjdump", given.nvcc)
    if not extractor:
        sass.skip("there is no cuobjdump (pip install nvidia-cuda-cuobjdump has one)")
    rows, wrong = measure(given.build, extractor, disassembler)
    have = table(sass.version_of(given.nvcc), rows)
    if given.write:
        TABLE.write_text(have)
    elif not given.check:
        print(have, end="")
    if wrong:
        sys.exit("\n".join(wrong))
    if not given.check:
        return
    want = TABLE.read_text()
    if want.split("\n", 1)[0] != have.split("\n", 1)[0]:
        sass.skip("hopper_sass.txt was made by another compiler: " + want.split("\n", 1)[0])
    if have != want:
        sys.stdout.writelines(difflib.unified_diff(want.splitlines(True), have.splitlines(True),
                                                   "hopper_sass.txt", "now"))
        sys.exit("instructions of the main loops changed: 'make resources' if meant")


if __name__ == "__main__":
    main()
