#!/usr/bin/env python3
"""Prunes, packs, plans and multiplies NumPy arrays through the C ABI: use.py LIBRARY.
Exit status 77: no NumPy."""
import sys

try:
    import numpy as np
except ImportError:
    print("no NumPy")
    sys.exit(77)

import heddle


def best_2_of_4(weight):
    """The same mask, by sorting: larger magnitudes first, then lower positions."""
    groups = np.abs(weight.astype(np.float64)).reshape(weight.shape[0], -1, 4)
    order = np.argsort(-groups, axis=2, kind="stable")
    mask = np.zeros(groups.shape, bool)
    np.put_along_axis(mask, order[:, :, :2], True, axis=2)
    return mask.reshape(weight.shape)


def case(library, weight, tokens, out_type):
    """Small integers: every sum is exact in every type."""
    expected_mask = best_2_of_4(weight)
    pruned = np.where(expected_mask, weight, 0)
    mask = library.prune(weight, 2, 4)
    np.testing.assert_array_equal(mask, expected_mask)
    np.testing.assert_array_equal(weight, pruned)

    blob, packed = library.pack(weight, 2, 4)
    assert blob.nbytes < weight.nbytes, (blob.nbytes, weight.nbytes)
    out = np.zeros((weight.shape[0], tokens.shape[1]), out_type)
    plan = library.plan(packed, tokens, out)
    for columns in (tokens.shape[1], 1):
        out[:] = 99
        library.run(plan, packed, tokens[:, :columns], out[:, :columns])
        expected = pruned.astype(np.int64) @ tokens[:, :columns].astype(np.int64)
        np.testing.assert_array_equal(out[:, :columns], expected)
        np.testing.assert_array_equal(out[:, columns:], 99)
    library.destroy(plan)


def main():
    library = heddle.Library(sys.argv[1])
    random = np.random.default_rng(7)
    cases = 0
    for dtype, out_type in ((np.float32, np.float32), (np.float16, np.float32), (np.int8, np.int32)):
        for order in "CF":
            weight = random.integers(-8, 9, (48, 64)).astype(dtype)
            tokens = np.asarray(random.integers(-3, 4, (64, 5)).astype(dtype), order=order)
            case(library, weight, tokens, out_type)
            cases += 1
    try:
        library.prune(np.zeros((4, 8), np.float32), 5, 4)
    except heddle.Error as error:
        status, message = error.args
        assert status == 1 and "5" in message, error.args
    else:
        raise AssertionError("5:4 is no pattern")
    print(f"heddle {library.version}, NumPy {np.__version__}: {cases} cases, all exact")


main()
