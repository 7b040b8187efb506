"""Prints what llama.cpp computes for the tokens that TestPerplexity wrote (public_test.go): the mean of -log p over all tokens but the
first of each text, in nats. llama.cpp comes with the package xllamacpp.

    go test -v -run Perplexity ./core/run -perplexity FILE -tokens tokens.json
    python3 perplexity.py XLLAMACPP.so MODEL.gguf tokens.json
"""
import ctypes
import json
import math
import sys


class Params(ctypes.Structure):  # of a model or a context: room enough, and only the first numbers of a context's are set
    _fields_ = [("n_ctx", ctypes.c_uint32), ("n_batch", ctypes.c_uint32), ("n_ubatch", ctypes.c_uint32), ("n_seq_max", ctypes.c_uint32), ("rest", ctypes.c_long * 126)]


class Batch(ctypes.Structure):
    _fields_ = [("n_tokens", ctypes.c_int32), ("token", ctypes.POINTER(ctypes.c_int32)), ("embd", ctypes.c_void_p), ("pos", ctypes.POINTER(ctypes.c_int32)),
                ("n_seq_id", ctypes.POINTER(ctypes.c_int32)), ("seq_id", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))), ("logits", ctypes.POINTER(ctypes.c_int8))]


library, path, tokens = sys.argv[1:]
llama = ctypes.CDLL(library)
for name, kind in {"llama_model_default_params": Params, "llama_context_default_params": Params, "llama_batch_init": Batch, "llama_get_memory": ctypes.c_void_p, "llama_model_get_vocab": ctypes.c_void_p,
                   "llama_model_load_from_file": ctypes.c_void_p, "llama_init_from_model": ctypes.c_void_p, "llama_get_logits_ith": ctypes.POINTER(ctypes.c_float)}.items():
    getattr(llama, name).restype = kind
texts = json.load(open(tokens))
longest = max(map(len, texts))
llama.llama_backend_init()
model = llama.llama_model_load_from_file(path.encode(), llama.llama_model_default_params())
params = llama.llama_context_default_params()
params.n_ctx = params.n_batch = params.n_ubatch = longest
context = ctypes.c_void_p(llama.llama_init_from_model(ctypes.c_void_p(model), params))
vocabulary = llama.llama_vocab_n_tokens(ctypes.c_void_p(llama.llama_model_get_vocab(ctypes.c_void_p(model))))
total = n = 0
for ids in texts:
    llama.llama_memory_clear(ctypes.c_void_p(llama.llama_get_memory(context)), True)
    batch = llama.llama_batch_init(len(ids), 0, 1)
    batch.n_tokens = len(ids)
    for i, id in enumerate(ids):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = id, i, 1, 0, 1
    assert llama.llama_decode(context, batch) == 0
    for i, next in enumerate(ids[1:]):
        row = llama.llama_get_logits_ith(context, i)[:vocabulary]
        most = max(row)
        total += most + math.log(sum(math.exp(v - most) for v in row)) - row[next]
        n += 1
    llama.llama_batch_free(batch)
print(f"{n} tokens: {total / n:.5f} nats, perplexity {math.exp(total / n):.4f}")
