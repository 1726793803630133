"""The part of bench/report.py that is about the campaign: regimes, experiments, the model's error."""
import math
import re

import gemm_report
from gemm_report import geometric_mean, number, table, unique

REGIMES = (1, 8, 16, 64, 128, 256, 1024, 4096, 16384)
WORST = 10  # rows of the model's error that are shown
NOISE = 0.02  # as in bench/experiment.hpp


def is_experiment(row):
    return row["operation"] == "experiment"


def regime_cell(row):
    speeds = " / ".join(number(row.get(name)) for name in ("x_cublaslt", "x_cusparselt"))
    return f"{speeds}, {row['roof_share']:.0%} {row['bound']}"


def regimes_text(rows):
    """For each type a table: layers down, tokens across."""
    rows = [gemm_report.product_of(r) for r in rows if gemm_report.is_product(r)]
    rows = [r for r in rows if not r["failed"] and r["n"] in REGIMES]
    parts = ["A cell is the speed over cuBLASLt / over cuSPARSELt, then the share of the roof "
             "that was reached and what bounds it; - where it was not measured."] if rows else []
    for dtype in unique(r["type"] for r in rows):
        chosen = [r for r in rows if r["type"] == dtype]
        cells = {((r["m"], r["k"]), r["n"]): r for r in chosen}
        body = []
        for m, k in unique((r["m"], r["k"]) for r in chosen):
            layers = unique(r["layer"] for r in chosen if (r["m"], r["k"]) == (m, k))
            found = [cells.get(((m, k), n)) for n in REGIMES]
            body.append([f"{m} x {k}, {', '.join(layers)}"] +
                        [regime_cell(c) if c else "-" for c in found])
        body.append(["*geometric mean*"] + [
            number(geometric_mean([r["x_cublaslt"] for r in chosen
                                   if r["n"] == n and "x_cublaslt" in r])) + " / " +
            number(geometric_mean([r["x_cusparselt"] for r in chosen
                                   if r["n"] == n and "x_cusparselt" in r])) for n in REGIMES])
        parts.append(table([f"{dtype}, m x k"] + [f"n = {n}" for n in REGIMES], body))
    return "\n\n".join(parts)


def verdict(predicted, ratio, low, high):
    """The rule of bench/experiment.cpp."""
    noise = math.log1p(NOISE)
    gain, wanted = math.log(ratio), math.log(predicted)
    undecided = abs(gain) <= noise or low <= 1 <= high
    if abs(wanted) <= noise:
        return "confirmed" if undecided else "refuted"
    if undecided:
        return "within noise"
    share = gain / wanted
    close = abs(gain - wanted) <= math.log(1.1)
    return "confirmed" if share >= 0.5 and (share <= 2 or close) else "refuted"


def experiments_text(rows):
    """A row for each experiment, the means over its problems, and one for each of several."""
    body = []
    rows = [r for r in rows if is_experiment(r)]
    for name in unique(r["problem"] for r in rows):
        chosen = [r for r in rows if r["problem"] == name]
        timed = [r for r in chosen if not r["failed"]]
        if not timed:
            body.append([name, "", "-", "", "", chosen[0].get("error_message", "")])
            continue
        predicted, ratio, low, high = (geometric_mean([r[key] for r in timed]) for key in
                                       ("predicted", "ratio", "ratio_q1", "ratio_q3"))
        body.append([name, str(len(timed)), number(predicted), number(ratio),
                     f"{low:.2f}-{high:.2f}", verdict(predicted, ratio, low, high)])
        for row in timed if len(timed) > 1 else []:
            body.append(["", row["threads"], number(row["predicted"]), number(row["ratio"]),
                         f"{row['ratio_q1']:.2f}-{row['ratio_q3']:.2f}", ""])
    return table(["experiment", "problems", "predicted", "measured", "quartiles", "verdict"],
                 body) if body else ""


def model_rows(rows):
    """Products and both sides of experiments: problem, type, n, measured and predicted us."""
    found = []
    for row in rows:
        product = gemm_report.is_product(row)
        if row["failed"] or not (product or is_experiment(row)):
            continue
        problem = row["problem"] if product else row["threads"]
        shape = re.match(r"m\d+n(\d+)k\d+:\d+:\d+:(\w+)", problem)
        words = row.get("label", "").split(" | ")
        texts = words[2:3] if product else words
        for text, us, model in zip(texts, ("us", "second_us"), ("model_us", "second_model_us")):
            if shape and model in row:
                found.append({"problem": problem, "type": shape[2], "n": int(shape[1]),
                              "us": row[us], "model": row[model],
                              "config": re.sub(r" predicted=\S+", "", text)})
    return found


def error_of(row):
    return math.log(row["model"] / row["us"])


def model_text(rows):
    """How far the model's predictions are from what was measured."""
    rows = model_rows(rows)
    if not rows:
        return ""
    body = []
    for dtype in unique(r["type"] for r in rows):
        low = 0
        for band, top in gemm_report.BANDS:
            errors = [error_of(r) for r in rows if r["type"] == dtype and low < r["n"] <= top]
            low = top
            if errors:
                mean = sum(map(abs, errors)) / len(errors)
                body.append([f"{dtype}, {band}", str(len(errors)), f"{math.exp(mean) - 1:.1%}",
                             f"{math.exp(sum(errors) / len(errors)):.2f}",
                             f"{math.exp(max(map(abs, errors))) - 1:.0%}"])
    worst = sorted(rows, key=lambda r: -abs(error_of(r)))[:WORST]
    return ("Predicted time against measured time; the error is that of the geometric mean, the "
            "bias predicted over measured. `bench/fit.py` refits the constants.\n\n" +
            table(["products", "rows", "error", "bias", "at most"], body) + "\n\nThe worst:\n\n" +
            table(["product", "configuration", "predicted us", "measured us"],
                  [[r["problem"], f"`{r['config']}`", number(r["model"]), number(r["us"])]
                   for r in worst]))
