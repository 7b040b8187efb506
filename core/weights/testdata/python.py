"""Writes python.safetensors with Hugging Face's library: every type that Heed reads, and some that it lists.

    python3 python.py            # needs torch, numpy, safetensors
"""
import os

import safetensors.torch
import torch

k = lambda n: torch.arange(n, dtype=torch.float32)
tensors = {
    "f32": (k(12) / 8 - 1).reshape(3, 4),
    "f16": (k(10) / 4 - 1).reshape(2, 5).half(),
    "bf16": (k(10) / 2 - 2).reshape(5, 2).bfloat16(),
    "rows": (k(6) - 3).reshape(2, 3).to(torch.int8),
    "rows.scale": torch.tensor([0.5, 2.0]),
    "columns": (k(6) - 3).reshape(2, 3).to(torch.int8),
    "columns.scale": torch.tensor([0.5, 2.0, 0.25]),
    "norm.scale": k(3),  # an ordinary parameter, whatever its name ends with
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 7),
    "position_ids": torch.arange(4),
    "mask": torch.tensor([True, False, True]),
    "größe \"q\"": torch.ones(1),
}
safetensors.torch.save_file(
    tensors,
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "python.safetensors"),
    metadata={"format": "pt", "columns.scale_axis": "1"},
)
