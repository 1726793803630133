#!/usr/bin/env python3
"""hopper_sass.py on a listing made by hand: it is right, and each change to it is a fault."""

import sys
import unittest

sys.dont_write_bytecode = True  # the sources stay as they are

import hopper_sass
import sass

LISTING = """
.text.kernel:
        /*0000*/  USETMAXREG.TRY_ALLOC.CTAPOOL UP0, 0xf0 ;
        /*0010*/  USETMAXREG.DEALLOC.CTAPOOL 0x20 ;
        /*0020*/  MEMBAR.ALL.GPU ;
.L_x_1:
        /*0030*/  SYNCS.PHASECHK.TRANS64.TRYWAIT P0, [R7+URZ], R6 ;
        /*0040*/  WARPGROUP.ARRIVE ;
        /*0050*/  HGMMA.SP.64x256x32.F32.BF16 R24, R184, gdesc[UR4], R24, !UP0, R155, 0x0 ;
        /*0060*/  HGMMA.SP.64x256x32.F32.BF16 R24, R180, gdesc[UR4], R24, R155, 0x1, gsb0 ;
        /*0070*/  WARPGROUP.DEPBAR.LE gsb0, 0x1 ;
        /*0080*/  LDG.E.NA.128.CONSTANT R160, desc[UR8][R6.64+-0x1000] ;
        /*0090*/  LDG.E.NA.128.CONSTANT R156, desc[UR8][R6.64+-0x800] ;
        /*00a0*/  @P0 BRA `(.L_x_1) ;
        /*00b0*/  WARPGROUP.DEPBAR.LE gsb0, 0x0 ;
        /*00c0*/  F2FP.BF16.F32.PACK_AB R1, R2, R3 ;
        /*00d0*/  EXIT ;
"""
BF16 = hopper_sass.Instance("bf16", 2, 1, 256, False, False)
MANGLED = "_ZN6heddle6hopperILNS_8MultiplyE1ELi2ELi2ELi128ELb1ELb0EEEvNS_10HopperArgsE"


def read(listing, instance=BF16):
    return hopper_sass.row_of(instance, sass.functions(listing)["kernel"])


class HopperSass(unittest.TestCase):
    def test_a_right_kernel_has_no_fault(self):
        row, faults = read(LISTING)
        self.assertEqual(faults, [])
        self.assertEqual([row[name] for name in ("wgmma", "path", "ldg", "lds", "wait", "sync")],
                         [2, 8, 2, 0, 1, 1])
        self.assertEqual((row["per_wgmma"], row["loop"]), ("4.0", 8))

    def test_each_change_is_a_fault(self):
        start = "        /*0040*/  WARPGROUP.ARRIVE ;"
        last = "        /*00d0*/  EXIT ;"
        inside, behind = start + "\n        /*0044*/  ", last + "\n        /*00e0*/  "
        first, second = "R184, gdesc[UR4], R24, !UP0, R155, 0x0", "R155, 0x1, gsb0"
        for old, new, said in (
                (".SP.64x256x32.F32.BF16 R24, R184", ".64x256x16.F32.BF16 R24, R184",
                 "must be HGMMA.SP"),
                (".SP.64x256x32.F32.BF16 R24, R180", ".SP.64x128x32.F32.BF16 R24, R180",
                 "64x128x32"),
                ("BF16 R24, R180", "TF32 R24, R180", "must be HGMMA.SP.64x256x32.F32.BF16"),
                (first, "gdesc[UR6], R24, !UP0, R155, 0x0", "A is not in registers"),
                (first, first.replace("0x0", "0x1"), "selectors"),
                (second, "R155, 0x1", "groups of 2 products"),
                (first, first + ", gsb0", "2 groups of 2 products"),
                ("gsb0, 0x1 ;\n        /*0080", "gsb0, 0x0 ;\n        /*0080", "waits"),
                ("WARPGROUP.DEPBAR.LE gsb0, 0x1", "NOP", "waits []"),
                (start, inside + "MEMBAR.ALL.CTA ;", "MEMBAR.ALL.CTA in the main"),
                (start, inside + "BAR.SYNC 0x1 ;", "BAR.SYNC in the main"),
                (start, inside + "F2FP.F16.F32 R1, R2 ;", "F2FP.F16.F32 in"),
                (last, behind + "HMMA.16816.F32 R4, R8, R12, R4 ;", "HMMA.16816.F32 in"),
                (last, behind + "F2FP.F16.E4M3.UNPACK_B R4, R8 ;", "8-bit floats"),
                (last, behind + "STL [R1], R8 ;", "local memory"),
                ("LDG.E.NA.128.CONSTANT R156", "LDG.E.NA.CONSTANT R156", "1 loads of global"),
                ("LDG.E.NA.128.CONSTANT R156", "LDS.128 R156", "1 loads of global and 1 of shared"),
                ("USETMAXREG.TRY_ALLOC.CTAPOOL UP0, 0xf0", "NOP", "no USETMAXREG.TRY_ALLOC"),
                ("USETMAXREG.DEALLOC.CTAPOOL 0x20", "NOP", "no USETMAXREG.DEALLOC")):
            self.assertEqual(LISTING.count(old), 1, old)
            _, faults = read(LISTING.replace(old, new))
            self.assertIn(said, "; ".join(faults), new)

    def test_a_kernel_without_products_is_a_fault(self):
        self.assertEqual(read(LISTING.replace("HGMMA.SP", "NOP"))[1],
                         ["no loop with a sparse wgmma"])

    def test_eight_bit_types_have_no_selector(self):
        e4m3 = BF16._replace(multiply="e4m3_e5m2")
        listing = (LISTING
                   .replace("HGMMA.SP.64x256x32.F32.BF16", "QGMMA.SP.64x256x64.F32.E4M3.E5M2")
                   .replace(", 0x0 ;\n        /*0060", " ;\n        /*0060")
                   .replace("R155, 0x1, gsb0", "R155, gsb0"))
        self.assertEqual(read(listing, e4m3)[1], [])
        self.assertIn("selectors", "; ".join(read(listing.replace("R155, gsb0", "R155, 0x1, gsb0"),
                                                  e4m3)[1]))

    def test_a_staged_kernel_loads_from_shared_memory(self):
        staged = BF16._replace(staged=True)
        self.assertIn("must be one of lds each", "; ".join(read(LISTING, staged)[1]))
        self.assertEqual(read(LISTING.replace("LDG.E.NA.128.CONSTANT", "LDS.128"), staged)[1], [])

    def test_names_come_from_the_enums(self):
        found = hopper_sass.instance_of(MANGLED)
        self.assertEqual(found, hopper_sass.Instance("bf16", 2, 2, 128, True, False))
        self.assertEqual(hopper_sass.text_of(found), "bf16 2x128x128 n_major global")
        self.assertIsNone(hopper_sass.instance_of("_ZN6heddle4packEv"))


if __name__ == "__main__":
    unittest.main()
