"""Checks a model that Heed ships against transformers' MarianMTModel: what Heed shows must be what
the model does. It is run by hand, on the files that `heed export` and `heed run` write:

    heed export -model en-fr -o EXPORT
    heed run -model en-fr -file reference.txt -out json -o greedy.jsonl
    heed run -model en-fr -file reference.txt -out json -beam 4 -o beam.jsonl
    python3 reference.py EXPORT greedy.jsonl beam.jsonl

It needs torch and transformers before 4.48. With Debian's python3-torch 1.13:

    python3 -m venv --system-site-packages venv
    venv/bin/pip install 'transformers<4.48' 'numpy<2'

The reference runs in float64. Printed for each text: the largest absolute error over all attention
maps and over the five most probable tokens of every position, and whether transformers writes the
same tokens, greedily (greedy.jsonl) and with a beam of 4 (beam.jsonl). The exit status is 1 when token
ids differ, when an error is above 1e-4, or when what is written differs.
"""
import json
import sys

import torch
from transformers import MarianMTModel, PreTrainedTokenizerFast
from transformers.utils import logging

TOLERANCE = 1e-4
KINDS = {"self": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}


def load(directory):
    model, info = MarianMTModel.from_pretrained(directory, output_loading_info=True, attn_implementation="eager")
    print("loaded:", {k: v for k, v in info.items() if v} or "no key missing, none left over")
    torch.set_default_dtype(torch.float64)  # for the masks that transformers makes
    return model.double().eval(), PreTrainedTokenizerFast.from_pretrained(directory)


def ids(tokens):
    return [t["id"] for t in tokens]


def errors(model, source, target, record):
    """The largest absolute errors of the maps and of the predictions of one record."""
    with torch.no_grad():
        out = model(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([target[:-1]]), output_attentions=True)
    maps = 0.0
    for m in record["maps"]:
        want = getattr(out, KINDS[m["kind"]])[m["layer"]][0, m["head"]]
        got = torch.tensor(m["weights"]).reshape(m["rows"], m["cols"])
        assert got.shape == want.shape, (m["kind"], got.shape, want.shape)
        maps = max(maps, (got - want).abs().max().item())
    heads = sum(layer.shape[1] for kind in KINDS.values() for layer in getattr(out, kind))
    assert len(record["maps"]) == heads, f"{len(record['maps'])} maps of {heads}"
    probabilities = out.logits[0].softmax(-1)
    assert len(record["predictions"]) == len(probabilities)
    top = 0.0
    for p in record["predictions"]:
        row = probabilities[p["position"]]
        best = row.topk(len(p["top"])).values
        for c, rank in zip(p["top"], best):
            top = max(top, abs(row[c["id"]].item() - c["p"]), abs(rank.item() - c["p"]))
    return maps, top


def written(model, source, beam):
    """What transformers writes with no more tokens than Heed allows itself."""
    # synced_gpus: unless told, generate asks a part of torch that Debian's 1.13 cannot import.
    out = model.generate(torch.tensor([source]), num_beams=beam, length_penalty=1.0, early_stopping=False, do_sample=False,
                         max_new_tokens=2 * len(source) + 20, synced_gpus=False)
    return out[0].tolist()


def main(directory, *files):
    logging.set_verbosity_error()
    model, tokenizer = load(directory)
    g = model.generation_config
    assert g.bad_words_ids == [[g.pad_token_id]] and g.forced_eos_token_id is None, g
    failed, n = False, 0
    worst = [0.0, 0.0]
    for path, beam in zip(files, (1, 4)):
        same = 0
        with open(path, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
        for r in records:
            source, target = ids(r["tokens"]["source"]), ids(r["tokens"]["target"])
            read = source == tokenizer(r["text"], truncation=True).input_ids
            assert tokenizer.decode(target, skip_special_tokens=True) == r["output"], r["output"]
            maps, top = errors(model, source, target, r)
            theirs = written(model, source, beam)
            worst = [max(worst[0], maps), max(worst[1], top)]
            same += theirs == target
            failed |= not read or theirs != target
            n += 1
            print(f"beam {beam}: {len(source):3} tokens read {'alike' if read else 'DIFFERENTLY'}, {len(target) - 1:3} written"
                  f" {'alike' if theirs == target else 'DIFFERENTLY'}, maps {maps:.1e}, probabilities {top:.1e}  {r['text'][:40]}")
            if theirs != target:
                print("    heed        ", r["output"])
                print("    transformers", tokenizer.decode(theirs, skip_special_tokens=True))
        print(f"beam {beam}: {same} of {len(records)} outputs are the same")
    print(f"largest absolute errors over {n} records: maps {worst[0]:.2e}, probabilities {worst[1]:.2e}")
    return failed or max(worst) > TOLERANCE


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(1 if main(*sys.argv[1:]) else 0)
