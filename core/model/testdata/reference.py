"""Checks a model that Heed has trained against Python: what Heed shows must be what the model does. It is
run by hand, on the files that `heed export` and `heed run` write. The three families of transformers:

    heed export -model en-fr -o EXPORT
    heed run -model en-fr -file reference.txt -out json -o greedy.jsonl
    heed run -model en-fr -file reference.txt -out json -beam 4 -o beam.jsonl
    python3 reference.py EXPORT greedy.jsonl beam.jsonl

    heed run -model stories -file reference.txt -out json -max-tokens 40 -o greedy.jsonl
    python3 reference.py EXPORT greedy.jsonl            # GPT2LMHeadModel

    heed run -model fill -file reference-fill.txt -out json -o filled.jsonl
    python3 reference.py EXPORT filled.jsonl            # BertForMaskedLM

A compression model is run as a translator is; what it may write is told to transformers by a rule
written anew here. transformers knows no recurrent network of this kind, so theirs is written out below,
a step at a time, over torch.nn.GRU and GRUCell, and DIR is the model's own directory (greedy only):

    python3 reference.py DIR greedy.jsonl

It needs torch, safetensors and transformers before 4.48. With Debian's python3-torch 1.13:

    python3 -m venv --system-site-packages venv
    venv/bin/pip install 'transformers<4.48' 'numpy<2' safetensors

The reference runs in float64. Printed for each text: the largest absolute error over all attention
maps (and context vectors), over the probabilities listed for every position, and over their logarithms,
which differ as logits do; and whether the same tokens are written, greedily (first file) and with a beam
of 4 (second file). The exit status is 1 when token ids differ, when what is written differs, when an error
of a weight or a probability is above 1e-4, or one of a logit above 1e-3.
"""
import json
import math
import os
import sys

import torch
from safetensors.torch import load_file
from transformers import BertForMaskedLM, GPT2LMHeadModel, MarianMTModel, PreTrainedTokenizerFast
from transformers.utils import logging

TOLERANCE = 1e-4
LOGITS = 1e-3
WRITTEN_ON = 40  # -max-tokens of a text written on


def ids(tokens):
    return [t["id"] for t in tokens]


class Transformer:
    """A model of transformers: logits, maps by kind, and what it writes."""

    def __init__(self, directory, config):
        self.kind = config["model_type"]
        self.task = config["heed"]["task"]
        of = {"marian": MarianMTModel, "gpt2": GPT2LMHeadModel, "bert": BertForMaskedLM}[self.kind]
        model, info = of.from_pretrained(directory, output_loading_info=True, attn_implementation="eager")
        print("loaded:", {k: v for k, v in info.items() if v} or "no key missing, none left over")
        torch.set_default_dtype(torch.float64)  # for the masks that transformers makes
        self.model = model.double().eval()
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(directory)
        if self.kind == "marian":
            g = model.generation_config
            assert g.bad_words_ids == [[g.pad_token_id]] and g.forced_eos_token_id is None, g

    def run(self, source, target):
        with torch.no_grad():
            if self.kind == "marian":
                out = self.model(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([target[:-1]]), output_attentions=True)
                maps = {"self": out.encoder_attentions, "decoder": out.decoder_attentions, "cross": out.cross_attentions}
            else:
                out = self.model(input_ids=torch.tensor([source]), output_attentions=True)
                maps = {"decoder" if self.kind == "gpt2" else "self": out.attentions}
        return out.logits[0], {(k, layer, head): m for k in maps for layer, heads in enumerate(maps[k]) for head, m in enumerate(heads[0])}, None

    def write(self, source, beam):
        """What transformers writes with no more tokens than Heed allows itself."""
        more = {}
        if self.task == "compression":
            rule = Rule(source, self.tokenizer)
            more["prefix_allowed_tokens_fn"] = lambda _, written: rule.allowed(written.tolist()[1:])
        if self.kind == "gpt2":
            most = min(WRITTEN_ON, self.model.config.n_positions - len(source))
        else:
            most = 2 * len(source) + 20
        # synced_gpus: unless told, generate asks a part of torch that Debian's 1.13 cannot import.
        x = torch.tensor([source])
        out = self.model.generate(x, attention_mask=torch.ones_like(x), num_beams=beam, length_penalty=1.0, early_stopping=False,
                                  do_sample=False, max_new_tokens=most, synced_gpus=False, **more)
        return out[0].tolist()


class Rule:
    """What a compression may go on with: words of the source, in their order, at least one."""

    def __init__(self, source, tokenizer):
        self.eos = tokenizer.eos_token_id
        self.words = []
        for i, piece in zip(source, tokenizer.convert_ids_to_tokens(source)):
            if i == self.eos:
                continue
            if piece.startswith("Ġ") or not self.words:
                self.words.append([])
            self.words[-1].append(i)

    def allowed(self, written):
        out = set()

        def follow(rest, k, some):
            """rest is still to be explained by words from number k on."""
            if not rest and some:
                out.add(self.eos)
            for j in range(k, len(self.words)):
                w = self.words[j]
                if len(rest) < len(w) and rest == w[:len(rest)]:
                    out.add(w[len(rest)])
                elif rest and rest[:len(w)] == w and (rest[len(w):], j + 1) not in seen:
                    seen.append((rest[len(w):], j + 1))
                    follow(rest[len(w):], j + 1, True)

        seen = []
        follow(written, 0, False)
        return sorted(out) or [self.eos]


class Recurrent:
    """Heed's recurrent translators over torch.nn.GRU; core/recurrent/testdata/golden.py has the same in small."""

    def __init__(self, directory, config):
        torch.set_default_dtype(torch.float64)
        self.kind, self.task, self.config = "recurrent", config["heed"]["task"], config
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_file=os.path.join(directory, "tokenizer.json"), split_special_tokens=True,
                                                 clean_up_tokenization_spaces=False, model_max_length=config["max_position_embeddings"])
        file = load_file(os.path.join(directory, "model.safetensors"))
        w = {}
        for name, x in file.items():
            if not name.endswith(".scale"):
                scale = file.get(name + ".scale")
                # An int8 stands for the float32 nearest to its product with the scale.
                w[name] = (x if scale is None else x.float() * scale.reshape(-1, 1)).double()
        left = set(w)

        def take(name):
            left.discard(name)
            return w[name]

        def row(name):
            return take(name).reshape(-1)

        E, H, hidden = config["d_model"], config["decoder_hidden_size"], config["encoder_hidden_size"]
        both = bool(config.get("bidirectional"))
        self.both, self.root = both, math.sqrt(E) if config.get("scale_embedding") else 1
        self.embedding = take("shared.weight")
        self.encoder = torch.nn.GRU(E, hidden, config["encoder_layers"], bidirectional=both)
        self.cell = torch.nn.GRUCell(E + hidden * (1 + both), H)
        with torch.no_grad():
            for name, p in self.encoder.named_parameters():
                p.copy_(take("encoder." + name).reshape(p.shape))
            self.cell.weight_ih.copy_(torch.cat([take("decoder.weight_ih"), take("decoder.weight_ch")], 1))
            self.cell.weight_hh.copy_(take("decoder.weight_hh"))
            self.cell.bias_ih.copy_(row("decoder.bias_ih"))
            self.cell.bias_hh.copy_(row("decoder.bias_hh"))
        self.initial = take("decoder.initial.weight"), row("decoder.initial.bias")
        kind = config["attention"]
        self.score = None
        if kind == "additive":
            W, U, b, v = take("attention.query.weight"), take("attention.key.weight"), row("attention.key.bias"), row("attention.vector.weight")
            self.score = lambda s, h: torch.tanh(W @ s + h @ U.T + b) @ v
        elif kind == "general":
            W = take("attention.key.weight")
            self.score = lambda s, h: h @ (W.T @ s)
        elif kind != "none":
            self.score = lambda s, h: h @ s / (math.sqrt(H) if kind == "scaled_dot" else 1)
        self.out = [take("output.state.weight"), take("output.embedding.weight"), take("output.context.weight"), row("output.state.bias")]
        self.head = self.embedding if config.get("tie_word_embeddings") else take("lm_head.weight")
        self.bias = row("final_logits_bias")
        print("loaded:", f"left over: {sorted(left)}" if left else "no key missing, none left over")

    def begin(self, source):
        h, last = self.encoder((self.embedding[source] * self.root).unsqueeze(1))
        fixed = last[-2:, 0].reshape(-1) if self.both else last[-1, 0]
        return h[:, 0], fixed, torch.tanh(self.initial[0] @ fixed + self.initial[1])

    def step(self, h, fixed, s, i):
        context, a = fixed, None
        if self.score:
            a = torch.softmax(self.score(s, h), 0)
            context = a @ h
        e = self.embedding[i] * self.root
        s = self.cell(torch.cat([e, context])[None], s[None])[0]
        o_s, o_e, o_c, o_b = self.out
        return self.head @ torch.tanh(o_s @ s + o_e @ e + o_c @ context + o_b) + self.bias, s, a, context

    def run(self, source, target):
        with torch.no_grad():
            h, fixed, s = self.begin(source)
            logits, rows, contexts = [], [], []
            for i in target[:-1]:
                l, s, a, context = self.step(h, fixed, s, i)
                logits.append(l)
                rows.append(a)
                contexts.append(context)
        maps = {("rnn", 0, 0): torch.stack(rows)} if self.score else {}
        return torch.stack(logits), maps, torch.stack(contexts if self.score else contexts[:1])

    def write(self, source, beam):
        assert beam == 1, "the beam of a recurrent model is checked by Heed's tests alone"
        c = self.config
        out = [c["decoder_start_token_id"]]
        with torch.no_grad():
            h, fixed, s = self.begin(source)
            while len(out) <= 2 * len(source) + 20 and (len(out) == 1 or out[-1] != c["eos_token_id"]):
                l, s, _, _ = self.step(h, fixed, s, out[-1])
                l[c["pad_token_id"]] = -math.inf
                out.append(int(l.argmax()))
        return out


def errors(model, source, target, record):
    """The largest absolute errors of the maps, the probabilities and their logarithms of one record."""
    logits, want, contexts = model.run(source, target)
    maps = 0.0
    for m in record["maps"]:
        w = want[m["kind"], m["layer"], m["head"]]
        got = torch.tensor(m["weights"]).reshape(m["rows"], m["cols"])
        assert got.shape == w.shape, (m["kind"], got.shape, w.shape)
        maps = max(maps, (got - w).abs().max().item())
    assert len(record["maps"]) == len(want), f"{len(record['maps'])} maps of {len(want)}"
    if contexts is not None:
        c = record["context"]
        maps = max(maps, (torch.tensor(c["values"]).reshape(c["rows"], c["cols"]) - contexts).abs().max().item())
    probabilities, top, logs = logits.softmax(-1), 0.0, 0.0
    if model.kind != "bert":
        assert len(record["predictions"]) == len(probabilities)
    for p in record["predictions"]:
        row = probabilities[p["position"]]
        best = row.topk(len(p["top"])).values
        for c, rank in zip(p["top"], best):
            top = max(top, abs(row[c["id"]].item() - c["p"]), abs(rank.item() - c["p"]))
            if c["p"] > 1e-30:
                logs = max(logs, abs(math.log(row[c["id"]].item()) - math.log(c["p"])))
    return maps, top, logs


def sides(model, record):
    """The ids that were read, those that the model was given or wrote, and whether Python reads the text alike."""
    t = record["tokens"]
    source, target = ids(t["source"]), ids(t.get("target") or [])
    tokenizer = model.tokenizer
    if model.kind == "gpt2":
        text = record["text"][:len(record["text"]) - len(record["output"])]
        read = tokenizer(text, truncation=True).input_ids
        return source, source, read == source[:len(read)], read
    if model.task == "compression":  # which reads words in the form of its data
        text = tokenizer.decode(source, skip_special_tokens=True)
    else:
        text = record["text"]
        assert model.kind == "bert" or tokenizer.decode(target, skip_special_tokens=True).removeprefix(" ") == record["output"].removeprefix(" "), record["output"]
    return source, target, source == tokenizer(text, truncation=True).input_ids, source


def main(directory, *files):
    logging.set_verbosity_error()
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as f:
        config = json.load(f)
    model = (Recurrent if config["model_type"] == "recurrent" else Transformer)(directory, config)
    failed, n = False, 0
    worst = [0.0, 0.0, 0.0]
    for path, beam in zip(files, (1, 4)):
        same = 0
        with open(path, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
        for r in records:
            source, target, read, given = sides(model, r)
            wrong = errors(model, source, target, r)
            worst = [max(a, b) for a, b in zip(worst, wrong)]
            alike, theirs = True, target
            if model.kind != "bert":
                theirs = model.write(given, beam)
                # GPT-2's end token is the first that Heed leaves out.
                alike = theirs == target or model.kind == "gpt2" and theirs == target + [model.model.config.eos_token_id]
            same += alike
            failed |= not read or not alike
            n += 1
            own = "" if model.kind == "bert" else f" {len(target) - len(given) if model.kind == 'gpt2' else len(target) - 1:3} written {'alike' if alike else 'DIFFERENTLY'},"
            print(f"beam {beam}: {len(given):3} tokens read {'alike' if read else 'DIFFERENTLY'},{own} maps {wrong[0]:.1e}, probabilities {wrong[1]:.1e}, logits {wrong[2]:.1e}  {r['text'][:40]}")
            if not alike:
                print("    heed  ", model.tokenizer.decode(target))
                print("    python", model.tokenizer.decode(theirs))
        if model.kind != "bert":
            print(f"beam {beam}: {same} of {len(records)} outputs are the same")
    print(f"largest absolute errors over {n} records: maps {worst[0]:.2e}, probabilities {worst[1]:.2e}, logits {worst[2]:.2e}")
    return failed or max(worst[:2]) > TOLERANCE or worst[2] > LOGITS


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(1 if main(*sys.argv[1:]) else 0)
