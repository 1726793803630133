#!/usr/bin/env python3
"""bench/report.py and bench/plot.py on results of products made up here."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BENCH = pathlib.Path(__file__).resolve().parents[1]
CONTEXT = {"gpu": "NVIDIA <X>", "gpu_compute_capability": "9.0", "gpu_multiprocessors": "132",
           "gpu_l2_bytes": str(50 << 20), "gpu_memory_bytes": str(139 << 30), "gpu_ecc": "on",
           "cuda_runtime": "13.0", "heddle_version": "0.1.0", "date": "2026-11-23T00:00:00",
           "rounds": "9"}
SVG = "{http://www.w3.org/2000/svg}"


def timed(m, n, k, dense, roof=0.9, dtype="bf16", bound="memory", layer="a.down", **more):
    row = {"name": f"matmul/m{m}n{n}k{k}:2:4:{dtype}:row/gpu/iterations:9/manual_time",
           "us": 50.0, "us_q1": 49.0, "us_q3": 51.5, "TFLOP/s": 100.0, "stored_TFLOP/s": 50.0,
           "GB/s": 4000.0, "roof_share": roof, "bytes": 1.125e6, "dense_bytes": 2e6,
           "label": f"{layer} | {bound} | warps=1x1x8 | cublasLt-13.1.0 candidate=1/9 | "
                    "no cuSPARSELt: HEDDLE_CUSPARSELT = none"}
    return {**row, **({"x_cublaslt": dense} if dense else {}), **more}


def failed(why, n=64):
    return {"name": f"matmul/m64n{n}k64:2:4:f16:row/gpu/iterations:9/manual_time",
            "error_occurred": True, "error_message": why}


class Products(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def run_on(self, program, *benchmarks, arguments=()):
        result = self.path / "result.json"
        result.write_text(json.dumps({"context": CONTEXT, "benchmarks": benchmarks}))
        return subprocess.run([sys.executable, BENCH / program, result, *arguments],
                              capture_output=True, text=True, check=False)

    def line(self, start, *benchmarks):
        out = self.run_on("report.py", *benchmarks).stdout
        return next(text for text in out.splitlines() if text.startswith(start))

    def test_targets(self):
        rows = [timed(8192, 1, 8192, 1.7, 0.92), timed(28672, 16, 4096, 1.59, 0.89),
                timed(8192, 64, 8192, 1.41), timed(4096, 512, 4096, 1.7, x_cusparselt=0.9),
                timed(4096, 1, 4096, 0.9, 0.3), timed(8192, 1, 8192, 1.5, 0.86, dtype="f8e4m3"),
                timed(4096, 4096, 4096, 1.7, bound="wgmma", x_cusparselt=1.2),
                timed(8192, 8192, 8192, 1.65, 0.91, bound="math", layer="square")]

        def holds(start, words):
            self.assertIn(words, self.line(start, *rows))

        holds("| bf16, weights of 64 MiB", "| 0.9 | 0.890 | m28672n16k4096:2:4:bf16:row | **missed")
        holds("| the same: x cuBLASLt", "| 1.6 | 1.590 | m28672n16k4096:2:4:bf16:row | **missed**")
        holds("| fp8, as many weights", "| 0.85 | 0.860 | m8192n1k8192:2:4:f8e4m3:row | reached |")
        holds("| the same in fp8", "| 1.45 | 1.500 | m8192n1k8192:2:4:f8e4m3:row | reached |")
        holds("| layers, any type", "| 1.0 | 0.900 | m4096n1k4096:2:4:bf16:row | **missed** |")
        holds("| layers, n = 64 to 512", "| 1.5 | 1.548 | 2 products | reached |")
        holds("| bf16, n >= 1024: x cuBLASLt", "| 1.6 | 1.650 | m8192n8192k8192:2:4:bf16:row |")
        holds("| bf16, n >= 1024: x cuSPARSELt", "| 1.1 | 1.200 | m4096n4096k4096:2:4:bf16:row |")
        holds("| f8e4m3, n >= 1024: x cuSPARSELt", "not measured")
        holds("| bf16, 8192^3", "| 0.9 | 0.910 |")

    def test_means_and_rows(self):
        peak = {"name": "device/peak_sparse_bf16/gpu/iterations:1/manual_time", "TFLOP/s": 1234.0}
        none = {"name": "device/peak_sparse_f8/gpu/iterations:1/manual_time", "TFLOP/s": 0.0}
        run = self.run_on("report.py", peak, none, timed(64, 1, 64, 2, sm_mhz=1700, watts=300),
                          timed(64, 16, 64, 8), timed(64, 17, 64, None, x_cusparselt=3.0))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("| bf16, n <= 16 | 4.00 | 2.00 | 2 | - | - | 0 |", run.stdout)
        self.assertIn("| bf16, n <= 64 | - | - | 0 | 3.00 | 3.00 | 1 |", run.stdout)
        self.assertIn("| sparse bf16 | 1234 |", run.stdout)
        self.assertNotIn("sparse f8", run.stdout)
        self.assertIn("### Products, m = 64, k = 64: a.down", run.stdout)
        self.assertIn("| 1 | 50.00 | 5% | 100.0 | 50.0 | 4000 | 2.00 | - | 90% memory | "
                      "`warps=1x1x8` |", run.stdout)
        self.assertIn("Baselines: cublasLt-13.1.0; no cuSPARSELt: HEDDLE_CUSPARSELT = none.",
                      run.stdout)
        self.assertIn("SM clock was 1700 to 1700 MHz and power 300 to 300 W", run.stdout)

    def test_left_out_is_not_failed(self):
        why = "not run: the time of --seconds is up"
        run = self.run_on("report.py", timed(64, 1, 64, 2), failed(why), failed(why, 16))
        self.assertEqual(run.returncode, 0)
        self.assertIn("2 products of the list were not run", run.stdout)
        self.assertNotIn("Failed", run.stdout)
        why = "1 of 9 elements of D are wrong"
        run = self.run_on("report.py", timed(64, 1, 64, 2), failed(why))
        self.assertEqual(run.returncode, 1)
        self.assertIn("- `matmul/m64n64k64:2:4:f16:row/gpu`: 1 of 9 elements", run.stdout)

    def test_page(self):
        page = self.path / "page.md"
        page.write_text("a\n" + "\n".join(
            f"<!-- bench/report.py {kind}: begin -->old<!-- bench/report.py {kind}: end -->z"
            for kind in ("gemm", "regimes", "model")))
        run = self.run_on("report.py", timed(64, 1, 64, 2),
                          arguments=["--page", page, "--keep", self.path / "kept"])
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("bf16, n <= 16", page.read_text())
        self.assertTrue((self.path / "kept" / "gemm-nvidia-x.json").exists())

    def test_rates(self):
        rows = [{"name": f"device/rate_{name}/gpu/iterations:1/manual_time", **counters}
                for name, counters in (
                    ("wgmma_sp_rs_bf16_n256", {"TFLOP/s": 1500.4}),
                    ("wgmma_sp_ss_bf16_n256", {"TFLOP/s": 1300.0}),
                    ("wgmma_sp_rs_e4m3_n64", {"TFLOP/s": 2500.0}),
                    ("wgmma_sp_rs_tf32_n64", {"TFLOP/s": 0.0}),
                    ("l2_read", {"GB/s": 5500.0, "per_clock": 24.04}),
                    ("l2_bulk", {"GB/s": 0.0}))]
        run = self.run_on("report.py", *rows)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("| m64, two warpgroups | bf16 | e4m3 |", run.stdout)
        self.assertIn("| A in registers, n = 64 | - | 2500 |", run.stdout)
        self.assertIn("| A in registers, n = 256 | 1500 | - |", run.stdout)
        self.assertIn("| A by descriptor, n = 256 | 1300 | - |", run.stdout)
        self.assertIn("| L2 to registers, past L1 | 5500 | 24.0 |", run.stdout)
        self.assertNotIn("bulk", run.stdout)
        wrong = {"name": "device/rate_l2_bulk/gpu/iterations:1/manual_time",
                 "error_occurred": True, "error_message": "block 0 thread 0 read 1: must be 2"}
        run = self.run_on("report.py", *rows, wrong)
        self.assertEqual(run.returncode, 1)
        self.assertIn("- `device/rate_l2_bulk/gpu`: block 0 thread 0", run.stdout)

    def test_variants(self):
        name = "variants/m{}n64k64:2:4:bf16:row/gpu/iterations:9/manual_time"
        wgmma = "wgmma=2x64x256,cluster=2,a=global"
        row = {"name": name.format(64), "us": 4.0, "us mma": 8.0, "x_chosen mma": 0.5,
               "us " + wgmma: 4.0, "x_chosen " + wgmma: 1.0, "x_cublaslt " + wgmma: 1.75,
               "roof_share " + wgmma: 0.66}
        left = {"name": name.format(65), "error_occurred": True,
                "error_message": "not run: the time"}
        run = self.run_on("report.py", row, left)
        self.assertEqual(run.returncode, 0, run.stderr)
        first = run.stdout.index(f"| m64n64k64:2:4:bf16:row | {wgmma} | 4.00 | 1.00 | 1.75 | - | "
                                 "0.66 |")
        self.assertGreater(run.stdout.index("|  | mma | 8.00 | 0.50 | - | - | - |"), first)

    def test_plot(self):
        rows = [timed(64, n, k, 1.0 + k / 128, dtype=t) for t in ("bf16", "i8")
                for k in (64, 128) for n in (1, 16, 256)]
        drawing = self.path / "plot.svg"
        run = self.run_on("plot.py", *rows, failed("wrong"), arguments=["-o", drawing])
        self.assertEqual(run.returncode, 0, run.stderr)
        root = xml.etree.ElementTree.fromstring(drawing.read_text())
        lines = {style: [line.get("points") for line in root.iter(SVG + "polyline")
                         if line.get("class") == style]
                 for style in ("layer", "mean", "bytes", "flops", "dense")}
        self.assertEqual({s: len(found) for s, found in lines.items()},
                         {"layer": 4, "mean": 2, "bytes": 2, "flops": 2, "dense": 2})

        def points(text):
            return [tuple(map(float, p.split(","))) for p in text.split()]

        mean, slow, fast = (points(t) for t in (lines["mean"][0], *lines["layer"][:2]))
        self.assertEqual([p[0] for p in mean], [p[0] for p in slow])
        self.assertAlmostEqual(mean[1][0] - mean[0][0], mean[2][0] - mean[1][0], delta=0.2)
        for low, middle, high in zip(slow, mean, fast):  # y points down
            self.assertGreater(low[1], middle[1])
            self.assertGreater(middle[1], high[1])
        # The bound by bytes, 2 / 1.125, lies under that by operations, 2; a speed-up of 2 on it.
        self.assertGreater(points(lines["bytes"][0])[0][1], points(lines["flops"][0])[0][1])
        self.assertEqual(fast[0][1], points(lines["flops"][0])[0][1])
        words = " ".join(root.itertext())
        self.assertIn("bf16, x cuBLASLt", words)
        self.assertIn("NVIDIA <X>, Heddle 0.1.0, 2026-11-23", words)

    def test_plot_of_nothing(self):
        run = self.run_on("plot.py", timed(64, 1, 64, None), failed("wrong"))
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("no product with a dense baseline", run.stderr)


if __name__ == "__main__":
    unittest.main()
