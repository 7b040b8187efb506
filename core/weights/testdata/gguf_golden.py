"""Writes golden.gguf, blocks of every type that Heed reads as numbers, and golden.txt, what the `gguf`
package makes of them.

    python3 -m venv venv && venv/bin/pip install gguf
    venv/bin/python core/weights/testdata/gguf_golden.py
    venv/bin/python core/weights/testdata/gguf_golden.py MODEL.gguf   # prints a digest of each tensor, for TestGGUFModel

The blocks are random bytes (with scales that are finite), so every bit of them counts. Each line of
golden.txt is a tensor's name, type, shape, and the SHA-256 of its elements as little-endian float32.
"""

import hashlib
import pathlib
import sys

import numpy as np
from gguf import GGUFReader, GGUFWriter, GGMLQuantizationType as T
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

HERE = pathlib.Path(__file__).parent
# Where the halves of a block are: the random bytes must not make infinities of them.
HALVES = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208]}


def digest(x):
    return hashlib.sha256(np.ascontiguousarray(x, dtype="<f4").tobytes()).hexdigest()


def describe(tensor):
    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    shape = ",".join(str(n) for n in reversed(tensor.shape.tolist()))
    return "%s %s %s %s" % (tensor.name, tensor.tensor_type.name, shape, digest(values.reshape(-1)))


def write():
    random = np.random.default_rng(1)
    w = GGUFWriter(HERE / "golden.gguf", "llama")
    w.add_uint8("test.u8", 200)
    w.add_int8("test.i8", -3)
    w.add_uint16("test.u16", 60000)
    w.add_int16("test.i16", -300)
    w.add_uint32("test.u32", 4000000000)
    w.add_int32("test.i32", -70000)
    w.add_uint64("test.u64", 1 << 40)
    w.add_int64("test.i64", -(1 << 40))
    w.add_float32("test.f32", 0.5)
    w.add_float64("test.f64", 0.1)
    w.add_bool("test.bool", True)
    w.add_string("test.string", "größe")
    w.add_array("test.strings", ["a", "", "▁b"])
    w.add_array("test.ints", [1, -2, 3])
    w.add_array("test.floats", [0.5, -1.25])
    for t, halves in HALVES.items():
        size, length = GGML_QUANT_SIZES[t]
        rows, blocks = 3, 2
        data = random.integers(0, 256, (rows, blocks, length), dtype=np.uint8)
        for at in halves:
            data[:, :, at:at + 2] = random.normal(0, 1, (rows, blocks)).astype(np.float16).view(np.uint8).reshape(rows, blocks, 2)
        w.add_tensor("blocks." + t.name, data.reshape(rows, blocks * length), raw_dtype=t)
    w.add_tensor("plain.F32", random.normal(0, 1, (2, 3, 5)).astype(np.float32))
    w.add_tensor("plain.F16", random.normal(0, 1, (7, 3)).astype(np.float16))
    bf16 = (random.normal(0, 1, (4, 8)).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    w.add_tensor("plain.BF16", bf16.view(np.uint8), raw_dtype=T.BF16)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    lines = sorted(describe(t) for t in GGUFReader(HERE / "golden.gguf").tensors)
    (HERE / "golden.txt").write_text("\n".join(lines) + "\n")


if __name__ != "__main__":
    pass
elif len(sys.argv) > 1:
    print("\n".join(sorted(describe(t) for t in GGUFReader(sys.argv[1]).tensors)))
else:
    write()
