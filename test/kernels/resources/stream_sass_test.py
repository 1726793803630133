#!/usr/bin/env python3
"""stream_sass.py on made-up kernels: the loop it takes, the way round it, and the counts."""

import pathlib
import struct
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import stream_sass

# Two wide loads a turn, their use, a store; an edge goes by single bytes instead.
LOOP = """
    code S2R R0, SR_TID.X
    label .L_x_0
    code @P1 BRA `(.L_x_1)
    code LDG.E.128.CONSTANT R4, desc[UR4][R2.64]
    code LDG.E.128.CONSTANT R8, desc[UR4][R2.64+0x10]
    code IADD3 R4, R4, R9, RZ
    code STG.E.128 desc[UR4][R2.64], R4
    code BRA `(.L_x_2)
    label .L_x_1
    code LDG.E.U8 R4, desc[UR4][R2.64]
    code STG.E.U8 desc[UR4][R2.64], R4
    code STG.E.U8 desc[UR4][R2.64+0x1], R4
    label .L_x_2
    code @P0 BRA `(.L_x_0)
    code EXIT
"""
STRAIGHT = """
    code S2R R0, SR_TID.X
    code LDG.E.64 R4, desc[UR4][R2.64]
    code STG.E.U16 desc[UR4][R2.64], R4
    code EXIT
"""


def items(text):
    return [tuple(line.split(None, 1)) for line in text.strip().split("\n")]


def elf(name, threads):
    """An ELF of one section .nv.info.NAME with MAX_THREADS, after an attribute of another form."""
    info = struct.pack("<BBH", 3, 0x1B, 0xFF) + struct.pack("<BBH3I", 4, 5, 12, threads, 1, 1)
    info += struct.pack("<BBH3I", 4, 0x17, 12, 0, 7, 9)
    names = b"\0.nv.info." + name + b"\0.shstrtab\0"
    head = 64
    at = head + len(info) + len(names)
    section = struct.Struct("<IIQQQQIIQQ")
    data = bytearray(head)
    struct.pack_into("<Q", data, 0x28, at)
    struct.pack_into("<3H", data, 0x3A, section.size, 2, 1)
    return (bytes(data) + info + names + section.pack(1, 0, 0, 0, head, len(info), 0, 0, 0, 0)
            + section.pack(11 + len(name), 3, 0, 0, head + len(info), len(names), 0, 0, 0, 0))


class StreamSass(unittest.TestCase):
    def test_loop(self):
        row = stream_sass.row_of(items(LOOP))
        self.assertEqual(row["loop"], 1)
        self.assertEqual((row["loads"], row["widest"], row["in"], row["out"]), (2, 16, 32, 16))
        self.assertEqual(row["path"], 7)
        self.assertEqual((row["memory"], row["control"]), (3, 3))
        self.assertEqual(row["per_16"], "3.5")
        self.assertEqual(row["flight"], 32)

    def test_use_ends_flight(self):
        used = LOOP.replace("code LDG.E.128.CONSTANT R8,",
                            "code IADD3 R12, R6, 0x1, RZ\n code LDG.E.128.CONSTANT R8,")
        self.assertEqual(stream_sass.row_of(items(used))["flight"], 16)

    def test_shorter_way(self):
        longer = LOOP.replace("code LDG.E.U8 R4, desc[UR4][R2.64]", """
    code IADD3 R2, R2, 0x1, RZ
    code LDG.E.128 R4, desc[UR4][R2.64]
    code LDG.E.128 R8, desc[UR4][R2.64+0x10]
    code STG.E.128 desc[UR4][R2.64], R8""".strip())
        self.assertEqual(stream_sass.row_of(items(longer))["out"], 16)

    def test_whole_kernel(self):
        row = stream_sass.row_of(items(STRAIGHT))
        self.assertEqual((row["loop"], row["path"], row["in"], row["out"]), (0, 4, 8, 2))
        self.assertEqual(row["per_16"], "8.0")

    def test_nothing_loaded(self):
        self.assertIsNone(stream_sass.row_of([("code", "EXIT")]))

    def test_widths(self):
        for opcode, size in (("LDG.E.U8", 1), ("LDG.E.S16.CONSTANT", 2), ("LDG.E", 4),
                             ("LDG.E.64", 8), ("LDG.E.128", 16), ("LDG.E.ENL2.256", 32)):
            self.assertEqual(stream_sass.width(opcode), size, opcode)

    def test_launch_bounds(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.cubin"
            path.write_bytes(elf(b"kernel", 384))
            self.assertEqual(stream_sass.launch_bounds(path), {"kernel": 384})


if __name__ == "__main__":
    unittest.main()
