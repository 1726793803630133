"""What the tests of interchange share: the C ABI over torch tensors, weights, and the outcome."""
import ctypes as c
import glob
import os
import sys

SKIPPED = 77


def skip(reason):
    print("SKIPPED:", reason)
    sys.exit(SKIPPED)


try:
    import torch
except ImportError as error:
    skip(f"no torch: {error}")

TYPES = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2, torch.float8_e4m3fn: 3,
         torch.float8_e5m2: 4, torch.int8: 5}
CANONICAL, DEVICE = 1, 2


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


class Desc(c.Structure):
    _fields_ = [("rows", c.c_int64), ("cols", c.c_int64), ("pattern", Pattern), ("type", c.c_int32),
                ("order", c.c_int32)]


class Packed(c.Structure):
    _fields_ = [("desc", Desc), ("data", c.c_void_p), ("bytes", c.c_size_t)]


class Arrays(c.Structure):
    _fields_ = [("values", c.c_void_p), ("values_bytes", c.c_size_t), ("metadata", c.c_void_p),
                ("metadata_bytes", c.c_size_t)]


class Layout(c.Structure):
    _fields_ = [("values_cols", c.c_int64), ("metadata_cols", c.c_int64),
                ("metadata_element_bytes", c.c_size_t), ("values_bytes", c.c_size_t),
                ("metadata_bytes", c.c_size_t)]


def matrix(tensor):
    return Matrix(tensor.data_ptr(), *tensor.shape, tensor.shape[1], TYPES[tensor.dtype], 0)


def size(tensor):
    return tensor.numel() * tensor.element_size()


def same(a, b):
    """Bit for bit, NaN and -0.0 too."""
    return (a.dtype == b.dtype and a.shape == b.shape and
            torch.equal(a.contiguous().view(torch.uint8), b.contiguous().view(torch.uint8)))


class Library:
    def __init__(self, path):
        self.handle = c.CDLL(path)
        self.handle.heddle_last_error.restype = c.c_char_p
        self.exec = Exec()
        self.call("exec_init", self.exec, c.c_size_t(c.sizeof(Exec)))

    def call(self, name, *arguments):
        passed = [c.byref(a) if isinstance(a, c.Structure) else a for a in arguments]
        if getattr(self.handle, "heddle_" + name)(*passed) != 0:
            raise RuntimeError(self.handle.heddle_last_error().decode())

    def best_mask(self, weight, pattern):
        mask = torch.empty(weight.shape, dtype=torch.uint8)
        view = Mask(mask.data_ptr(), *mask.shape, mask.shape[1], 0, 0)
        self.call("best_mask", self.exec, matrix(weight), Pattern(*pattern), view, c.c_int32(0))
        return mask.bool()

    def prune(self, weight, pattern):
        return torch.where(self.best_mask(weight, pattern), weight.view(raw(weight)),
                           torch.zeros((), dtype=raw(weight))).view(weight.dtype)

    def blob(self, weight, pattern, order):
        desc = Desc(*weight.shape, Pattern(*pattern), TYPES[weight.dtype], order)
        bytes_ = c.c_size_t()
        self.call("packed_size", desc, c.byref(bytes_))
        memory = torch.zeros(bytes_.value, dtype=torch.uint8)
        return memory, Packed(desc, memory.data_ptr(), bytes_.value)

    def pack(self, weight, pattern, order):
        memory, packed = self.blob(weight, pattern, order)
        self.call("pack", self.exec, matrix(weight), packed)
        return memory, packed

    def unpack(self, packed, like):
        dense = torch.empty_like(like)
        self.call("unpack", self.exec, packed, matrix(dense))
        return dense

    def to(self, name, packed, values, metadata):
        """Fills two tensors of the format `name`."""
        layout = Layout()
        self.call(name + "_layout", packed.desc, layout)
        assert (layout.values_bytes, layout.metadata_bytes) == (size(values), size(metadata)), \
            "the format's shapes differ"
        assert values.shape[1] == layout.values_cols and metadata.shape[1] == layout.metadata_cols
        self.call("to_" + name, self.exec, packed, arrays(values, metadata))

    def from_(self, name, values, metadata, packed):
        self.call("from_" + name, self.exec, arrays(values, metadata), packed)
        self.call("verify", self.exec, packed)


def arrays(values, metadata):
    return Arrays(values.data_ptr(), size(values), metadata.data_ptr(), size(metadata))


def raw(tensor):
    """The integer type of its bits."""
    return {1: torch.uint8, 2: torch.int16, 4: torch.int32}[tensor.element_size()]


def checkpoint():
    """The real model that .ci/run fetches; None without it."""
    named = os.environ.get("HEDDLE_TEST_CHECKPOINT")
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    found = [named] if named else glob.glob(root + "/build*/checkpoint/**/model.safetensors", recursive=True)
    return sorted(found)[0] if found else None


def real_weights(dtype, limit):
    """The model's first matrices in a type, cut to multiples; int8 by the largest of each matrix."""
    rows, cols = 32, 64
    path = checkpoint()
    if path is None:
        return
    try:
        from safetensors.torch import load_file
    except ImportError:
        return
    matrices = {name: weight for name, weight in load_file(path).items()
                if weight.dim() == 2 and 64 <= min(weight.shape) and weight.shape[0] <= 4096}
    for name, weight in sorted(matrices.items())[:limit]:
        weight = weight[:weight.shape[0] // rows * rows, :weight.shape[1] // cols * cols].float()
        if dtype == torch.int8:
            weight = (weight * (127 / weight.abs().max())).round()
        yield name, weight.to(dtype).contiguous()


def random_weights(dtype, seed):
    """Any bits (NaN, infinities, both zeros), and few values, so that most groups have ties."""
    generator = torch.Generator().manual_seed(seed)
    for rows, cols in ((32, 64), (64, 128), (96, 320), (160, 1024)):
        bits = torch.randint(0, 256, (rows, cols * dtype.itemsize), dtype=torch.uint8, generator=generator)
        yield f"bits {rows} x {cols}", bits.view(dtype)
        few = torch.randint(-2, 3, (rows, cols), generator=generator).float()
        yield f"ties {rows} x {cols}", few.to(dtype)
        zeros = torch.rand((rows, cols), generator=generator) < 0.8
        yield f"zeros {rows} x {cols}", torch.where(zeros, torch.zeros(()), few).to(dtype)
