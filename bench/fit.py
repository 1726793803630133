#!/usr/bin/env python3
"""Refits the constants of the cost model to what a GPU measured.

fit.py RESULT.json... reads what heddle_gpu_bench wrote for products and experiments: measured times
and, beside each, the terms of the model's prediction. How often a constant was counted follows from
a term and the constants that the sources have now; were the model changed without this script, those
counts would not be whole numbers, and it says so. Then the constants that fit best: least squares of
the logarithms of predicted over measured, rows far off counting less (Huber), each constant held
weakly to its old value. Prints old -> new and the error before and after. Plain Python 3.
"""
import argparse
import json
import math
import pathlib
import re
import statistics
import sys

sys.dont_write_bytecode = True  # nothing beside the sources
import gemm_report
import report

HOST = pathlib.Path(__file__).resolve().parents[1] / "host"
SOURCES = {"cost_parts.hpp": ("kMemoryLatencyUs", "kL2LatencyUs", "kMathShare",
                              "kPortBytesPerClock", "kLoneBytesPerClock", "kSegmentUs", "kSyncUs",
                              "kSlotUs"),
           "cost_model.cpp": ("kHopperShare", "kStepClocks"),
           "hopper_cost.cpp": ("kLeastClocks", "kElementClocks")}
DEVICE = ("launch_us", "memory_gbytes_per_s", "l2_gbytes_per_s")  # of DeviceDescription
SIZES = {"f32": 4, "f16": 2, "bf16": 2, "f8e4m3": 1, "f8e5m2": 1, "i8": 1}
TERMS = ("memory_us", "l2_us", "shared_us", "math_us", "wait_us", "fill_us", "fixup_us")
PRIOR = 0.05  # an error of this much in a row weighs as much as a constant off by a factor of e
LEAST_SPREAD = 0.01  # of the rows, below which none is an outlier
STEPS, LONGEST = 60, 0.5  # of the search, in logarithms
WHOLE = 2e-3  # how far a count may be from a whole number, relatively


def constants_of_sources(folder=HOST):
    found = {}
    for name, keys in SOURCES.items():
        text = (folder / name).read_text()
        for key in keys:
            match = re.search(rf"constexpr double {key} = ([0-9./ ]+);", text)
            if not match:
                sys.exit(f"fit.py: {folder / name}: has no constexpr double {key}")
            over, _, under = match[1].partition("/")
            found[key] = float(over) / float(under or 1)
    return found


def dense_rate(capability, dtype):
    """Multiply-adds per clock of mma, without kHopperShare: multiply_rate of host/cost_model.cpp."""
    if capability >= 120 or capability == 89:
        half, tf32, i8, f8 = 256, 128, 1024, 512
    elif capability >= 90:
        half, tf32, i8, f8 = 2048, 1024, 4096, None
    elif capability > 80:
        half, tf32, i8, f8 = 256, 128, 1024, None
    else:
        half, tf32, i8, f8 = 1024, 512, 2048, None
    return {"f32": tf32, "i8": i8, "f8e4m3": f8 or half, "f8e5m2": f8 or half}.get(dtype, half)


class Row:
    """A measured time and how it depends on the constants."""

    def __init__(self, name, config, dtype, tokens, us, terms, context, old):
        self.name, self.us, self.terms = name, us, terms
        self.capability = int(float(context["model_capability"]))
        self.clocks = 1e3 * float(context["model_clock_ghz"])  # a microsecond
        self.dtype, self.old = dtype, old
        fields = dict(word.split("=", 1) for word in config.split() if "=" in word)
        self.stages = int(fields["stages"])
        self.wgmma = "wgmma" in fields
        shape = tuple(map(int, fields["wgmma" if self.wgmma else "warps"].split("x")))
        if self.wgmma:
            self.tokens = shape[2]
            self.elements = shape[0] * shape[1] * shape[2]
        else:
            self.warps_k = shape[2]
            self.tokens = 8 * int(fields["tiles"]) * shape[1]
            self.elements = 64 * shape[0] * self.tokens
        self.columns = -(-tokens // self.tokens)
        self.segments = self.whole("segments", terms["fill_us"] - old["kMemoryLatencyUs"],
                                   self.segment_us(old))
        self.parts = self.whole("contributors", terms["fixup_us"] - old["kSyncUs"],
                                self.part_us(old)) if terms["fixup_us"] > 0 else 0
        self.steps = self.whole("steps", terms["math_us"], self.step_us(old))

    def whole(self, what, time, each):
        count = time / each
        if abs(count - round(count)) > WHOLE * max(1, count) or count < 0.5:
            sys.exit(f"fit.py: {self.name}: {count:.3f} {what}, which must be a whole number: the "
                     "cost model is another than the one that this script knows")
        return round(count)

    def segment_us(self, c):
        if self.wgmma:
            return c["kSegmentUs"] + self.elements * c["kElementClocks"] / self.clocks
        clocks = 4 * self.elements * (self.warps_k + 1) / c["kPortBytesPerClock"]
        return c["kSegmentUs"] + clocks / self.clocks

    def part_us(self, c):
        return c["kSlotUs"] + 4 * self.elements / c["kLoneBytesPerClock"] / self.clocks

    def step_us(self, c):
        if self.wgmma:  # two instructions for each 64 rows
            clocks = max(c["kLeastClocks"], self.tokens / 2) / c["kMathShare"]
            return self.elements / self.tokens / 64 * 2 * clocks / self.clocks
        macs = self.elements * self.warps_k * 128 / SIZES[self.dtype]
        rate = dense_rate(self.capability, self.dtype)
        if 90 <= self.capability < 120:
            rate *= c["kHopperShare"]
        clocks = macs / (2 * c["kMathShare"] * rate) + c["kStepClocks"] / (self.stages - 1)
        return clocks / self.clocks

    def latency(self, c):
        """Of a load of A: from L2 where other columns of tiles have read it before."""
        return c["kL2LatencyUs"] + (c["kMemoryLatencyUs"] - c["kL2LatencyUs"]) / self.columns

    def predicted(self, c):
        old, terms = self.old, self.terms
        body = max(terms["memory_us"] * old["memory_gbytes_per_s"] / c["memory_gbytes_per_s"],
                   terms["l2_us"] * old["l2_gbytes_per_s"] / c["l2_gbytes_per_s"],
                   terms["shared_us"] * old["kPortBytesPerClock"] / c["kPortBytesPerClock"],
                   self.steps * self.step_us(c),
                   terms["wait_us"] * self.latency(c) / self.latency(old))
        fill = c["kMemoryLatencyUs"] + self.segments * self.segment_us(c)
        fixup = c["kSyncUs"] + self.parts * self.part_us(c) if self.parts else 0
        return c["launch_us"] + fill + body + fixup


def rows_of(result, constants):
    """All rows with a prediction, and the constants with the device's."""
    context = result["context"]
    if "model_clock_ghz" not in context:
        sys.exit("fit.py: the result does not say what the model takes the device to be")
    old = {**constants, **{key: float(context["model_" + key]) for key in DEVICE}}
    rows = []
    for row in report.rows_of(result):
        if row["failed"]:
            continue
        words = row.get("label", "").split(" | ")
        sides = ((words[2:3], "us", "model_"),) if gemm_report.is_product(row) else (
            (words[0:1], "us", "model_"), (words[1:2], "second_us", "second_model_"))
        problem = row["problem"] if gemm_report.is_product(row) else row["threads"]
        shape = re.match(r"m\d+n(\d+)k\d+:\d+:\d+:(\w+)", problem)
        for text, us, prefix in sides:
            if shape and text and prefix + "us" in row and "stages=" in text[0]:
                terms = {t: row[prefix + t] for t in TERMS}
                rows.append(Row(f"{problem} {text[0]}", text[0], shape[2], int(shape[1]), row[us],
                                terms, context, old))
                if abs(rows[-1].predicted(old) / row[prefix + "us"] - 1) > WHOLE:
                    sys.exit(f"fit.py: {rows[-1].name}: the terms do not add up to the prediction")
    return rows, old


def solve(matrix, vector):
    """Gauss, with the largest pivot."""
    n = len(vector)
    a = [list(matrix[i]) + [vector[i]] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(a[r][i]))
        a[i], a[pivot] = a[pivot], a[i]
        for r in range(i + 1, n):
            factor = a[r][i] / a[i][i]
            for col in range(i, n + 1):
                a[r][col] -= factor * a[i][col]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (a[i][n] - sum(a[i][col] * x[col] for col in range(i + 1, n))) / a[i][i]
    return x


def residuals(rows, constants):
    return [math.log(row.predicted(constants) / row.us) for row in rows]


def weights_of(errors):
    """Huber: 1 within twice the robust spread, less beyond."""
    spread = max(LEAST_SPREAD, 1.4826 * statistics.median(map(abs, errors)))
    return [min(1.0, 2 * spread / abs(e)) if e else 1.0 for e in errors]


def fit(rows, old):
    """The constants, and those that the rows determine."""
    keys = list(old)
    theta = [0.0] * len(keys)  # logarithms of new over old

    def constants(at):
        return {key: old[key] * math.exp(t) for key, t in zip(keys, at)}

    def cost(errors, weights, at):
        return sum(w * e * e for w, e in zip(weights, errors)) + PRIOR ** 2 * sum(
            t * t for t in at)

    damping = 1e-3
    for _ in range(STEPS):
        errors = residuals(rows, constants(theta))
        weights = weights_of(errors)
        slopes = []
        for i in range(len(keys)):
            moved = list(theta)
            moved[i] += 1e-4
            slopes.append([(m - e) / 1e-4
                           for m, e in zip(residuals(rows, constants(moved)), errors)])
        normal = [[sum(w * x * y for w, x, y in zip(weights, a, b)) for b in slopes]
                  for a in slopes]
        gradient = [-sum(w * s * e for w, s, e in zip(weights, slope, errors)) - PRIOR ** 2 * t
                    for slope, t in zip(slopes, theta)]
        before, moved_by = cost(errors, weights, theta), math.inf
        while damping < 1e6:
            held = [[normal[i][j] + (i == j) * (PRIOR ** 2 + damping * (normal[i][i] + PRIOR ** 2))
                     for j in range(len(keys))] for i in range(len(keys))]
            step = [max(-LONGEST, min(LONGEST, s)) for s in solve(held, gradient)]
            tried = [t + s for t, s in zip(theta, step)]
            if cost(residuals(rows, constants(tried)), weights, tried) <= before:
                theta, moved_by = tried, max(map(abs, step))
                damping = max(damping / 5, 1e-9)
                break
            damping *= 5
        if moved_by < 1e-6 or damping >= 1e6:
            break
    determined = {key for i, key in enumerate(keys) if normal[i][i] > 4 * PRIOR ** 2}
    return constants(theta), determined


def error_text(rows, constants):
    errors = residuals(rows, constants)
    mean = math.exp(sum(map(abs, errors)) / len(errors)) - 1
    worst = max(range(len(rows)), key=lambda i: abs(errors[i]))
    return (f"{mean:.1%} in the geometric mean, {math.exp(abs(errors[worst])) - 1:.0%} at most "
            f"({rows[worst].name})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=pathlib.Path, nargs="+", metavar="RESULT.json")
    parser.add_argument("--host", type=pathlib.Path, default=HOST, help="folder of the sources")
    options = parser.parse_args()
    rows, old = [], None
    for path in options.results:
        more, device = rows_of(json.loads(path.read_text()), constants_of_sources(options.host))
        if old is not None and device != old:
            sys.exit(f"fit.py: {path}: is of another device than the results before it")
        rows, old = rows + more, device
    if not rows:
        sys.exit("fit.py: no row has a prediction")
    new, determined = fit(rows, old)
    print(gemm_report.table(["constant", "old", "new", ""],
                            [[key, f"{old[key]:.4g}", f"{new[key]:.4g}",
                              "" if key in determined else "not determined by these rows"]
                             for key in old]))
    print(f"\n{len(rows)} rows. Error before: {error_text(rows, old)}; "
          f"after: {error_text(rows, new)}.")


if __name__ == "__main__":
    main()
