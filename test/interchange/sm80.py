"""The sm80 order against PyTorch's own conversion (torch.sparse._semi_structured_conversions), both
ways and bit for bit. Usage: sm80.py LIBHEDDLE.so"""
import sys

from library import CANONICAL, DEVICE, Library, real_weights, random_weights, same, skip, torch

try:
    from torch.sparse._semi_structured_conversions import (
        sparse_semi_structured_from_dense_cutlass as from_dense,
        sparse_semi_structured_to_dense_cutlass as to_dense)
except ImportError as error:
    skip(f"torch {torch.__version__} has no such conversion: {error}")

TYPES = [torch.float32, torch.float16, torch.bfloat16, torch.int8]


def quieted(tensor):
    """As PyTorch's converters return it: on the CPU they set the quiet bit of a float16 NaN that they
    move (and they move an f32 as two float16), and make every bfloat16 NaN the same."""
    if tensor.dtype == torch.int8:
        return tensor
    halves = tensor.contiguous().view(torch.int16)
    if tensor.dtype == torch.bfloat16:
        return torch.where((halves & 0x7FFF) > 0x7F80, -1, halves).to(torch.int16).view(tensor.dtype)
    return torch.where((halves & 0x7FFF) > 0x7C00, halves | 0x0200, halves).view(tensor.dtype)


def check(heddle, name, weight):
    pattern = (1, 2) if weight.dtype == torch.float32 else (2, 4)
    pruned = heddle.prune(weight, pattern)
    # PyTorch takes what is not zero: -0.0 is no entry of its arrays.
    pruned = torch.where(pruned == 0, torch.zeros((), dtype=pruned.dtype), pruned)
    if weight.dtype != torch.float32:
        pruned = quieted(pruned)
    values, metadata = from_dense(pruned)
    full = bool((pruned.view(-1, pattern[1]) != 0).sum(1).eq(pattern[0]).all())
    ours = None
    for order in (CANONICAL, DEVICE):
        # PyTorch's arrays into a blob: the same matrix, and the same arrays again.
        memory, packed = heddle.blob(pruned, pattern, order)
        heddle.from_("sm80", values, metadata, packed)
        assert same(heddle.unpack(packed, pruned), pruned), f"{name}: unpacked"
        again = torch.empty_like(values), torch.empty_like(metadata)
        heddle.to("sm80", packed, *again)
        assert same(again[0], values) and same(again[1], metadata), f"{name}: PyTorch's own arrays"
        # Heddle's blob as arrays, the same from either order, and back.
        own, packed = heddle.pack(pruned, pattern, order)
        heddle.to("sm80", packed, *again)
        assert ours is None or all(map(same, again, ours)), f"{name}: orders differ"
        ours = again
        back, packed = heddle.blob(pruned, pattern, order)
        heddle.from_("sm80", *ours, packed)
        assert torch.equal(back, own), f"{name}: back again"
    # PyTorch reads the same matrix; without fillers the arrays themselves are the same.
    assert same(quieted(to_dense(*ours)), quieted(pruned)), f"{name}: read by PyTorch"
    assert not full or (same(ours[0], values) and same(ours[1], metadata)), f"{name}: arrays"
    return full


def main(path):
    heddle = Library(path)
    counts = {"random": 0, "real": 0}
    full = 0
    for seed, dtype in enumerate(TYPES):
        for kind, weights in (("random", random_weights(dtype, seed)), ("real", real_weights(dtype, 6))):
            for name, weight in weights:
                full += check(heddle, f"{dtype} {name}", weight)
                counts[kind] += 1
    assert full > 0, "no matrix without fillers"
    print(f"sm80 order: {counts['random']} random and {counts['real']} real matrices as PyTorch "
          f"{torch.__version__} has them, {full} of them without fillers")
    if counts["real"] == 0:
        print("no real weights: put the model of .ci/run into build/checkpoint")


if __name__ == "__main__":
    main(sys.argv[1])
