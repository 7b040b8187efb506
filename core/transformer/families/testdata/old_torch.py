"""Lets transformers 4.51 run on torch 1.13, which Debian has: what it only names is there, and does nothing."""
import sys
import types
from unittest.mock import MagicMock

import torch
import torch.utils._pytree


class Stub(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock()


def plain(*functions, **_):
    """A decorator, with arguments or without, that leaves a function as it is."""
    return functions[0] if functions and callable(functions[0]) else lambda f: f


for name in ("torch.distributed.tensor", "torch._dynamo", "torch.nn.attention", "torch.nn.attention.flex_attention"):
    stub = Stub(name)
    stub.__path__ = []
    sys.modules.setdefault(name, stub)
    parent, _, leaf = name.rpartition(".")
    setattr(sys.modules[parent], leaf, sys.modules[name])
for name in ("float8_e4m3fn", "float8_e5m2", "uint16", "uint32", "uint64"):
    setattr(torch, name, torch.uint8)
torch.compiler = types.SimpleNamespace(is_compiling=lambda: False, is_dynamo_compiling=lambda: False, is_exporting=lambda: False,
                                       disable=plain, allow_in_graph=plain)
torch.compile = plain
torch.utils._pytree.register_pytree_node = lambda *_, **__: None


class LayerNorm(torch.nn.LayerNorm):
    def __init__(self, *args, bias=True, **more):
        super().__init__(*args, **more)
        if not bias:
            self.bias = None


torch.nn.LayerNorm = LayerNorm
