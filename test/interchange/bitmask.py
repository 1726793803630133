"""sparse-24-bitmask against compressed-tensors' own compressor, both ways and bit for bit; and which
entries either keeps. Usage: bitmask.py LIBHEDDLE.so"""
import sys

from library import CANONICAL, DEVICE, Library, real_weights, random_weights, same, skip, torch

try:
    from compressed_tensors.compressors import Sparse24BitMaskCompressor
    from compressed_tensors.compressors.sparse_compressors.sparse_24_bitmask import get_24_bytemasks
    from compressed_tensors.config import Sparse24BitMaskConfig
except ImportError as error:
    skip(f"compressed-tensors before 0.15, which has this compressor, is not here: {error}")

# Not float8_e5m2: compressed-tensors ranks it by topk, which PyTorch does not have for it.
TYPES = [torch.float32, torch.float16, torch.bfloat16, torch.int8, torch.float8_e4m3fn]


def ranks_alike(weight):
    """Groups on which both rules must agree: the second best differs from the third in size, and
    there is no NaN (Heddle ranks it highest, topk does too, but of several it may take any) and no
    fp8 (compressed-tensors ranks its bytes as integers) and no -128, whose abs overflows."""
    groups = weight.view(-1, 4)
    if weight.dtype == torch.float8_e4m3fn:
        return torch.zeros(len(groups), dtype=torch.bool)
    size = groups.to(torch.float64).abs()
    best = size.sort(dim=1, descending=True).values
    odd = size.isnan().any(1) | ((groups == -128).any(1) if weight.dtype == torch.int8 else False)
    return (best[:, 1] > best[:, 2]) & ~odd


def check(heddle, compressor, name, weight):
    theirs = compressor.compress_weight("m", weight)
    values, bits = theirs["m.compressed"], theirs["m.bitmask"]
    dense = compressor.decompress_weight({k[2:]: v for k, v in theirs.items()})
    # Device order has no 2:4 of f32.
    for order in (CANONICAL,) if weight.dtype == torch.float32 else (CANONICAL, DEVICE):
        # Their arrays into a blob: the same matrix, and the same arrays again.
        memory, packed = heddle.blob(weight, (2, 4), order)
        heddle.from_("bitmask", values.contiguous(), bits, packed)
        assert same(heddle.unpack(packed, weight), dense), f"{name}: unpacked"
        again = torch.empty_like(values), torch.empty_like(bits)
        heddle.to("bitmask", packed, *again)
        assert same(again[0], values) and same(again[1], bits), f"{name}: their own arrays"
        # Heddle's blob as arrays: they read the same matrix.
        own, packed = heddle.pack(weight, (2, 4), order)
        heddle.to("bitmask", packed, *again)
        read = compressor.decompress_weight({"compressed": again[0], "bitmask": again[1],
                                             "shape": torch.tensor(weight.shape).reshape(-1, 1)})
        assert same(read, heddle.unpack(packed, weight)), f"{name}: read by compressed-tensors"
        back, packed = heddle.blob(weight, (2, 4), order)
        heddle.from_("bitmask", *again, packed)
        assert torch.equal(back, own), f"{name}: back again"
    ours = heddle.best_mask(weight, (2, 4)).view(-1, 4)
    differ = (ours != get_24_bytemasks(weight).view(-1, 4)).any(1)
    alike = ranks_alike(weight)
    assert not (differ & alike).any(), f"{name}: another choice in a group without ties"
    return int(alike.sum()), len(alike), int(differ.sum())


def main(path):
    heddle = Library(path)
    compressor = Sparse24BitMaskCompressor(config=Sparse24BitMaskConfig())
    for seed, dtype in enumerate(TYPES):
        for kind, weights in (("random", random_weights(dtype, seed)), ("real", real_weights(dtype, 6))):
            counts = [check(heddle, compressor, f"{dtype} {name}", weight) for name, weight in weights]
            if counts:
                alike, groups, differ = (sum(column) for column in zip(*counts))
                print(f"{str(dtype):20} {kind:6} {len(counts):3} matrices: {differ} of {groups} groups are "
                      f"chosen otherwise, none of the {alike} whose order is clear")
            elif kind == "real":
                print(f"{str(dtype):20} no real weights: put the model of .ci/run into build/checkpoint")


if __name__ == "__main__":
    main(sys.argv[1])
