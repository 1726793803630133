#!/usr/bin/env python3
"""bounds.py's arithmetic on made-up tables."""

import sys
import unittest

sys.dont_write_bytecode = True
import bounds

DEVICE = {"capability": "90", "multiprocessors": "100", "clock_ghz": "2",
          "memory_gbytes_per_s": "1000", "l2_gbytes_per_s": "3000",
          "shared_bytes_per_multiprocessor": "233472"}
MMA = [{"target": "sm_80", "kernel": "bf16 k_major 1", "total": "20"},
       {"target": "sm_90a", "kernel": "bf16 k_major 1", "total": "25"},
       {"target": "sm_80", "kernel": "bf16 k_major 8", "total": "9"}]
HOPPER = [{"kernel": "bf16 2x64x256 k_major global", "per_wgmma": "30"}]


def case(config, tile_m, tile_n, balance="1"):
    return {"multiply": "bf16", "m": "6400", "n": "8", "k": "3200", "config": config,
            "tile_m": tile_m, "tile_n": tile_n, "balance": balance, "predicted_us": "10",
            "memory_us": "4", "l2_us": "3", "shared_us": "2", "math_us": "5", "wait_us": "1"}


class Bounds(unittest.TestCase):
    def test_instance(self):
        self.assertEqual(bounds.mma_cost(MMA, "sm_90a", "bf16", 1), (25, True))
        self.assertEqual(bounds.mma_cost(MMA, "sm_90a", "bf16", 4), (25, False))
        self.assertEqual(bounds.mma_cost(MMA, "sm_90a", "bf16", 8), (9, False))
        self.assertIsNone(bounds.mma_cost(MMA, "sm_90a", "s8", 8))

    def test_issue(self):
        tables = {"mma": MMA, "hopper": HOPPER}
        config = "warps=1x1x8 tiles=1 stages=4 raster=1 blocks={} split=0/0"
        # 6400 / 16 rows x 1 x 3200 / 32 products of 25 in 4 slots x 100 x 2000 a microsecond
        us, mark = bounds.issue_us(case(config.format(200), "64", "8"), DEVICE, tables)
        self.assertAlmostEqual(us, 40000 * 25 / 8e5)
        self.assertEqual(mark, "")
        half, _ = bounds.issue_us(case(config.format(50), "64", "8"), DEVICE, tables)
        self.assertAlmostEqual(half, 2 * us)
        uneven, _ = bounds.issue_us(case(config.format(200), "64", "8", "1.5"), DEVICE, tables)
        self.assertAlmostEqual(uneven, 1.5 * us)
        wgmma = "wgmma=2x64x256 cluster=1 a=global stages=4 raster=1 blocks=100 split=0/0"
        us, _ = bounds.issue_us(case(wgmma, "128", "256"), DEVICE, tables)
        self.assertAlmostEqual(us, 100 * 100 * 30 / 2e5)  # padded to 256 tokens

    def test_share(self):
        one = case("", "64", "8")
        found, _ = bounds.bounds_of({**one, "config": "wgmma=9x9x9 a=global blocks=1"}, DEVICE,
                                    {"mma": [], "hopper": []})
        self.assertEqual(bounds.worst(found, None), "math")
        self.assertEqual(bounds.worst(found, (7, "")), "issue")
        self.assertEqual(bounds.worst(found, (7, ""), 8), "start and end")
        self.assertEqual(bounds.share_of(one, found, None), (0.5, 10))
        self.assertEqual(bounds.share_of(one, found, (7, "")), (5 / 12, 12))

    def test_occupancy(self):
        self.assertEqual(bounds.blocks_resident(80, 32, 256, 0, 167936), 8)  # threads
        self.assertEqual(bounds.blocks_resident(80, 81, 256, 0, 167936), 2)  # registers, by eights
        self.assertEqual(bounds.blocks_resident(80, 32, 256, 60000, 167936), 2)  # shared memory
        self.assertEqual(bounds.blocks_resident(80, 32, 32, 0, 167936), 32)  # blocks

    def test_stream(self):
        row = {"kernel": "f", "target": "sm_90a", "threads": "256", "in": "32", "out": "32",
               "path": "64", "flight": "32"}
        rates, resident, held = bounds.stream_of(
            row, DEVICE, {"f": {"sm_90a": "64", "shared": "0"}}, 0.8)
        self.assertEqual((resident, held), (1024, 32768))
        self.assertAlmostEqual(rates["memory"], 0.5e6)
        self.assertAlmostEqual(rates["l2"], 1.5e6)
        self.assertAlmostEqual(rates["issue"], 4 * 32 * 100 * 2000 / 2)
        self.assertAlmostEqual(rates["latency"], 32768 * 100 / 0.8)


if __name__ == "__main__":
    unittest.main()
