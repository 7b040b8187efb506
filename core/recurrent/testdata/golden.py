"""Writes golden.json here: what PyTorch computes with tiny random recurrent models.

    python3 golden.py            # needs torch; written with 1.13

The encoder is torch.nn.GRU. The decoders are written out below, a step at a time and a sequence at a
time, with torch.nn.GRUCell over the concatenated embedding and context: one that reads a fixed
context (Cho et al. 2014) and one with Bahdanau et al.'s soft attention, with each score function.
Every weight and bias is drawn from N(0, 0.25) (standard deviation 0.5), so that a reader that
forgets one gives wrong numbers, and rounded to 4 decimals. All is computed in float64.

golden.json: cases[], each with config, weights (name -> rows), and sequences[]:
    source, target  ids; target is what is put in, the start token first
    encoder         [source, C] states of the last layer
    states          [target, H] of the decoder
    contexts        [target, C]
    scores, attention  [target, source], absent for a fixed context
    output          [target, E] the tanh layer before the logits
    logits          [target, V]
"""
import json
import math
import os

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_default_dtype(torch.float64)
V, START, EOS = 11, 10, 0

CASES = [
    dict(attention="none", bidirectional=True, encoder_layers=2, encoder_hidden_size=4, decoder_hidden_size=7, tie_word_embeddings=True),
    dict(attention="none", bidirectional=False, encoder_layers=1, encoder_hidden_size=5, decoder_hidden_size=6, tie_word_embeddings=False),
    dict(attention="additive", bidirectional=True, encoder_layers=1, encoder_hidden_size=4, decoder_hidden_size=7, attention_dim=5, tie_word_embeddings=True),
    dict(attention="dot", bidirectional=True, encoder_layers=1, encoder_hidden_size=3, decoder_hidden_size=6, tie_word_embeddings=True),
    dict(attention="general", bidirectional=False, encoder_layers=2, encoder_hidden_size=5, decoder_hidden_size=6, tie_word_embeddings=False),
    dict(attention="scaled_dot", bidirectional=True, encoder_layers=2, encoder_hidden_size=3, decoder_hidden_size=6, tie_word_embeddings=True),
]
SEQUENCES = [
    ([3, 1, 0], [START, 2, 7, 7]),
    ([5, 9, 4, 4, 1, 8, 0], [START]),
    ([0], [START, 6, 1, 2, 9, 3]),
    ([2, 6, 6, 7, 0], [START, 8, 5, 1]),
]


def run(config, generator):
    c = dict(vocab_size=V, d_model=6, scale_embedding=True, max_position_embeddings=40,
             pad_token_id=START, eos_token_id=EOS, decoder_start_token_id=START, **config)
    E, H = c["d_model"], c["decoder_hidden_size"]
    C = c["encoder_hidden_size"] * (2 if c["bidirectional"] else 1)
    A = c.get("attention_dim", H)
    weights = {}

    def draw(name, rows, cols):
        w = (torch.randn(rows, cols, generator=generator) * 0.5 * 1e4).round() / 1e4
        weights[name] = w.tolist()
        return w

    embedding = draw("shared.weight", V, E)
    encoder = torch.nn.GRU(E, c["encoder_hidden_size"], c["encoder_layers"], bidirectional=c["bidirectional"])
    cell = torch.nn.GRUCell(E + C, H)
    with torch.no_grad():
        for name, p in encoder.named_parameters():
            w = draw("encoder." + name, *(p.shape if p.dim() == 2 else (1, len(p))))
            p.copy_(w.reshape(p.shape))
        # The columns of weight_ih that read the context are a matrix of their own.
        cell.weight_ih.copy_(torch.cat([draw("decoder.weight_ih", 3 * H, E), draw("decoder.weight_ch", 3 * H, C)], 1))
        cell.weight_hh.copy_(draw("decoder.weight_hh", 3 * H, H))
        cell.bias_ih.copy_(draw("decoder.bias_ih", 1, 3 * H)[0])
        cell.bias_hh.copy_(draw("decoder.bias_hh", 1, 3 * H)[0])
    w_init, b_init = draw("decoder.initial.weight", H, C), draw("decoder.initial.bias", 1, H)[0]
    kind = c["attention"]
    if kind == "additive":
        W, U = draw("attention.query.weight", A, H), draw("attention.key.weight", A, C)
        b, v = draw("attention.key.bias", 1, A)[0], draw("attention.vector.weight", 1, A)[0]
    if kind == "general":
        W = draw("attention.key.weight", H, C)
    score = {
        "additive": lambda s, h: v @ torch.tanh(W @ s + U @ h + b),
        "dot": lambda s, h: s @ h,
        "general": lambda s, h: s @ (W @ h),
        "scaled_dot": lambda s, h: s @ h / math.sqrt(H),
    }.get(kind)
    o_s, o_b = draw("output.state.weight", E, H), draw("output.state.bias", 1, E)[0]
    o_e, o_c = draw("output.embedding.weight", E, E), draw("output.context.weight", E, C)
    head = embedding if c["tie_word_embeddings"] else draw("lm_head.weight", V, E)
    bias = draw("final_logits_bias", 1, V)[0]

    def embed(i):
        return embedding[i] * math.sqrt(E)

    sequences = []
    for source, target in SEQUENCES:
        out = {k: [] for k in ("states", "contexts", "scores", "attention", "output", "logits")}
        h, last = encoder(torch.stack([embed(i) for i in source]).unsqueeze(1))
        h = h[:, 0]
        # last is [layers * directions, 1, hidden]; its end is the last layer's, forward then backward.
        fixed = last[-2:, 0].reshape(-1) if c["bidirectional"] else last[-1, 0]
        s = torch.tanh(w_init @ fixed + b_init)
        for i in target:
            context = fixed
            if score:
                scores = torch.stack([score(s, h_j) for h_j in h])
                a = torch.softmax(scores, 0)
                context = sum(a_j * h_j for a_j, h_j in zip(a, h))
                out["scores"].append(scores)
                out["attention"].append(a)
            s = cell(torch.cat([embed(i), context])[None], s[None])[0]
            t = torch.tanh(o_s @ s + o_e @ embed(i) + o_c @ context + o_b)
            out["states"].append(s)
            out["contexts"].append(context)
            out["output"].append(t)
            out["logits"].append(head @ t + bias)
        out["encoder"] = list(h)
        sequences.append(dict(source=source, target=target,
                              **{k: [[round(x, 7) for x in r.tolist()] for r in rows] for k, rows in out.items() if rows}))
    return dict(config=c, weights=weights, sequences=sequences)


with torch.no_grad():
    generator = torch.Generator().manual_seed(1409)
    golden = dict(written_by="golden.py with torch " + torch.__version__, cases=[run(c, generator) for c in CASES])
with open(os.path.join(HERE, "golden.json"), "w") as f:
    json.dump(golden, f, separators=(",", ":"))
    f.write("\n")
