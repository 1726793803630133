"""The part of the C ABI that use.py calls, over NumPy arrays and without a copy."""
import ctypes as c

import numpy as np

TYPES = {np.dtype(np.float32): 0, np.dtype(np.float16): 1, np.dtype(np.int8): 5, np.dtype(np.int32): 6}
ROW, COL = 0, 1


class Exec(c.Structure):
    _fields_ = [("size", c.c_size_t), ("kind", c.c_int32), ("threads", c.c_int32), ("stream", c.c_void_p)]


class Pattern(c.Structure):
    _fields_ = [("keep", c.c_int32), ("group", c.c_int32)]


class Matrix(c.Structure):
    _fields_ = [("data", c.c_void_p), ("rows", c.c_int64), ("cols", c.c_int64), ("ld", c.c_int64),
                ("type", c.c_int32), ("order", c.c_int32)]


class Mask(c.Structure):
    _fields_ = [("data", c.c_void_p), ("rows", c.c_int64), ("cols", c.c_int64), ("ld", c.c_int64),
                ("order", c.c_int32), ("reserved", c.c_int32)]


class Vector(c.Structure):
    _fields_ = [("data", c.c_void_p), ("length", c.c_int64), ("type", c.c_int32), ("reserved", c.c_int32)]


class PackedDesc(c.Structure):
    _fields_ = [("rows", c.c_int64), ("cols", c.c_int64), ("pattern", Pattern), ("type", c.c_int32),
                ("order", c.c_int32)]


class Packed(c.Structure):
    _fields_ = [("desc", PackedDesc), ("data", c.c_void_p), ("bytes", c.c_size_t)]


class MatmulDesc(c.Structure):
    _fields_ = [("size", c.c_size_t), ("a", PackedDesc), ("max_n", c.c_int64), ("max_batch", c.c_int64),
                ("b_type", c.c_int32), ("d_type", c.c_int32), ("b_order", c.c_int32), ("c_order", c.c_int32),
                ("d_order", c.c_int32), ("bias", c.c_int32), ("scale_m", c.c_int32), ("scale_n", c.c_int32),
                ("activation", c.c_int32), ("overlap_previous", c.c_int32), ("tuning", c.c_char_p)]


class MatmulBuffers(c.Structure):
    _fields_ = [("size", c.c_size_t), ("a", Packed), ("b", Matrix), ("d", Matrix), ("alpha", c.c_float),
                ("beta", c.c_float), ("c", c.POINTER(Matrix)), ("bias", c.POINTER(Vector)),
                ("scale_m", c.POINTER(Vector)), ("scale_n", c.POINTER(Vector)), ("batch", c.c_int64 * 4)]


class Error(Exception):
    """A call that failed, with the library's sentence."""


def matrix(array):
    """The view of a 2-D array in row or column order, with any leading dimension."""
    item = array.itemsize
    order = ROW if array.strides[1] == item else COL
    if item not in array.strides:
        raise ValueError("neither rows nor columns are contiguous")
    return Matrix(array.ctypes.data, *array.shape, array.strides[order == COL] // item,
                  TYPES[array.dtype], order)


class Library:
    def __init__(self, path):
        self._library = c.CDLL(path)
        self._library.heddle_last_error.restype = c.c_char_p
        self._library.heddle_version_string.restype = c.c_char_p
        self.cpu = self._init("exec", Exec)

    def _call(self, name, *arguments):
        passed = [c.byref(a) if isinstance(a, c.Structure) else a for a in arguments]
        status = getattr(self._library, "heddle_" + name)(*passed)
        if status != 0:
            raise Error(status, self._library.heddle_last_error().decode())

    def _init(self, name, kind):
        value = kind()
        self._call(name + "_init", value, c.c_size_t(c.sizeof(kind)))
        return value

    @property
    def version(self):
        return self._library.heddle_version_string().decode()

    def prune(self, weight, keep, group):
        """Zeroes what the best mask drops, in place; gives the mask."""
        bits = np.full(weight.shape, 255, np.uint8)
        mask = Mask(bits.ctypes.data, *bits.shape, bits.shape[1], ROW, 0)
        view = matrix(weight)
        self._call("best_mask", self.cpu, view, Pattern(keep, group), mask, c.c_int32(0))
        self._call("apply_mask", self.cpu, view, mask, view)
        return bits.astype(bool)

    def pack(self, weight, keep, group):
        """A canonical blob and its view."""
        view, size = matrix(weight), c.c_size_t()
        desc = PackedDesc(view.rows, view.cols, Pattern(keep, group), view.type, 1)
        self._call("packed_size", desc, c.byref(size))
        blob = np.zeros(size.value, np.uint8)
        packed = Packed(desc, blob.ctypes.data, blob.nbytes)
        self._call("pack", self.cpu, view, packed)
        self._call("verify", self.cpu, packed)
        return blob, packed

    def plan(self, packed, b, out):
        """What multiplies `packed` with arrays like b, of at most as many columns."""
        desc = self._init("matmul_desc", MatmulDesc)
        b, out = matrix(b), matrix(out)
        desc.a, desc.max_n = packed.desc, b.cols
        desc.b_type, desc.b_order, desc.d_type, desc.d_order = b.type, b.order, out.type, out.order
        plan = c.c_void_p()
        self._call("plan_create", self.cpu, desc, c.byref(plan))
        return plan

    def run(self, plan, packed, b, out, alpha=1.0):
        buffers = self._init("matmul_buffers", MatmulBuffers)
        buffers.a, buffers.b, buffers.d, buffers.alpha = packed, matrix(b), matrix(out), alpha
        self._call("run", self.cpu, plan, buffers, None)

    def destroy(self, plan):
        self._library.heddle_plan_destroy(plan)
