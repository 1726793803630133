#!/usr/bin/env python3
"""bench/fit.py on times made up from known constants, which it must find again."""
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH))
sys.dont_write_bytecode = True
import fit

CLOCK = 1.5  # GHz
CONTEXT = {"gpu": "X", "model_capability": "90.000000", "model_multiprocessors": "132",
           "model_clock_ghz": str(CLOCK), "model_memory_gbytes_per_s": "4000",
           "model_l2_gbytes_per_s": "6000", "model_launch_us": "2"}
FACTORS = {"launch_us": 0.7, "memory_gbytes_per_s": 0.93, "l2_gbytes_per_s": 1.25,
           "kMemoryLatencyUs": 1.3, "kL2LatencyUs": 1.2, "kMathShare": 1.08, "kHopperShare": 0.9,
           "kPortBytesPerClock": 0.85, "kSegmentUs": 1.4, "kElementClocks": 1.6}
DEVICE = {"launch_us": 2.0, "memory_gbytes_per_s": 4000.0, "l2_gbytes_per_s": 6000.0}


def made_up(rng, c):
    """A kernel's work as counts, and its time by the model with constants c: formulas of
    docs/kernels/selection.md, written a second time."""
    wgmma = rng["wgmma"]
    clocks = 1e3 * CLOCK
    columns = -(-rng["n"] // rng["tokens"])
    if wgmma:
        elements = 2 * 64 * rng["tokens"]
        segment = elements * c["kElementClocks"] / clocks
        step = 2 * 2 * max(c["kLeastClocks"], rng["tokens"] / 2) / c["kMathShare"] / clocks
    else:
        elements = 64 * rng["tokens"]  # one warp along m and n, eight along k; bf16
        segment = 4 * elements * 9 / c["kPortBytesPerClock"] / clocks
        step = (elements * 8 * 64 / (2 * c["kMathShare"] * 2048 * c["kHopperShare"]) +
                c["kStepClocks"] / 3) / clocks
    latency = c["kL2LatencyUs"] + (c["kMemoryLatencyUs"] - c["kL2LatencyUs"]) / columns
    terms = {"memory_us": rng["memory"] / c["memory_gbytes_per_s"],
             "l2_us": rng["l2"] / c["l2_gbytes_per_s"],
             "shared_us": rng["shared"] / c["kPortBytesPerClock"], "math_us": rng["steps"] * step,
             "wait_us": rng["waits"] * latency,
             "fill_us": c["kMemoryLatencyUs"] + rng["segments"] * (c["kSegmentUs"] + segment),
             "fixup_us": 0.0 if rng["parts"] < 2 else c["kSyncUs"] + rng["parts"] * (
                 c["kSlotUs"] + 4 * elements / c["kLoneBytesPerClock"] / clocks)}
    terms["us"] = c["launch_us"] + terms["fill_us"] + terms["fixup_us"] + max(
        v for k, v in terms.items() if k not in ("fill_us", "fixup_us"))
    return terms


def counts(rng):
    """Each of the five bounds holds in a fifth of the rows."""
    bound = rng.choice(("memory", "l2", "shared", "steps", "waits"))
    size = rng.choice((1.0, 3.0, 10.0, 30.0))

    def of(name, amount):
        return amount * size * (1 if name == bound else 0.2)
    wgmma = rng.random() < 0.5
    tokens = rng.choice((128, 256)) if wgmma else rng.choice((8, 16, 64))
    step = (2 * 2 * tokens / 2 / 0.85 if wgmma else tokens * 64 * 8 * 64 / 2158 + 40) / 1500
    return {"wgmma": wgmma, "tokens": tokens, "n": tokens * rng.choice((1, 1, 2, 16)),
            "memory": of("memory", 4e4), "l2": of("l2", 6e4), "shared": of("shared", 1280),
            "steps": max(1, round(of("steps", 10) / step)), "waits": of("waits", 14),
            "segments": rng.choice((1, 2, 3, 8)), "parts": rng.choice((0, 0, 2, 5))}


def result_of(old, true, rows=240, noise=0.01, outliers=6):
    rng = random.Random(7)
    benchmarks = []
    for i in range(rows):
        work = counts(rng)
        name = f"m64n{work['n']}k{i + 1}:2:4:bf16:row"
        text = (f"wgmma=2x64x{work['tokens']} cluster=1 a=global stages=4" if work["wgmma"] else
                f"warps=1x1x8 tiles={work['tokens'] // 8} stages=4")
        us = made_up(work, true)["us"] * rng.lognormvariate(0, noise) * (5 if i < outliers else 1)
        terms = made_up(work, old)
        if i % 2:  # an experiment has two
            row = {"name": f"experiment/x/{name}/gpu", "label": f"chosen | {text}",
                   "second_us": us, **{"second_model_" + k: v for k, v in terms.items()}}
        else:
            row = {"name": f"matmul/{name}/gpu", "label": f"layer | memory | {text} | d | s",
                   "us": us, **{"model_" + k: v for k, v in terms.items()}}
        benchmarks.append(row)
    return {"context": CONTEXT, "benchmarks": benchmarks}


class Fit(unittest.TestCase):
    def setUp(self):
        self.old = {**fit.constants_of_sources(), **DEVICE}
        self.true = {k: v * FACTORS.get(k, 1) for k, v in self.old.items()}

    def test_constants_are_found_again(self):
        rows, old = fit.rows_of(result_of(self.old, self.true), fit.constants_of_sources())
        self.assertEqual(len(rows), 240)
        self.assertEqual(old, self.old)
        new, determined = fit.fit(rows, old)
        for key, factor in FACTORS.items():
            self.assertIn(key, determined)
            tolerance = 0.12 if key in ("kMemoryLatencyUs", "kL2LatencyUs", "kSegmentUs",
                                        "kElementClocks", "launch_us") else 0.03
            self.assertAlmostEqual(new[key] / old[key] / factor, 1, delta=tolerance, msg=key)
        self.assertNotIn("kLeastClocks", determined)  # no tile of 64 tokens or fewer
        self.assertAlmostEqual(new["kLeastClocks"], old["kLeastClocks"])

    def test_right_constants_stay(self):
        rows, old = fit.rows_of(result_of(self.old, self.old, noise=0, outliers=0),
                                fit.constants_of_sources())
        new, _ = fit.fit(rows, old)
        for key in old:
            self.assertAlmostEqual(new[key] / old[key], 1, delta=1e-3, msg=key)

    def test_program(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "result.json"
            path.write_text(json.dumps(result_of(self.old, self.true)))
            run = subprocess.run([sys.executable, BENCH / "fit.py", path], capture_output=True,
                                 text=True, check=False)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertRegex(run.stdout, r"\| l2_gbytes_per_s \| 6000 \| 7[345]\d\d \|  \|")
            self.assertIn("| kLeastClocks | 32 | 32 | not determined", run.stdout)
            self.assertIn("240 rows.", run.stdout)
            before, after = map(float, re.findall(r"([0-9.]+)% in the geometric mean", run.stdout))
            self.assertLess(after, before / 2)

            changed = result_of(self.old, self.true)
            changed["benchmarks"][0]["model_fill_us"] += 0.3
            path.write_text(json.dumps(changed))
            run = subprocess.run([sys.executable, BENCH / "fit.py", path], capture_output=True,
                                 text=True, check=False)
            self.assertEqual(run.returncode, 1)
            self.assertIn("segments, which must be a whole number", run.stderr)
            path.write_text(json.dumps({"context": {"gpu": "X"}, "benchmarks": []}))
            run = subprocess.run([sys.executable, BENCH / "fit.py", path], capture_output=True,
                                 text=True, check=False)
            self.assertIn("does not say what the model takes", run.stderr)


if __name__ == "__main__":
    unittest.main()
