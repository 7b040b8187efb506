"""Writes gpt2/lens.json: the logit lens (nostalgebraist 2020) of the tiny GPT-2 in the folder gpt2, layer by
layer, by a forward pass written out here in plain Python, in float64.

    python3 lens.py            # needs nothing but Python

It stands on golden.py's figures, which are transformers' own: the lens of the last layer is the model's
logits, and the script stops where they differ by more than 1e-6 (golden.json has six decimals).

lens.json: layers[case][layer][token][vocab], for the cases of golden.json.
"""
import json
import math
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpt2")
config = json.load(open(os.path.join(HERE, "config.json")))
golden = json.load(open(os.path.join(HERE, "golden.json")))
with open(os.path.join(HERE, "model.safetensors"), "rb") as f:
    header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    body = f.read()


def weight(name):
    t = header.get("transformer." + name) or header[name]
    lo, hi = t["data_offsets"]
    flat = struct.unpack("<%df" % ((hi - lo) // 4), body[lo:hi])
    if len(t["shape"]) == 1:
        return flat
    n = t["shape"][1]
    return [flat[i:i + n] for i in range(0, len(flat), n)]


def norm(row, name):
    gain, bias = weight(name + ".weight"), weight(name + ".bias")
    mean = sum(row) / len(row)
    var = sum((v - mean) ** 2 for v in row) / len(row)
    return [(v - mean) / math.sqrt(var + config["layer_norm_epsilon"]) * g + b for v, g, b in zip(row, gain, bias)]


def linear(row, name):  # GPT-2 stores [in][out]
    w, bias = weight(name + ".weight"), weight(name + ".bias")
    return [sum(v * w[i][o] for i, v in enumerate(row)) + bias[o] for o in range(len(bias))]


def gelu(v):
    return 0.5 * v * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v ** 3)))


def attend(rows):
    heads, size = config["n_head"], config["n_embd"] // config["n_head"]
    out = []
    for i, (q, _, _) in enumerate(rows):
        mixed = []
        for h in range(heads):
            part = slice(h * size, (h + 1) * size)
            scores = [sum(a * b for a, b in zip(q[part], k[part])) / math.sqrt(size) for _, k, _ in rows[:i + 1]]
            most = max(scores)
            e = [math.exp(s - most) for s in scores]
            mixed += [sum(w * v[part][d] for w, (_, _, v) in zip(e, rows)) / sum(e) for d in range(size)]
        out.append(mixed)
    return out


def lens(ids):
    width, table, places = config["n_embd"], weight("wte.weight"), weight("wpe.weight")
    x = [[a + b for a, b in zip(table[t], places[i])] for i, t in enumerate(ids)]
    layers = []
    for layer in range(config["n_layer"]):
        at = "h.%d." % layer
        qkv = [linear(norm(row, at + "ln_1"), at + "attn.c_attn") for row in x]
        mixed = attend([(r[:width], r[width:2 * width], r[2 * width:]) for r in qkv])
        x = [[a + b for a, b in zip(row, linear(m, at + "attn.c_proj"))] for row, m in zip(x, mixed)]
        for row in x:
            inner = [gelu(v) for v in linear(norm(row, at + "ln_2"), at + "mlp.c_fc")]
            row[:] = [a + b for a, b in zip(row, linear(inner, at + "mlp.c_proj"))]
        layers.append([[sum(a * b for a, b in zip(end, piece)) for piece in table] for end in (norm(row, "ln_f") for row in x)])
    return layers


out = []
for case in golden["cases"]:
    layers = lens(case["input"])
    worst = max(abs(a - b) for got, want in zip(layers[-1], case["logits"]) for a, b in zip(got, want))
    print("%d tokens: the last layer differs from transformers by %.2g" % (len(case["input"]), worst))
    assert worst < 1e-6, worst
    out.append([[[round(v, 7) for v in row] for row in layer] for layer in layers])
with open(os.path.join(HERE, "lens.json"), "w") as f:
    json.dump({"header": {"what": "the logit lens of the model beside it, in float64", "written_by": "lens.py"}, "layers": out}, f, separators=(",", ":"))
