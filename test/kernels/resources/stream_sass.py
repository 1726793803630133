#!/usr/bin/env python3
"""Instructions per 16 bytes read: what the loops of the streaming kernels cost to issue.

    stream_sass.py BUILD_DIR NVCC          prints the table of the objects of a build
    stream_sass.py BUILD_DIR NVCC --write  puts it into stream_sass.txt beside this script
    stream_sass.py BUILD_DIR NVCC --check  compares it with that (77: cannot be compared)

Needs nvdisasm and cuobjdump: on PATH or beside nvcc. The hot loop is the innermost one that holds
the widest global loads of the kernel; a kernel without such a loop counts as one turn from its
start to its end. The path is the way round with the most of the widest loads, then the most of the
widest stores, then the fewest instructions: edges and single elements left out. Loops within count
one turn. Columns:
    threads    of a block, at most: the kernel's launch bounds
    path       instructions on the path
    memory     of those: loads and stores of any memory, atomics
    control    branches, barriers and the like; all others are arithmetic
    loads      global loads on the path
    widest     bytes of each of those that bring the operands (main_width)
    in, out    bytes that one thread loads from and stores to global memory on the path
    flight     bytes of global loads that one thread has under way at once: issued in one basic
               block before the first use of any of them
    per_16     instructions for each 16 bytes loaded
    loop       whether the path is of a loop (1) or the whole kernel (0)
"""

import argparse
import collections
import concurrent.futures
import difflib
import functools
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing beside the sources
import sass

TABLE = sass.HERE / "stream_sass.txt"
TARGETS = ["sm_80", "sm_89", "sm_90a", "sm_100a", "sm_120a"]
COLUMNS = ["threads", "path", "memory", "control", "loads", "widest", "in", "out", "flight",
           "per_16", "loop"]
# The object that holds a kernel, and how its mangled name goes on after `heddle` and its length:
# of each family 2:4 and, of the element sizes, 1 and 2 bytes.
KERNELS = [
    ("mask/apply_mask", r"apply_maskILi128E"),
    ("mask/best_mask", r"best_mask_groupsILi[12]ELi4E"),
    ("mask/check", r"checkILi[12]ELNS_8CheckWayE0E"),
    ("pack/device_pack", r"pack_deviceILi[12]E"),
    ("pack/device_unpack", r"unpack_deviceILi[12]E"),
    ("pack/device_verify", r"verify_deviceILi[12]E"),
    ("pack/device_copy", r"copy_deviceILi[12]E"),
    ("pack/canonical_pack", r"pack_groupsILi[12]ELi4E"),
    ("pack/canonical_unpack", r"unpack_groupsILi[12]ELi4E"),
    ("pack/canonical_verify", r"verify_canonical"),
    ("pack/canonical_copy", r"copy_to_canonicalILi[12]E"),
    ("tile/tile_mask_bf16", r"tile_mask"),
    ("tile/tile_mask_i8", r"tile_mask"),
    ("tile/tile_pack_bf16", r"tile_pack"),
    ("tile/tile_pack_i8", r"tile_pack"),
    ("score/score", r"score_runsI"),
    ("score/squares", r"squares_colsI"),
    ("step/step", r"stepI"),
    ("step/sr_ste", r"sr_ste"),
]
CONTROL = {"BRA", "BRX", "BRXU", "JMP", "EXIT", "RET", "CALL", "BSSY", "BSYNC", "BREAK", "WARPSYNC",
           "BAR", "NOP", "YIELD", "DEPBAR", "LDGDEPBAR"}
MEMORY = {"LDG", "LD", "LDS", "LDSM", "LDL", "LDC", "LDCU", "LDGSTS", "STG", "ST", "STS", "STL",
          "ATOM", "ATOMG", "ATOMS", "RED", "REDG"}


def width(opcode):
    """Bytes that one thread moves."""
    for mark, size in ((".256", 32), (".128", 16), (".64", 8), ("16", 2), ("8", 1)):
        if mark in opcode and (mark[0] == "." or re.search(r"\.[US]" + mark + r"(\.|$)", opcode)):
            return size
    return 4


def count(code):
    c = collections.Counter(path=len(code))
    for text in code:
        _, opcode, _ = sass.split(text)
        base = opcode.split(".")[0]
        c["memory"] += base in MEMORY
        c["control"] += base in CONTROL
        if base in ("LDG", "LDGSTS"):
            c["loads"] += 1
            c["in"] += width(opcode)
            c[f"loads_of_{width(opcode)}"] += 1
        elif base == "STG":
            c["out"] += width(opcode)
            c[f"stores_of_{width(opcode)}"] += 1
    return c


def widest_of(c, kind="loads"):
    return max((size for size in (1, 2, 4, 8, 16, 32) if c[f"{kind}_of_{size}"]), default=0)


def main_width(c):
    """Of the loads that bring the operands: the widest, but where a narrower one brings more than
    twice the bytes (beside some sums in doubles)."""
    widest = widest_of(c)
    most = max((1, 2, 4, 8, 16, 32), key=lambda size: size * c[f"loads_of_{size}"])
    enough = 2 * widest * c[f"loads_of_{widest}"] >= most * c[f"loads_of_{most}"]
    return widest if enough else most


def in_flight(code):
    """Bytes of loads issued before one of them is used, at most."""
    most, waiting, now = 0, set(), 0
    for text in code:
        _, opcode, operands = sass.split(text)
        base, parts = opcode.split(".")[0], operands.split(",", 1)
        used = {int(r) for r in re.findall(r"\bR(\d+)", parts[-1] if len(parts) > 1 else operands)}
        if used & waiting:
            waiting, now = set(), 0
        if base == "LDG":
            if match := re.search(r"\bR(\d+)", parts[0]):
                waiting |= set(range(int(match[1]), int(match[1]) + max(1, width(opcode) // 4)))
            now += width(opcode)
        elif base == "LDGSTS":
            now += width(opcode)
        most = max(most, now)
    return most


def row_of(items):
    """A row without `threads`; None of a kernel that loads nothing."""
    blocks = sass.blocks_of(items)
    widest = main_width(count([text for block in blocks for text in block.code]))
    if not widest:
        return None
    loop = sass.main_loop(blocks, lambda code: count(code)[f"loads_of_{widest}"])
    turns = loop is not None
    if not turns:  # the whole kernel is the turn: each end leads back to the start
        blocks = [block if block.next else sass.Block(block.code, [0]) for block in blocks]
        loop = next(part for part in sass.loops(set(range(len(blocks))), blocks) if 0 in part)
    stored = widest_of(count([text for v in loop for text in blocks[v].code]), "stores")
    path = sass.way_round(loop, blocks, lambda c: (
        c[f"loads_of_{widest}"], c[f"stores_of_{stored}"], -c["path"]), count)
    row = {name: path[name] for name in COLUMNS}
    row["widest"] = widest
    row["flight"] = max(in_flight(blocks[v].code) for v in loop)
    row["per_16"] = f"{16 * path['path'] / path['in']:.1f}"
    row["loop"] = int(turns)
    return row


def launch_bounds(cubin):
    """{mangled name: threads of a block at most}: the attribute MAX_THREADS of an ELF's
    sections .nv.info.NAME, three words after a code of two bytes and a size."""
    data = cubin.read_bytes()
    at, = struct.unpack_from("<Q", data, 0x28)
    size, number, names = struct.unpack_from("<3H", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQ", data, at + i * size) for i in range(number)]
    strings, found = sections[names][4], {}
    for section in sections:
        name = data[strings + section[0]:].split(b"\0", 1)[0].decode()
        if not name.startswith(".nv.info."):
            continue
        place, end = section[4], section[4] + section[5]
        while place < end:
            form, code, length = struct.unpack_from("<BBH", data, place)
            if form == 4 and code == 5:
                x, y, z = struct.unpack_from("<3I", data, place + 4)
                found[name[len(".nv.info."):]] = x * y * z
            place += 4 + (length if form == 4 else 0)
    return found


@functools.cache
def enumerators():
    """Those that table.sh puts into words: of kernels/, without an underlying type."""
    found = {}
    for source in sorted(sass.ROOT.glob("kernels/*/*.hpp")) + sorted(
            sass.ROOT.glob("kernels/*/*.cuh")):
        text = re.sub(r"//[^\n]*", "", source.read_text())
        for match in re.finditer(r"enum class (\w+) *\{([^}]*)\}", text):
            found[match[1]] = [w.split("=")[0].strip() for w in match[2].split(",")]
    return found


@functools.cache
def readable(mangled):
    """As table.txt has it: name<arguments>."""
    text = subprocess.run(["c++filt", mangled], check=True, capture_output=True,
                          text=True).stdout.strip().replace("heddle::", "")
    text = re.sub(r"^void ", "", text)
    text = re.sub(r"\((?:[^()]|\([^()]*\))*\)$", "", text)

    def word(match):
        words = enumerators().get(match[1], [])
        return words[int(match[2])] if int(match[2]) < len(words) else match[0]
    return re.sub(r"\((\w+)\)(\d+)", word, text)


def measure_object(name, build, extractor, disassembler):
    patterns = [pattern for holder, pattern in KERNELS if holder == name]
    places = sorted(pathlib.Path(build).glob(f"**/kernels/{name}.cu.o"))
    if not places:
        sys.exit(f"stream_sass.py: no object of kernels/{name}.cu in {build}")
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([extractor, "-xelf", "all", str(places[0].resolve())], check=True,
                       cwd=folder, stdout=subprocess.DEVNULL)
        for cubin in sorted(pathlib.Path(folder).glob("*.cubin")):
            target = next((t for t in TARGETS if f".{t}." in cubin.name), None)
            if not target:
                continue
            threads = launch_bounds(cubin)
            listing = subprocess.run([disassembler, "-c", str(cubin)], check=True,
                                     capture_output=True, text=True).stdout
            for mangled, items in sass.functions(listing).items():
                if any(re.match(rf"_ZN6heddle\d+{p}", mangled) for p in patterns) and (
                        row := row_of(items)):
                    row["threads"] = threads.get(mangled, 0)
                    rows[readable(mangled), target] = row
    if not rows:
        sys.exit(f"stream_sass.py: kernels/{name}.cu.o has none of {patterns}")
    return rows


def measure(build, *tools):
    rows = {}
    with concurrent.futures.ProcessPoolExecutor() as workers:
        tasks = [workers.submit(measure_object, name, build, *tools)
                 for name in dict.fromkeys(name for name, _ in KERNELS)]
        for task in tasks:
            rows.update(task.result())
    return rows


def table(version, rows):
    lines = [f"# nvcc {version}",
             "# {:6}  {}  kernel".format("target", " ".join(f"{c:>7}" for c in COLUMNS))]
    for (name, target), row in sorted(rows.items(),
                                      key=lambda r: (r[0][0], TARGETS.index(r[0][1]))):
        lines.append(f"{target:8}  " + " ".join(f"{row[c]:>7}" for c in COLUMNS) + f"  {name}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("nvcc")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    sys.setrecursionlimit(100000)
    tools = {name: sass.find_tool(name, given.nvcc) for name in ("nvdisasm", "cuobjdump")}
    for name, place in tools.items():
        if not place:
            sass.skip(f"there is no {name} (pip install nvidia-cuda-{name} has one)")
    version = sass.version_of(given.nvcc)
    want = TABLE.read_text() if given.check else ""
    if given.check and want.split("\n", 1)[0] != f"# nvcc {version}":
        sass.skip("stream_sass.txt was made by another compiler: " + want.split("\n", 1)[0])
    have = table(version, measure(given.build, tools["cuobjdump"], tools["nvdisasm"]))
    if given.write:
        TABLE.write_text(have)
    elif not given.check:
        print(have, end="")
    elif have != want:
        sys.stdout.writelines(difflib.unified_diff(want.splitlines(True), have.splitlines(True),
                                                   "stream_sass.txt", "now"))
        sys.exit("instructions of the streaming loops changed: 'make resources' if meant")


if __name__ == "__main__":
    main()
