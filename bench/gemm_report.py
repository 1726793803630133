"""The part of bench/report.py that is about products on a GPU: targets, ceilings, tables."""
import math
import re

PEAKS = ("sparse_bf16", "sparse_f16", "sparse_i8", "sparse_f8", "sparse_tf32", "dense_bf16",
         "dense_f16", "dense_i8", "dense_tf32")
NOT_RUN = "not run"
BANDS = (("n <= 16", 16), ("n <= 64", 64), ("n <= 512", 512), ("n > 512", math.inf))
DECODE_BYTES = 64 << 20  # of dense weights, from which on the decode target counts
PREFILL_TOKENS = 1024
MATH_SHAPE = (8192, 8192, 8192)


def is_product(row):
    return row["operation"] == "matmul"


def product_of(row):
    """The row with its sizes and the words of its label."""
    m, n, k = map(int, re.fullmatch(r"m(\d+)n(\d+)k(\d+)", row["shape"]).groups())
    words = (row.get("label", "").split(" | ") + [""] * 6)[:6]
    names = ("layer", "bound", "config", "dense", "sparse", "tuned")
    return {**row, "m": m, "n": n, "k": k, **dict(zip(names, words)),
            "left_out": row["failed"] and row.get("error_message", "").startswith(NOT_RUN)}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def unique(values):
    return list(dict.fromkeys(values))


def table(head, body):
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule] + body)


def number(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def ceilings_text(rows):
    peaks = {r["problem"].removeprefix("peak_"): r["TFLOP/s"] for r in rows
             if r["operation"] == "device" and r["problem"].startswith("peak_")
             and not r["failed"] and r["TFLOP/s"] > 0}
    if not peaks:
        return ""
    body = [[name.replace("_", " "), f"{peaks[name]:.0f}"] for name in PEAKS if name in peaks]
    return ("Instruction peaks, on registers alone, in TFLOP/s; a sparse instruction counts as the "
            "dense one that it stands for, and the dense ones are those of `mma.sync`. Products "
            "of warpgroups (bound: wgmma) are held against wgmma.sp with A in registers.\n\n" +
            table(["instruction", "TFLOP/s"], body))


RATE = re.compile(r"rate_(wgmma\w*)_(f16|bf16|tf32|s8|e4m3)_n(\d+)")
FORMS = {"wgmma_sp_rs": "A in registers",
         "wgmma_sp_rs_global": "reloaded from L2 behind each product",
         "wgmma_sp_rs_staged": "reloaded from shared memory", "wgmma_sp_ss": "A by descriptor",
         "wgmma_ss": "dense, by descriptor"}
SUPPLY = {"shared_read": "shared memory to registers", "l2_read": "L2 to registers, past L1",
          "l2_bulk": "L2 to shared memory, bulk copies",
          "l2_tensor": "the same, tensor copies",
          "l2_tensor_cluster2": "the same, to two blocks at once",
          "l2_tensor_cluster4": "the same, to four blocks at once"}


def is_rate(row):
    return row["operation"] == "device" and row["problem"].startswith("rate_")


def rates_text(rows):
    """What the machine does at most, from rows of --rates=1; nothing where nothing exists."""
    rates = {r["problem"]: r for r in rows if is_rate(r) and not r["failed"]}
    cells = {}
    for name, row in rates.items():
        if (match := RATE.fullmatch(name)) and row["TFLOP/s"] > 0:
            cells[match[1], match[2], int(match[3])] = row["TFLOP/s"]
    parts = []
    types = [t for t in ("bf16", "f16", "tf32", "s8", "e4m3") if any(c[1] == t for c in cells)]
    body = []
    for form, words in FORMS.items():
        for tokens in unique(sorted(c[2] for c in cells if c[0] == form)):
            body.append([f"{words}, n = {tokens}"] + [
                number(cells.get((form, t, tokens)), 0) for t in types])
    if body:
        parts.append("wgmma, TFLOP/s; a sparse product counts as the dense one that it stands "
                     "for:\n\n" + table(["m64, two warpgroups"] + types, body))
    body = [[words, f"{row['GB/s']:.0f}", number(row.get("per_clock"), 1)]
            for name, words in SUPPLY.items()
            if (row := rates.get("rate_" + name)) and row["GB/s"] > 0]
    if body:
        parts.append("Supply; what is copied to several blocks counts for each of them:\n\n" +
                     table(["all multiprocessors", "GB/s", "bytes a clock and multiprocessor"],
                           body))
    return "\n\n".join(parts)


def is_variants(row):
    return row["operation"] == "variants"


def variants_text(rows):
    """Configurations of the same products side by side; counters are 'x_chosen NAME' and so on."""
    body = []
    for row in rows:
        if not is_variants(row) or row["failed"]:
            continue
        names = [key.removeprefix("us ") for key in row if key.startswith("us ")]
        for name in sorted(names, key=lambda n: row["us " + n]):
            body.append([row["problem"] if not body or body[-1][0] != row["problem"] else "",
                         name, f"{row['us ' + name]:.2f}"] +
                        [number(row.get(f"{what} {name}"))
                         for what in ("x_chosen", "x_cublaslt", "x_cusparselt", "roof_share")])
    return table(["product", "variant", "us", "x chosen", "x cuBLASLt", "x cuSPARSELt", "of roof"],
                 body) if body else ""


def judged(rows, value, least):
    """Value, place and verdict of the lowest."""
    if not rows:
        return ["not measured", "", ""]
    worst = min(rows, key=value)
    verdict = "reached" if value(worst) >= least else "**missed**"
    return [f"{value(worst):.3f}", worst["problem"], verdict]


def mean_target(what, goal, values):
    if not values:
        return [what, str(goal), "not measured", "", ""]
    mean = geometric_mean(values)
    return [what, str(goal), f"{mean:.3f}", f"{len(values)} products",
            "reached" if mean >= goal else "**missed**"]


def targets_text(rows):
    bf16 = [r for r in rows if r["type"] == "bf16" and r["pattern"] == "2:4"]
    big = [r for r in bf16 if 2 * r["m"] * r["k"] >= DECODE_BYTES]
    decode = [r for r in big if r["n"] <= 16]

    def dense(chosen):
        return [r for r in chosen if "x_cublaslt" in r]

    def share(row):
        return row["roof_share"]

    def speed(row):
        return row["x_cublaslt"]

    def target(what, goal, chosen, value):
        return [what, str(goal)] + judged(chosen, value, goal)

    def of(dtype, chosen):
        return [r for r in chosen if r["type"] == dtype and r["pattern"] == "2:4"]

    def memory(chosen):
        return [r for r in chosen if r["bound"] == "memory"]

    fp8 = of("f8e4m3", rows)
    decode_fp8 = [r for r in fp8 if r["m"] * r["k"] >= DECODE_BYTES // 2 and r["n"] <= 16]
    layers = [r for r in rows if r["layer"] != "square"]
    prefill = [r for r in rows if r["n"] >= PREFILL_TOKENS]

    body = [
        target("bf16, weights of 64 MiB and more, n <= 16: share of the copy bandwidth", 0.90,
               memory(decode), share),
        target("the same: x cuBLASLt", 1.6, dense(decode), speed),
        target("fp8, as many weights, n <= 16: share of the copy bandwidth", 0.85,
               memory(decode_fp8), share),
        target("the same in fp8: x cuBLASLt", 1.45, dense(decode_fp8), speed),
        target("layers, any type and n: x cuBLASLt", 1.0, dense(layers), speed),
        mean_target("layers, n = 64 to 512, geometric mean: x cuBLASLt", 1.5,
                    [r["x_cublaslt"] for r in dense(layers) if 64 <= r["n"] <= 512]),
        target(f"bf16, n >= {PREFILL_TOKENS}: x cuBLASLt", 1.6, dense(of("bf16", prefill)), speed),
    ] + [
        target(f"{dtype}, n >= {PREFILL_TOKENS}: x cuSPARSELt", 1.1,
               [r for r in of(dtype, prefill) if "x_cusparselt" in r],
               lambda r: r["x_cusparselt"])
        for dtype in ("bf16", "f8e4m3")
    ] + [
        target("bf16, 8192^3: share of the instruction peak", 0.9,
               [r for r in bf16 if (r["m"], r["n"], r["k"]) == MATH_SHAPE], share),
    ]
    return table(["products", "goal", "lowest", "there", "verdict"], body)


def means_text(rows):
    body = []
    for dtype in unique(r["type"] for r in rows):
        for band, top in BANDS:
            low = max((t for _, t in BANDS if t < top), default=0)
            chosen = [r for r in rows if r["type"] == dtype and low < r["n"] <= top]
            if not chosen:
                continue
            cells = []
            for name in ("x_cublaslt", "x_cusparselt"):
                values = [r[name] for r in chosen if name in r]
                cells += [number(geometric_mean(values)), number(min(values, default=None)),
                          str(len(values))]
            body.append([f"{dtype}, {band}"] + cells)
    return table(["geometric means", "x cuBLASLt", "least", "of", "x cuSPARSELt", "least", "of"],
                 body)


def row_text(row):
    spread = (row["us_q3"] - row["us_q1"]) / row["us"]
    return [str(row["n"]), f"{row['us']:.2f}", f"{spread:.0%}", f"{row['TFLOP/s']:.1f}",
            f"{row['stored_TFLOP/s']:.1f}", f"{row['GB/s']:.0f}", number(row.get("x_cublaslt")),
            number(row.get("x_cusparselt")), f"{row['roof_share']:.0%} {row['bound']}",
            f"`{row['config']}`"]


def shape_text(rows, shape):
    layers = ", ".join(unique(r["layer"] for r in rows if r["layer"] not in ("", "-")))
    parts = [f"### Products, {shape}" + (f": {layers}" if layers else "")]
    head = ["n", "us", "spread", "TFLOP/s", "stored", "GB/s", "x cuBLASLt", "x cuSPARSELt",
            "of roof", "configuration"]
    for pattern, dtype in unique((r["pattern"], r["type"]) for r in rows):
        chosen = [r for r in rows if (r["pattern"], r["type"]) == (pattern, dtype)]
        parts.append(f"{dtype}, {pattern}:")
        parts.append(table(head, [row_text(r) for r in chosen]))
    return "\n\n".join(parts)


def libraries_text(rows):
    parts = []
    for name, word in (("dense", "cublasLt-"), ("sparse", "cuSPARSELt-")):
        found = unique(r[name].split()[0] for r in rows if r[name].startswith(word))
        reasons = unique(r[name] for r in rows if r[name].startswith("no "))
        parts += found + reasons[:3]
    return "Baselines: " + "; ".join(parts) + "." if parts else ""


def health_text(rows):
    seen = [r for r in rows if "sm_mhz" in r]
    if not seen:
        return ""
    clocks = [r["sm_mhz"] for r in seen]
    return (f"While products ran the SM clock was {min(clocks):.0f} to {max(clocks):.0f} MHz and "
            f"power {min(r['watts'] for r in seen):.0f} to {max(r['watts'] for r in seen):.0f} W.")


def products_report(rows):
    """Parts of a page, from all rows of a result; none if it has no products."""
    products = [product_of(r) for r in rows if is_product(r)]
    timed = [r for r in products if not r["failed"]]
    if not products:
        return []
    parts = [targets_text(timed), ceilings_text(rows), libraries_text(timed), health_text(timed)]
    left = sum(r["left_out"] for r in products)
    if left:
        parts.append(f"{left} products of the list were not run: the time was up.")
    if timed:
        parts.append(means_text(timed))
    for shape in unique((r["m"], r["k"]) for r in timed):
        parts.append(shape_text([r for r in timed if (r["m"], r["k"]) == shape],
                                f"m = {shape[0]}, k = {shape[1]}"))
    return parts
