#!/usr/bin/env python3
"""bench/report.py on results made up here, and on the CPU result that the page shows."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[1]
CONTEXT = {"gpu": "NVIDIA X", "gpu_compute_capability": "9.0", "gpu_multiprocessors": "132",
           "gpu_l2_bytes": str(50 << 20), "gpu_memory_bytes": str(139 << 30), "gpu_ecc": "on",
           "cuda_runtime": "13.0", "heddle_version": "0.1.0", "date": "2026-11-23T00:00:00",
           "rounds": "9", "smi_driver": "580.1", "cpu": "C", "hardware_threads": "2",
           "host_name": "secret", "executable": "/secret", "load_avg": [1]}


def timed(operation, problem, ratio):
    return {"name": f"{operation}/{problem}/gpu/iterations:9/manual_time", "GB/s": ratio * 4000,
            "copy_GB/s": 4000, "ratio": ratio, "ratio_q1": ratio - 0.01, "ratio_q3": ratio + 0.01,
            "us": 50.0, "direct_us": 60.0}


def failed(operation, problem):
    return {"name": f"{operation}/{problem}/gpu/iterations:9/manual_time", "error_occurred": True,
            "error_message": "call: blob: byte 7 differs"}


class Report(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def run_report(self, *arguments):
        return subprocess.run([sys.executable, BENCH / "report.py", *arguments],
                              capture_output=True, text=True, check=False)

    def gpu(self, *benchmarks):
        result = self.path / "result.json"
        result.write_text(json.dumps({"context": CONTEXT, "benchmarks": benchmarks}))
        return self.run_report(result)

    def target(self, *benchmarks):
        out = self.gpu(*benchmarks).stdout
        return next(line for line in out.splitlines() if line.startswith("| prune_pack_device, "))

    def test_target(self):
        big, bigger = "m8192k8192:2:4:bf16:row", "m16384k16384:2:4:bf16:row"
        here = "prune_pack_device"
        line = self.target(timed(here, big, 0.91), timed(here, bigger, 0.86))
        self.assertIn("| 0.860 | m16384k16384 | reached |", line)
        line = self.target(timed(here, big, 0.849), timed(here, bigger, 0.9))
        self.assertIn("| 0.849 | m8192k8192 | **missed** |", line)
        line = self.target(timed(here, big, 0.9), failed(here, bigger))
        self.assertIn("**failed**", line)

    def test_target_is_of_its_case_alone(self):
        line = self.target(timed("prune_pack_device", "m8191k8193:2:4:bf16:row", 0.2),
                           timed("prune_pack_device", "m8192k8192:2:4:bf16:row:ld+1", 0.2),
                           timed("prune_pack_device", "m8192k8192:2:4:f16:row", 0.2),
                           timed("prune_pack_canonical", "m8192k8192:2:4:bf16:row", 0.2))
        self.assertIn("not measured", line)

    def test_table_and_failures(self):
        run = self.gpu(timed("check", "m64k64:2:4:f16:row:ld+3", 0.5),
                       failed("check", "m64k64:2:4:i8:row:ld+3"),
                       {**timed("device", "launch", 1), "us": 1.2, "direct_us": 2.5},
                       {"name": "device/copy/gpu", "bytes": 2e9, "cudaMemcpyAsync_GB/s": 4100.0,
                        "kernel_GB/s": 4200.0})
        self.assertEqual(run.returncode, 1)
        self.assertIn("### GPU, m64k64, row:ld+3 order, 2:4", run.stdout)
        self.assertIn("| check | 2000.0 (0.50) | **failed** |", run.stdout)
        self.assertIn("| *copy* | 4000.0 | - |", run.stdout)
        self.assertIn("- `check/m64k64:2:4:i8:row:ld+3/gpu`: call: blob: byte 7 ", run.stdout)
        self.assertIn("1.2 us in a graph, 2.5 us by itself", run.stdout)
        self.assertIn("4100 GB/s by cudaMemcpyAsync, at 4200 GB/s by a kernel", run.stdout)
        self.assertIn("driver 580.1", run.stdout)

    def test_pages_and_results(self):
        page = self.path / "page.md"
        marks = (f"<!-- bench/report.py {kind}: begin -->old<!-- bench/report.py {kind}: end -->"
                 for kind in ("gpu", "gemm", "rates", "variants", "regimes", "experiments",
                              "model"))
        page.write_text("a\n" + "\nb\n".join(marks) + "\nz\n")
        self.assertEqual(self.run_report("--page", page).returncode, 0)
        self.assertIn("Not measured", page.read_text())
        self.assertNotIn("old", page.read_text())
        self.gpu(timed("check", "m64k64:2:4:f16:row", 0.5))
        run = self.run_report(self.path / "result.json", "--page", page,
                              "--keep", self.path / "kept")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("| check | 2000.0 (0.50) |", page.read_text())
        self.assertTrue(page.read_text().startswith("a\n") and page.read_text().endswith("\nz\n"))
        self.assertNotIn("secret", (self.path / "kept" / "gpu-nvidia-x.json").read_text())

    def test_cpu_page_is_of_its_result(self):
        page = (BENCH.parent / "docs" / "performance.md").read_text()
        rendered = [self.run_report(p).stdout.strip() for p in BENCH.glob("results/cpu-*.json")]
        self.assertTrue(any(text in page for text in rendered))


if __name__ == "__main__":
    unittest.main()
