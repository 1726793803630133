#!/usr/bin/env python3
"""Draws the speed-up over dense against the number of tokens, one panel per type, as SVG.

plot.py RESULT.json [-o FILE.svg]. RESULT is what heddle_gpu_bench wrote for a list of products with
a dense baseline. A thin line is a layer, the thick one the geometric mean over the layers measured
at that n. Dashed: the bound by bytes (those of the dense product over those of the sparse one, mean
over the same layers) and the bound by operations (2). Plain Python 3.
"""
import argparse
import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True  # nothing beside the sources
import gemm_report
import report

WIDTH, HEIGHT = 360, 280  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 34, 40
FLOP_BOUND = 2.0
STYLE = """text { font: 11px sans-serif; fill: #333 }
.title { font-size: 13px; font-weight: bold }
.grid { stroke: #e4e4e4 } .axis { stroke: #555 } .dense { stroke: #888; stroke-width: 1.5 }
.layer { stroke: #7aa6d8; stroke-width: 1; fill: none; opacity: .7 }
.mean { stroke: #12508c; stroke-width: 2.5; fill: none }
.bytes { stroke: #c0392b; stroke-dasharray: 5 3; fill: none }
.flops { stroke: #2c8a4b; stroke-dasharray: 2 3; fill: none }"""


def products(result):
    rows = [gemm_report.product_of(r) for r in report.rows_of(result) if gemm_report.is_product(r)]
    return [r for r in rows if not r["failed"] and "x_cublaslt" in r]


class Panel:
    """Coordinates of one type: n on a logarithmic axis, speed-up from 0."""

    def __init__(self, left, tokens, top):
        self.left, self.tokens, self.top = left, tokens, top
        self.low, self.high = math.log2(tokens[0]), math.log2(tokens[-1])

    def x(self, n):
        span = self.high - self.low
        part = (math.log2(n) - self.low) / span if span else 0.5
        return self.left + LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return TOP + (1 - value / self.top) * (HEIGHT - TOP - BOTTOM)

    def line(self, style, points):
        where = " ".join(f"{self.x(n):.1f},{self.y(v):.1f}" for n, v in points)
        if len(points) == 1:
            x, y = where.split(",")
            return f'<circle class="{style}" cx="{x}" cy="{y}" r="2.5"/>'
        return f'<polyline class="{style}" points="{where}"/>'

    def axes(self, title):
        right, bottom = self.left + WIDTH - RIGHT, HEIGHT - BOTTOM
        parts = [f'<text class="title" x="{self.left + LEFT}" y="18">{escape(title)}</text>']
        for step in range(int(self.top / 0.5) + 1):
            value, y = step / 2, self.y(step / 2)
            parts.append(f'<line class="grid" x1="{self.left + LEFT}" x2="{right}" y1="{y:.1f}" '
                         f'y2="{y:.1f}"/>')
            parts.append(f'<text x="{self.left + LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                         f'{value:g}</text>')
        for n in self.tokens:
            parts.append(f'<text x="{self.x(n):.1f}" y="{bottom + 15}" text-anchor="middle" '
                         f'font-size="9">{n}</text>')
        parts.append(f'<text x="{(self.left + LEFT + right) / 2:.1f}" y="{bottom + 32}" '
                     'text-anchor="middle">tokens</text>')
        parts.append(self.line("dense", [(self.tokens[0], 1), (self.tokens[-1], 1)]))
        return parts


def panel(left, dtype, rows, top):
    tokens = sorted({r["n"] for r in rows})
    drawn = Panel(left, tokens, top)
    parts = drawn.axes(f"{dtype}, x cuBLASLt")
    for shape in gemm_report.unique((r["m"], r["k"]) for r in rows):
        points = sorted((r["n"], r["x_cublaslt"]) for r in rows if (r["m"], r["k"]) == shape)
        parts.append(drawn.line("layer", points))

    def mean(value):
        return [(n, gemm_report.geometric_mean([value(r) for r in rows if r["n"] == n]))
                for n in tokens]

    parts.append(drawn.line("bytes", mean(lambda r: r["dense_bytes"] / r["bytes"])))
    parts.append(drawn.line("flops", [(tokens[0], FLOP_BOUND), (tokens[-1], FLOP_BOUND)]))
    parts.append(drawn.line("mean", mean(lambda r: r["x_cublaslt"])))
    return parts


def legend(width):
    parts, x = [], LEFT
    for style, words in (("layer", "a layer"), ("mean", "geometric mean"),
                         ("bytes", "bound by bytes"), ("flops", "bound by operations")):
        parts.append(f'<line class="{style}" x1="{x}" x2="{x + 22}" y1="{HEIGHT + 8}" '
                     f'y2="{HEIGHT + 8}"/><text x="{x + 27}" y="{HEIGHT + 12}">{words}</text>')
        x += (width - LEFT) / 4 if width > 2 * WIDTH else 160
    return parts


def plot(result):
    rows = products(result)
    if not rows:
        sys.exit("plot.py: the result has no product with a dense baseline")
    types = gemm_report.unique(r["type"] for r in rows)
    bounds = [r["dense_bytes"] / r["bytes"] for r in rows] + [FLOP_BOUND]
    top = math.ceil(2 * max(bounds + [r["x_cublaslt"] for r in rows]) + 0.2) / 2
    width = max(WIDTH * len(types), 2 * WIDTH)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + 40}">',
             f"<style>{STYLE}</style>",
             f'<rect width="{width}" height="{HEIGHT + 40}" fill="white"/>']
    for i, dtype in enumerate(types):
        parts += panel(i * WIDTH, dtype, [r for r in rows if r["type"] == dtype], top)
    parts += legend(width)
    context = result["context"]
    words = f"{context['gpu']}, Heddle {context['heddle_version']}, {context['date'][:10]}"
    parts.append(f'<text x="{LEFT}" y="{HEIGHT + 32}">{escape(words)}</text></svg>')
    return "\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    drawing = plot(json.loads(options.result.read_text()))
    if options.output is None:
        sys.stdout.write(drawing)
    else:
        options.output.write_text(drawing)


if __name__ == "__main__":
    main()
