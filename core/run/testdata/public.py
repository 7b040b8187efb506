"""Writes what transformers computes with two public models, for public_test.go:

    ./build.sh models                                # fetches them into .cache/models
    heed run -model .cache/models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf -text "$(head -c 2400 README.md)" -out json -o text.json
    python3 public.py ../../../.cache/models text.json    # needs torch, transformers<4.48, gguf<0.11, accelerate, numpy<2

minilm.json: the attention of a sentence, and the vectors of some, by transformers' BertModel in float64, pooled by the
mean and normalised as the model's card does it.

smollm2.json: the tokens of a text, and of every position some logits, the two largest ones, the most probable token and
the log of the sum of exponentials; of some layers the last rows of its maps. transformers reads the same GGUF file:
its weights are dequantised by the package gguf, and rows of queries and keys are brought into Llama's own order.
"""
import glob
import json
import os
import sys

import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
SENTENCES = [
    "The animal didn't cross the street because it was too tired.",
    "The creature stayed on this side, for it was exhausted.",
    "Trains to the coast leave at noon.",
    "Ein Café in Zürich: 3,50 € für einen Espresso!",
    "a",
]
MAPPED = 2     # the sentence whose attention is kept
TOKENS = 500
ROWS = 40      # tokens of the text whose maps are kept
LAYERS = [0, 15, 29]


def numbers(x, digits=7):
    if isinstance(x, torch.Tensor):
        x = x.tolist()
    return [numbers(v, digits) for v in x] if isinstance(x, list) else float(f"{x:.{digits}g}") if isinstance(x, float) else x


def write(name, what):
    path = os.path.join(HERE, name)
    with open(path, "w") as f:
        json.dump(what, f, separators=(",", ":"))
        f.write("\n")
    print(name, os.path.getsize(path) // 1000, "kB")


def minilm(directory):
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModel.from_pretrained(directory, attn_implementation="eager").double().eval()
    out = {"sentences": []}
    for i, text in enumerate(SENTENCES):
        ids = tokenizer(text, return_tensors="pt")
        with torch.no_grad():
            run = model(**ids, output_attentions=True)
        vector = torch.nn.functional.normalize(run.last_hidden_state[0].mean(0), dim=0)
        out["sentences"].append({"text": text, "ids": ids["input_ids"][0].tolist(), "vector": numbers(vector, 6)})
        if i == MAPPED:  # every head of every layer, a row a token
            out["mapped"], out["maps"] = i, numbers(torch.stack([m[0] for m in run.attentions]).round(decimals=6))
    write("minilm.json", out)


def smollm2(file, text):
    directory, name = os.path.split(file)
    model = AutoModelForCausalLM.from_pretrained(directory, gguf_file=name, attn_implementation="eager").double().eval()
    with open(text, encoding="utf-8") as f:
        ids = torch.tensor([[t["id"] for t in json.load(f)["tokens"]["source"]][:TOKENS]])
    with torch.no_grad():
        run = model(ids)
    logits = run.logits[0]
    shown = list(range(0, logits.shape[1], logits.shape[1] // 5))[:5]
    out = {"ids": ids[0].tolist(), "shown": shown, "logits": numbers(logits[:, shown], 6), "top": logits.argmax(-1).tolist(),
           "best": numbers(logits.max(-1).values, 6), "second": numbers(logits.topk(2).values[:, 1], 6), "log_sum": numbers(logits.logsumexp(-1), 7), "layers": LAYERS}
    with torch.no_grad():
        short = model(ids[:, :ROWS], output_attentions=True)
    out["rows"] = [numbers(short.attentions[layer][0][:, -1], 5) for layer in LAYERS]
    write("smollm2.json", out)


if __name__ == "__main__":
    torch.set_num_threads(2)
    minilm(os.path.join(sys.argv[1], "minilm"))
    smollm2(glob.glob(os.path.join(os.path.abspath(sys.argv[1]), "smollm2", "*.gguf"))[0], sys.argv[2])
