#!/usr/bin/env python3
"""fit_model_test.py PROGRAM: bench/fit.py counts as the cost model does. PROGRAM, model_terms,
writes what the model says of many configurations; put together again from whole counts and the
constants in the sources, each prediction must come out to the last digits."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True
import fit

LEAST_ROWS = 1000
DEVICES = ("A100", "RTX 4090", "H200", "B200", "RTX 5090")

for device in DEVICES:
    text = subprocess.run([sys.argv[1], device], capture_output=True, text=True, check=True).stdout
    rows, old = fit.rows_of(json.loads(text), fit.constants_of_sources())
    worst = max(abs(row.predicted(old) / row.us - 1) for row in rows)
    print(f"{device}: {len(rows)} configurations, off by {worst:.1e} at most")
    if len(rows) < LEAST_ROWS or worst > 1e-9:
        sys.exit("fit_model_test: fit.py and the cost model differ")
