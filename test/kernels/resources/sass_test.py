#!/usr/bin/env python3
"""sass.py on listings made by hand: what is a main loop, and what is on its hot path."""

import sys
import unittest

sys.dont_write_bytecode = True  # the sources stay as they are

import sass

# Segments from .L_x_0, steps from .L_x_1; .L_x_3 goes round two narrow loads, .L_x_5 copies.
LISTING = """
.text.kernel:
        /*0000*/                   MOV R1, c[0x0][0x28] ;
.L_x_0:
        /*0010*/                   HMMA.SP.16832.F32.BF16 R4, R8, R12, R4, R2, 0x0 ;
.L_x_1:
        /*0030*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;
        /*0040*/               @P0 BRA `(.L_x_3) ;
        /*0050*/                   LDG.E.U8 R8, [R2.64] ;
        /*0060*/                   LDG.E.U8 R9, [R2.64] ;
        /*0070*/                   BRA `(.L_x_4) ;
.L_x_3:
        /*0080*/              @!P1 LDG.E.128.CONSTANT R8, [R2.64] ;
        /*0090*/                   MOV R3, R4 ;
        /*00a0*/                   IMAD.MOV.U32 R5, RZ, RZ, 0x44444444 ;
        /*00a8*/                   IMAD.MOV.U32 R7, RZ, RZ, R5 ;
.L_x_4:
        /*00b0*/               @P2 BRA `(.L_x_6) ;
        /*00c0*/                   IADD3 R6, R6, 0x1, RZ ;
.L_x_5:
        /*00d0*/                   IADD3 R6, R6, 0x1, RZ ;
        /*00e0*/                   LDGSTS.E.BYPASS.128.ZFILL [R6], [R8.64], P1 ;
        /*00f0*/               @P3 BRA `(.L_x_5) ;
.L_x_6:
        /*0100*/                   LDSM.16.M88.4 R12, [R6] ;
        /*0110*/                   HMMA.SP.16832.F32.BF16 R4, R8, R12, R4, R2, 0x0 ;
        /*0120*/                   HMMA.SP.16832.F32.BF16 R4, R8, R12, R4, R2, 0x1 ;
        /*0124*/               @P6 BRA `(.L_x_7) ;
        /*0128*/                   IADD3 R6, R6, 0x1, RZ ;
.L_x_7:
        /*0130*/              @!P4 BRA `(.L_x_1) ;
        /*0140*/               @P5 BRA `(.L_x_0) ;
        /*0150*/                   EXIT ;
"""


class Sass(unittest.TestCase):
    def setUp(self):
        self.items = sass.functions(LISTING)["kernel"]
        self.row = sass.row_of(self.items)

    def test_the_main_loop_is_the_innermost_one_with_mma(self):
        self.assertEqual(self.row["mma"], 2)  # not the one of .L_x_0
        self.assertEqual(self.row["loop"], 20)
        self.assertEqual(self.row["all"], 24)

    def test_the_hot_path_takes_wide_loads_and_leaves_copies_out(self):
        # BAR BRA | LDG MOV IMAD IMAD | BRA | LDSM MMA MMA BRA | BRA
        self.assertEqual(self.row["path"], 12)
        self.assertEqual((self.row["ldg"], self.row["wide"]), (1, 1))
        self.assertEqual((self.row["ldsm"], self.row["bar"], self.row["branch"]), (1, 1, 4))
        self.assertEqual(self.row["per_mma"], "6.0")

    def test_moves_are_those_of_a_register(self):
        self.assertEqual(self.row["mov"], 2)

    def test_copies_cost_what_they_add(self):
        self.assertEqual(self.row["fill"], 4)
        self.assertEqual(self.row["total"], "7.0")  # half a copy for two mma: (12 + 4 / 2) / 2

    def test_more_copies_than_the_path_has_cost_the_turn_of_the_innermost_loop(self):
        sass.COPIES_PER_MMA, usual = 2, sass.COPIES_PER_MMA
        row = sass.row_of(self.items)
        sass.COPIES_PER_MMA = usual
        self.assertEqual(row["per_copy"], "3")
        self.assertEqual(row["total"], "12.5")  # (12 + 4 + 3 * 3) / 2

    def test_a_kernel_without_mma_has_no_row(self):
        nothing = [item for item in self.items if "MMA" not in item[1]]
        self.assertIsNone(sass.row_of(nothing))

    def test_names_come_from_the_enums(self):
        mangled = "_ZN6heddle6matmulILNS_8MultiplyE1ELNS_9TokenPathE1ELi4EEEvNS_10MatmulArgsE"
        self.assertEqual(sass.name_of(mangled), "bf16 n_major 4")
        self.assertIsNone(sass.name_of("_ZN6heddle4packEv"))


if __name__ == "__main__":
    unittest.main()
