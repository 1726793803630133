#!/usr/bin/env python3
"""Regimes, experiments and the model's error in bench/report.py, on results made up here."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH))
sys.dont_write_bytecode = True
import campaign_report

CONTEXT = {"gpu": "NVIDIA X", "gpu_compute_capability": "9.0", "gpu_multiprocessors": "132",
           "gpu_l2_bytes": str(50 << 20), "gpu_memory_bytes": str(139 << 30), "gpu_ecc": "on",
           "cuda_runtime": "13.0", "heddle_version": "0.1.0", "date": "2026-11-23T00:00:00",
           "rounds": "9"}


def product(m, n, k, dense, model, dtype="bf16", **more):
    return {"name": f"matmul/m{m}n{n}k{k}:2:4:{dtype}:row/gpu/iterations:9/manual_time", "us": 50.0,
            "us_q1": 49.0, "us_q3": 51.0, "TFLOP/s": 100.0, "stored_TFLOP/s": 50.0, "GB/s": 4000.0,
            "roof_share": 0.9, "bytes": 1.125e6, "dense_bytes": 2e6, "x_cublaslt": dense,
            "model_us": model, "label": "a.down | memory | warps=1x1x8 stages=4 predicted=40us | "
                                        "cublasLt-13 | no cuSPARSELt: none", **more}


def experiment(name, problem, predicted, ratio, spread=0.01, **more):
    return {"name": f"experiment/{name}/{problem}/gpu/iterations:9/manual_time",
            "predicted": predicted, "ratio": ratio, "ratio_q1": ratio - spread,
            "ratio_q3": ratio + spread, **more}


class Campaign(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def report(self, *benchmarks, arguments=()):
        result = self.path / "result.json"
        result.write_text(json.dumps({"context": CONTEXT, "benchmarks": benchmarks}))
        return subprocess.run([sys.executable, BENCH / "report.py", result, *arguments],
                              capture_output=True, text=True, check=False)

    def page(self, *kinds):
        page = self.path / "page.md"
        page.write_text("".join(f"<!-- bench/report.py {k}: begin --><!-- bench/report.py {k}: "
                                "end -->\n" for k in kinds))
        return page

    def test_page_of_products(self):
        page = self.page("gemm", "regimes", "model", "experiments")
        run = self.report(product(64, 1, 128, 2.0, 40.0), product(64, 16384, 128, 1.5, 50.0),
                          product(96, 1, 128, 0.5, 50.0, x_cusparselt=1.25),
                          product(64, 2, 128, 9.0, 100.0), product(64, 64, 64, 1.5, 25.0, "i8"),
                          arguments=["--page", page])
        self.assertEqual(run.returncode, 0, run.stderr)
        text = page.read_text()
        # n = 2 is no regime; cells stand under their n.
        self.assertIn("| 64 x 128, a.down | 2.00 / -, 90% memory |" + " - |" * 7 +
                      " 1.50 / -, 90% memory |", text)
        self.assertIn("| 96 x 128, a.down | 0.50 / 1.25, 90% memory |" + " - |" * 8, text)
        self.assertIn("| *geometric mean* | 1.00 / 1.25 | - / - |", text)
        self.assertIn("| i8, m x k | n = 1 | n = 8 |", text)
        self.assertIn("![Speed-up over dense against n, per type](speedup.svg)", text)
        self.assertIn("bf16, x cuBLASLt", (self.path / "speedup.svg").read_text())
        # Predicted 40, 50 and 100 us where 50 were measured: factors of 1.25, 1 and 2.
        self.assertIn("| bf16, n <= 16 | 3 | 35.7% | 1.17 | 100% |", text)
        self.assertIn("| bf16, n > 512 | 1 | 0.0% | 1.00 | 0% |", text)
        self.assertIn("| i8, n <= 64 | 1 | 100.0% | 0.50 | 100% |", text)
        worst = text[text.index("The worst:"):]
        self.assertIn("| `warps=1x1x8 stages=4` | 100.00 | 50.00 |", worst.splitlines()[4])

    def test_several_results_are_one(self):
        def write(name, commit, *benchmarks):
            path = self.path / name
            path.write_text(json.dumps({"context": {**CONTEXT, "commit": commit},
                                        "benchmarks": benchmarks}))
            return path

        def run(*paths):
            return subprocess.run([sys.executable, BENCH / "report.py", *paths],
                                  capture_output=True, text=True, check=False)

        first = write("a.json", "12ab", product(64, 1, 128, 2.0, 40.0))
        second = write("b.json", "12ab", product(64, 1, 128, 3.0, 40.0),
                       product(64, 64, 64, 1.5, 25.0, "i8"))
        both = run(first, second)
        self.assertEqual(both.returncode, 0, both.stderr)
        self.assertIn("| bf16, n <= 16 | 3.00 | 3.00 | 1 |", both.stdout)
        self.assertIn("| i8, n <= 64 | 1.50 |", both.stdout)
        self.assertIn("Heddle 0.1.0 (commit 12ab), 2026-11-23", both.stdout)
        other = run(first, write("c.json", "34cd", product(64, 1, 128, 2.0, 40.0)))
        self.assertEqual(other.returncode, 1)
        self.assertIn("do not belong together", other.stderr)

    def test_experiments(self):
        left = {"name": "experiment/gone/m8n8k64:2:4:f16:row/gpu/iterations:9/manual_time",
                "error_occurred": True, "error_message": "not run: not_found: no candidate"}
        rows = [experiment("mean", "m8n8k64:2:4:f16:row", 1.0, 1.2),
                experiment("mean", "m8n8k64:2:4:i8:row", 1.44, 1.2),
                experiment("rate", "-", 0.62, 0.6, 0), left]
        run = self.report(*rows)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("| mean | 2 | 1.20 | 1.20 | 1.19-1.21 | confirmed |", run.stdout)
        self.assertIn("|  | m8n8k64:2:4:i8:row | 1.44 | 1.20 |", run.stdout)
        self.assertIn("| rate | 1 | 0.62 | 0.60 | 0.60-0.60 | confirmed |", run.stdout)
        self.assertIn("| gone |  | - |  |  | not run: not_found: no candidate |", run.stdout)
        wrong = {**left, "error_message": "1 of 2 elements of D are wrong"}
        self.assertEqual(self.report(*rows, wrong).returncode, 1)
        page = self.page("experiments")
        self.assertEqual(self.report(*rows, arguments=["--page", page]).returncode, 0)
        self.assertIn("| mean | 2 |", page.read_text())

    def test_model_of_experiments_has_both_sides(self):
        row = experiment("two", "m8n8k64:2:4:f16:row", 1.1, 1.1, us=10.0, second_us=11.0,
                         model_us=10.0, second_model_us=22.0, label="warps=1x1x8 | warps=2x1x4")
        run = self.report(row)
        self.assertIn("| f16, n <= 16 | 2 | 41.4% | 1.41 | 100% |", run.stdout)
        self.assertIn("| `warps=2x1x4` | 22.00 | 11.00 |", run.stdout)

    def test_verdicts_are_those_of_the_program(self):
        source = (BENCH / "test" / "experiment_test.cpp").read_text()
        found = campaign_report.re.findall(
            r"verdict\(([0-9.]+), \{([0-9.]+), ([0-9.]+), ([0-9.]+)\}\), \"([a-z ]+)\"", source)
        self.assertGreaterEqual(len(found), 10)
        for *numbers, want in found:
            self.assertEqual(campaign_report.verdict(*map(float, numbers)), want, numbers)


if __name__ == "__main__":
    unittest.main()
