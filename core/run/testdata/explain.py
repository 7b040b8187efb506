"""Checks ablations, patches and attributions against PyTorch, on a translator of the family Marian. It is run by
hand, on what `heed export` and `heed run` write:

    heed export -model en-fr -o EXPORT
    T='The old man walked slowly to the small house by the sea.'
    heed run -model en-fr -text "$T" -out json -ablate heads -o ablation.json
    heed run -model en-fr -text "$T" -out json -patch "text:The old man walked slowly to the big house by the sea." -o patch.json
    heed run -model en-fr -text "$T" -out json -attribute gradient-input -position 6 -o gradient.json
    heed run -model en-fr -text "$T" -out json -attribute integrated-gradients -position 6 -o integrated.json
    heed run -model en-fr -text "The old man walked slowly to the big house by the sea." -out json -o other.json
    python3 explain.py EXPORT ablation.json patch.json other.json gradient.json integrated.json

With --golden it writes what PyTorch says of the tiny random model of core/transformer/testdata, which TestExplainGolden holds ours
against:

    python3 explain.py --golden ../../transformer/testdata/marian explain.json

Needs torch, safetensors and transformers before 4.48 (see core/model/testdata/reference.py). The reference runs in
float64 and does everything by PyTorch's own hooks and gradients. The exit status is 1 when a number differs by more
than 1e-4 of the largest of its kind.
"""
import json
import sys

import torch
from transformers import MarianMTModel

# The path of integrated gradients, in equal parts, whose middles are taken; heed takes fewer points, where the output changes. Its
# sum may lack so much.
STEPS, GAP = 4096, 0.05


def ids(tokens):
    return torch.tensor([[t["id"] for t in tokens]])


def load(name):
    with open(name) as f:
        return json.load(f)


class Run:
    def __init__(self, model, record):
        self.model = model
        self.source = ids(record["tokens"]["source"])
        target = ids(record["tokens"]["target"])
        self.target, self.labels = target[:, :-1], target[0, 1:]

    def logits(self):
        return self.model(input_ids=self.source, decoder_input_ids=self.target, use_cache=False).logits[0] 

    def log_prob(self, position=None):
        p = torch.log_softmax(self.logits(), -1)
        if position is None:
            return p[torch.arange(len(self.labels)), self.labels].sum()
        return p[position, self.labels[position]]


def attention(model, kind, layer):
    if kind == "self":
        return model.model.encoder.layers[layer].self_attn
    block = model.model.decoder.layers[layer]
    return block.self_attn if kind == "decoder" else block.encoder_attn


def stack(model, kind):
    return (model.model.encoder if kind == "self" else model.model.decoder).layers


def worst(what, pairs, within=0):
    largest = max(abs(want) for _, want in pairs)
    error = max(abs(got - want) for got, want in pairs)
    print(f"{what}: {len(pairs)} numbers, largest {largest:.4f}, largest error {error:.2e}")
    return error <= max(within, 1e-4 * max(1, largest))


def ablation(model, record):
    run = Run(model, record)
    base = run.log_prob().item()
    pairs = []
    for a in record["ablation"]:
        m = attention(model, a["kind"], a["layer"])
        width = m.head_dim

        def zero(module, inputs):
            x = inputs[0].clone()
            x[..., a["head"] * width:(a["head"] + 1) * width] = 0
            return (x,)

        handle = m.out_proj.register_forward_pre_hook(zero)
        pairs.append((a["delta"], run.log_prob().item() - base))
        handle.remove()
    return pairs


def patch(model, record, other):
    own, donor = Run(model, record), Run(model, other)
    d = 0
    while own.labels[d] == donor.labels[d]:
        d += 1
    a, b = own.labels[d], donor.labels[d]
    own.target, donor.target = own.target[:, :d + 1], donor.target[:, :d + 1]
    kept, handles = {}, []
    for kind in ("self", "decoder"):
        for layer, block in enumerate(stack(model, kind)):
            handles.append(block.register_forward_hook(lambda m, i, o, at=(kind, layer): kept.__setitem__(at, o[0].clone())))
        handles.append(stack(model, kind)[0].register_forward_pre_hook(lambda m, i, at=(kind, -1): kept.__setitem__(at, i[0].clone())))
    difference = lambda run: (lambda l: (l[d, b] - l[d, a]).item())(run.logits())
    full = difference(donor)
    for h in handles:
        h.remove()
    base = difference(own)
    pairs = []
    for p in record["patch"]:
        layer = p.get("layer", -1)
        value = kept[p["kind"], layer]

        def put(x):
            x = x.clone()
            x[:, p["position"]] = value[:, p["position"]]
            return x

        if layer < 0:
            handle = stack(model, p["kind"])[0].register_forward_pre_hook(lambda m, i: (put(i[0]),) + i[1:])
        else:
            handle = stack(model, p["kind"])[layer].register_forward_hook(lambda m, i, o: (put(o[0]),) + o[1:])
        pairs.append((p["recovered"], (difference(own) - base) / (full - base)))
        handle.remove()
    return pairs


def attribution(model, record):
    run, a = Run(model, record), record["attribution"]
    alphas = [1.0]
    if a["method"] == "integrated-gradients":
        alphas = [(i + 0.5) / STEPS for i in range(STEPS)]
    sums = {"self": 0, "decoder": 0}
    for alpha in alphas:
        seen, handles = {}, []
        for kind in sums:
            def scale(module, inputs, kind=kind):
                x = inputs[0].detach()
                y = (x * alpha).requires_grad_()
                seen[kind] = (x, y)
                return (y,) + inputs[1:]

            handles.append(stack(model, kind)[0].register_forward_pre_hook(scale))
        run.log_prob(a["position"]).backward()
        for kind, (x, y) in seen.items():
            sums[kind] = sums[kind] + (x * y.grad)[0].sum(-1) / len(alphas)
        for h in handles:
            h.remove()
    pairs = list(zip(a["source"], sums["self"].tolist()))
    pairs += list(zip(a["target"], sums["decoder"].tolist()))
    return pairs


def opened(directory):
    torch.set_default_dtype(torch.float64)
    return MarianMTModel.from_pretrained(directory, attn_implementation="eager").double().eval()


def main(directory, ablated, patched, other, *attributed):
    model = opened(directory)
    with torch.no_grad():
        good = [worst("ablation", ablation(model, load(ablated))), worst("patch", patch(model, load(patched), load(other)))]
    for name in attributed:
        record = load(name)
        method = record["attribution"]["method"]
        good.append(worst(method, attribution(model, record), GAP if method == "integrated-gradients" else 0))
    sys.exit(not all(good))


def golden(directory, out):
    model = opened(directory)
    c = model.config
    stacks = {"self": (c.encoder_layers, c.encoder_attention_heads), "decoder": (c.decoder_layers, c.decoder_attention_heads)}
    stacks["cross"] = stacks["decoder"]
    tokens = lambda all: [{"id": i} for i in all]
    run = lambda source, target: {"tokens": {"source": tokens(source), "target": tokens([c.decoder_start_token_id] + target)}}
    source, target = [10, 20, 31, 7, 4, 9, 0], [28, 22, 13, 5, 0]
    own, other = run(source, target), run([10, 21, 31, 8, 4, 9, 0], [28, 22, 7, 5, 0])
    round = lambda pairs: [float("%.9g" % want) for _, want in pairs]
    own["ablation"] = [{"kind": k, "layer": l, "head": h, "delta": 0} for k, (layers, heads) in stacks.items() for l in range(layers) for h in range(heads)]
    own["patch"] = [{"kind": k, "layer": l, "position": i, "recovered": 0}
                    for k, n in (("self", len(source)), ("decoder", 3)) for l in range(-1, stacks[k][0]) for i in range(n)]
    with torch.no_grad():
        ablated, patched = round(ablation(model, own)), round(patch(model, own, other))
    result = {"source": source, "target": target, "other": {"source": [t["id"] for t in other["tokens"]["source"]], "target": [t["id"] for t in other["tokens"]["target"]][1:]},
              "position": 2,
              "ablation": [dict(kind=a["kind"], layer=a["layer"], head=a["head"], delta=v) for a, v in zip(own["ablation"], ablated)],
              "patch": [dict(kind=p["kind"], layer=p["layer"], position=p["position"], recovered=v) for p, v in zip(own["patch"], patched)]}
    for method in ("gradient-input", "integrated-gradients"):
        own["attribution"] = {"method": method, "position": 2, "source": [0] * len(source), "target": [0] * len(target)}
        result[method] = round(attribution(model, own))
    with open(out, "w") as f:
        f.write("{\n" + ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in result.items()) + "\n}\n")


if sys.argv[1] == "--golden":
    golden(*sys.argv[2:])
else:
    main(*sys.argv[1:])
