#!/usr/bin/env python3
"""DLPack with the frameworks' own code: dlpack.py LIBRARY numpy|torch

Arrays of the framework become views, views become its arrays, and both see the same bytes; a mask
found and applied through those views is compared with one computed by the framework. Exit 77: the
framework, or a version with DLPack 1.0, is not installed.
"""
import ctypes as c
import gc
import sys

F32, F16, BF16, F8E4M3, F8E5M2, I8, I32 = range(7)
ROW, COL = 0, 1
INVALID, UNSUPPORTED = 1, 2


class Exec(c.Structure):
    _fields_ = [("size", c.c_size_t), ("kind", c.c_int32), ("threads", c.c_int32),
                ("stream", c.c_void_p)]


class Pattern(c.Structure):
    _fields_ = [("keep", c.c_int32), ("group", c.c_int32)]


class Matrix(c.Structure):
    _fields_ = [("data", c.c_void_p), ("rows", c.c_int64), ("cols", c.c_int64), ("ld", c.c_int64),
                ("type", c.c_int32), ("order", c.c_int32)]


class Mask(c.Structure):
    _fields_ = [("data", c.c_void_p), ("rows", c.c_int64), ("cols", c.c_int64), ("ld", c.c_int64),
                ("order", c.c_int32), ("reserved", c.c_int32)]


class Tensor(c.Structure):
    _fields_ = [("data", c.c_void_p), ("rank", c.c_int32), ("type", c.c_int32),
                ("shape", c.c_int64 * 5), ("stride", c.c_int64 * 5)]


class TensorMask(c.Structure):
    _fields_ = [("data", c.c_void_p), ("rank", c.c_int32), ("reserved", c.c_int32),
                ("shape", c.c_int64 * 5), ("stride", c.c_int64 * 5)]


class Source(c.Structure):
    _fields_ = [("tensor", c.c_void_p), ("read_only", c.c_int32), ("bytes_as", c.c_int32)]


RELEASE = c.CFUNCTYPE(None, c.c_void_p)


class Owner(c.Structure):
    _fields_ = [("context", c.c_void_p), ("release", RELEASE)]


class Failure(Exception):
    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


class Library:
    def __init__(self, path):
        self.c = c.CDLL(path)
        self.c.heddle_last_error.restype = c.c_char_p
        self.exec = Exec()
        self.call("heddle_exec_init", c.byref(self.exec), c.c_size_t(c.sizeof(Exec)))

    def call(self, name, *args):
        status = getattr(self.c, name)(*args)
        if status != 0:
            raise Failure(status, self.c.heddle_last_error().decode())

    def run(self, name, *args):
        self.call(name, c.byref(self.exec), *(c.byref(a) if isinstance(a, c.Structure) else a
                                              for a in args))


capsule_name = c.pythonapi.PyCapsule_GetName
capsule_name.restype, capsule_name.argtypes = c.c_char_p, [c.py_object]
capsule_pointer = c.pythonapi.PyCapsule_GetPointer
capsule_pointer.restype, capsule_pointer.argtypes = c.c_void_p, [c.py_object, c.c_char_p]
capsule_new = c.pythonapi.PyCapsule_New
capsule_new.restype = c.py_object
capsule_new.argtypes = [c.c_void_p, c.c_char_p, c.c_void_p]
OPEN = {b"dltensor_versioned": "heddle_dlpack_open_versioned",
        b"dltensor": "heddle_dlpack_open_managed"}


def source_of(lib, capsule):
    name = capsule_name(capsule)
    source = Source()
    lib.call(OPEN[name], c.c_void_p(capsule_pointer(capsule, name)), c.byref(source))
    return source


def view(lib, array, kind, writable=1, versioned=True, bytes_as=None):
    """The view of an array, and the capsule that it borrows from."""
    capsule = array.__dlpack__(max_version=(1, 0)) if versioned else array.__dlpack__()
    assert capsule_name(capsule) == (b"dltensor_versioned" if versioned else b"dltensor")
    source = source_of(lib, capsule)
    if bytes_as is not None:
        source.bytes_as = bytes_as
    out = {"matrix": Matrix, "mask": Mask, "tensor": Tensor, "tensor_mask": TensorMask}[kind]()
    lib.run(f"heddle_{kind}_from_dlpack", source, c.c_int32(writable), out)
    return out, capsule


class Exported:
    """What a framework's from_dlpack takes: a tensor of ours in a capsule."""

    def __init__(self, lib, function, what, read_only=None, released=None):
        self.release = RELEASE(lambda _: released.append(1)) if released is not None else RELEASE()
        owner = Owner(None, self.release)
        managed = c.c_void_p()
        flag = [] if read_only is None else [c.c_int32(read_only)]
        lib.run(function, what, *flag, owner, c.byref(managed))
        self.name = b"dltensor" if read_only is None else b"dltensor_versioned"
        self.managed = managed

    def __dlpack__(self, **_):
        return capsule_new(self.managed, self.name, None)

    def __dlpack_device__(self):
        return (1, 0)


def refused(status, action):
    try:
        action()
    except Failure as failure:
        assert failure.status == status, failure
        return
    raise AssertionError("must be refused")


def best_two_of_four(np, w):
    """The 2:4 mask of finite distinct magnitudes."""
    groups = np.abs(w.astype(np.float64)).reshape(w.shape[0], -1, 4)
    rank = np.argsort(np.argsort(-groups, axis=2, kind="stable"), axis=2, kind="stable")
    return (rank < 2).reshape(w.shape)


def with_numpy(lib):
    try:
        import numpy as np
    except ImportError:
        return skip("numpy is not installed")
    if tuple(map(int, np.__version__.split(".")[:2])) < (2, 1):
        return skip(f"numpy {np.__version__} has no DLPack 1.0 (2.1 has)")
    rng = np.random.default_rng(1)
    types = {np.float32: F32, np.float16: F16, np.int8: I8, np.int32: I32}
    for dtype, number in types.items():
        base = rng.integers(-9, 9, (12, 40)).astype(dtype)
        layouts = [(base, ROW, 40), (base[2:7, 3:21], ROW, 40), (base.T, COL, 40),
                   (np.asfortranarray(base), COL, 12), (base[::2], ROW, 80),
                   (base[:1], ROW, 40), (base[:, :1], ROW, 40), (base[:0], ROW, 40)]
        for versioned in (True, False):
            for array, order, ld in layouts:
                got, keep = view(lib, array, "matrix", versioned=versioned)
                assert (got.rows, got.cols) == array.shape
                assert (got.type, got.order) == (number, order), (array.strides, got.order)
                if array.size:
                    assert got.data == array.ctypes.data
                if min(array.shape) > 1:
                    assert got.ld == ld
        for array in (base[::-1], base[:, ::-1], np.broadcast_to(base[0], (3, 40))):
            refused(INVALID, lambda a=array: view(lib, a, "tensor", writable=0))
        refused(UNSUPPORTED, lambda: view(lib, base[:, ::2], "matrix"))
        deep = rng.integers(-9, 9, (3, 4, 5, 6)).astype(dtype).transpose(1, 3, 0, 2)
        got, keep = view(lib, deep, "tensor")
        assert list(got.shape[:4]) == list(deep.shape)
        assert [s * deep.itemsize for s in got.stride[:4]] == list(deep.strides)
    for dtype in (np.float64, np.int16, np.uint32, np.complex64, np.bool_):
        refused(UNSUPPORTED, lambda d=dtype: view(lib, np.zeros((3, 4), d), "matrix"))
    refused(UNSUPPORTED, lambda: view(lib, np.zeros((3, 4), np.uint8), "matrix"))
    codes, keep = view(lib, np.zeros((3, 4), np.uint8), "matrix", bytes_as=F8E5M2)
    assert codes.type == F8E5M2
    refused(UNSUPPORTED, lambda: view(lib, np.zeros((), np.float32), "tensor"))
    locked = np.zeros((3, 4), np.float32)
    locked.flags.writeable = False
    view(lib, locked, "matrix", writable=0)
    refused(INVALID, lambda: view(lib, locked, "matrix", writable=1))

    # prune through the views, masks of either type, in place
    for kind in (np.bool_, np.uint8):
        w = rng.permutation(np.arange(1, 12 * 40 + 1)).reshape(12, 40).astype(np.float32)
        want = best_two_of_four(np, w)
        mask = np.full(w.shape, 7, np.uint8).view(kind)
        (m, keep), (k, keep_mask) = view(lib, w, "matrix"), view(lib, mask, "mask")
        original = w.copy()
        lib.run("heddle_best_mask", m, Pattern(2, 4), k, c.c_int32(0))
        lib.run("heddle_apply_mask", m, k, m)
        assert (mask.view(np.uint8) == want).all()
        assert (w == np.where(want, original, 0)).all()

    # out: shared memory, flags, and the owner's release when the array is gone
    memory = np.arange(60, dtype=np.float32)
    for order, ld, strides in ((ROW, 6, (24, 4)), (COL, 12, (4, 48))):
        for read_only in (None, 0, 1):
            released = []
            matrix = Matrix(memory.ctypes.data, 5, 4, ld, F32, order)
            what, function = matrix, "heddle_matrix_to_dlpack"
            if read_only is None:
                what, function = Tensor(), "heddle_tensor_to_dlpack_managed"
                lib.call("heddle_as_tensor", c.byref(matrix), c.byref(what))
            exported = Exported(lib, function, what, read_only, released)
            array = np.from_dlpack(exported)
            assert array.ctypes.data == memory.ctypes.data and array.dtype == np.float32
            assert array.shape == (5, 4) and array.strides == strides
            if read_only == 0:
                array[1, 1] = -5
                assert memory[strides[0] // 4 + strides[1] // 4] == -5
            if read_only == 1:
                assert not array.flags.writeable
            assert not released
            del array
            gc.collect()
            assert released == [1], (read_only, released)
    bits = np.array([[1, 0, 1], [0, 0, 1]], np.uint8)
    flags = np.from_dlpack(Exported(lib, "heddle_mask_to_dlpack",
                                    Mask(bits.ctypes.data, 2, 3, 3, ROW, 0), 0))
    assert flags.dtype == np.bool_ and (flags == bits.view(np.bool_)).all()
    print(f"dlpack: numpy {np.__version__}, in and out")
    return 0


def with_torch(lib):
    try:
        import torch
    except ImportError:
        return skip("torch is not installed")
    numbers = {torch.float32: F32, torch.float16: F16, torch.bfloat16: BF16, torch.int8: I8,
               torch.int32: I32}
    for name, number in (("float8_e4m3fn", F8E4M3), ("float8_e5m2", F8E5M2)):
        if hasattr(torch, name):
            numbers[getattr(torch, name)] = number
    as_bytes = 0
    for dtype, number in numbers.items():
        base = torch.arange(480, dtype=torch.float32).remainder(13).reshape(12, 40).to(dtype)
        for array, order, ld in ((base, ROW, 40), (base.t(), COL, 40), (base[2:7, 3:21], ROW, 40),
                                 (base[::2], ROW, 80)):
            bytes_as = None
            try:
                array.__dlpack__()
            except (BufferError, RuntimeError, TypeError):  # a torch without 8-bit floats there
                array, bytes_as = array.view(torch.uint8), number
                as_bytes += 1
            got, keep = view(lib, array, "matrix", versioned=False, bytes_as=bytes_as)
            assert (got.type, got.order, got.ld) == (number, order, ld)
            assert got.data == array.data_ptr()
        weight = torch.zeros(6, 8, 3, 3, dtype=dtype).contiguous(memory_format=torch.channels_last)
        if weight.element_size() > 1:
            got, keep = view(lib, weight, "tensor", versioned=False)
            assert tuple(got.stride[:4]) == weight.stride()
    refused(UNSUPPORTED, lambda: view(lib, torch.zeros(3, 4).double(), "matrix", versioned=False))
    refused(UNSUPPORTED,
            lambda: view(lib, torch.zeros(3, 8)[:, ::2], "matrix", versioned=False))
    refused(INVALID,
            lambda: view(lib, torch.zeros(1, 4).expand(3, 4), "matrix", 0, versioned=False))

    versions = (True, False)
    try:
        torch.zeros(1).__dlpack__(max_version=(1, 0))
    except TypeError:
        versions = (False,)
    for versioned in versions:
        weight = torch.randperm(12 * 40).add(1).reshape(12, 40).to(torch.float32)
        mask = torch.empty(12, 40, dtype=torch.bool)
        (m, keep), (k, keep_mask) = (view(lib, weight, "matrix", versioned=versioned),
                                     view(lib, mask, "mask", versioned=versioned))
        lib.run("heddle_best_mask", m, Pattern(2, 4), k, c.c_int32(0))
        top = weight.reshape(12, 10, 4).topk(2, dim=2).indices
        want = torch.zeros(12, 10, 4, dtype=torch.bool).scatter_(2, top, True).reshape(12, 40)
        assert torch.equal(mask, want)

    memory = torch.arange(240, dtype=torch.float32)
    for dtype, number in numbers.items():
        released = []
        tensor = Tensor(memory.data_ptr(), 3, number, (2, 3, 4), (1, 2, 6))
        name = "heddle_tensor_to_dlpack_managed"
        try:
            exported = Exported(lib, name, tensor, None, released)  # outlives what calls release
            array = torch.from_dlpack(exported)
        except (BufferError, RuntimeError):
            assert "float8" in str(dtype), dtype
            continue
        assert array.dtype == dtype and array.shape == (2, 3, 4) and array.stride() == (1, 2, 6)
        assert array.data_ptr() == memory.data_ptr()
        if len(versions) == 2:
            again = torch.from_dlpack(Exported(lib, "heddle_tensor_to_dlpack", tensor, 0))
            assert again.data_ptr() == memory.data_ptr()
        del array
        gc.collect()
        assert released == [1], released
    print(f"dlpack: torch {torch.__version__}, in and out, capsules "
          f"{'of both forms' if len(versions) == 2 else 'of the old form'}, "
          f"{as_bytes} views of 8-bit floats by way of bytes")
    return 0


def skip(why):
    print(f"skipped: {why}")
    return 77


if __name__ == "__main__":
    sys.exit({"numpy": with_numpy, "torch": with_torch}[sys.argv[2]](Library(sys.argv[1])))
