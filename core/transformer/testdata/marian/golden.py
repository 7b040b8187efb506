"""Writes the tiny random Marian model of this folder and what transformers computes with it.

    python3 golden.py            # needs torch, transformers<4.48, safetensors

writes config.json, model.safetensors and golden.json here. Every weight and bias is drawn at
random (final_logits_bias and the layer norms too), so that a reader that forgets one gives wrong
numbers. The weights are float32; the reference runs in float64, and the greatest difference to
transformers' own float32 run is written into the header.

golden.json: arrays are nested lists, outermost index first:
    cases[].encoder_last   [source, d_model]
    cases[].logits         [target, vocab]        final_logits_bias added
    cases[].encoder_self   [layer, head, source, source]
    cases[].decoder_self   [layer, head, target, target]
    cases[].cross          [layer, head, target, source]
    cases[].greedy, .beam  ids after the start token, with eos where it was reached
    cases[].beam_score     sum of log-probabilities / number of ids; pad is barred after log-softmax,
                           so the others' probabilities do not grow
"""
import inspect
import json
import os

import safetensors
import safetensors.torch
import torch
import transformers
from transformers import MarianConfig, MarianMTModel

HERE = os.path.dirname(os.path.abspath(__file__))
# With this seed two of the greedy runs reach eos and one is cut off, pad would win four steps if it
# were not barred, two beams differ from greedy, and no greedy step is nearer to a tie than 0.007.
SEED = 2667
MAX_NEW = 20
PAD, EOS, VOCAB = 36, 0, 37

config = MarianConfig(
    vocab_size=VOCAB, d_model=24, max_position_embeddings=64,
    encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=40,
    decoder_layers=3, decoder_attention_heads=3, decoder_ffn_dim=56,
    activation_function="swish", scale_embedding=True,
    pad_token_id=PAD, eos_token_id=EOS, decoder_start_token_id=PAD,
    # The default forces eos as the last id of a run that was cut off: switched off, a cut run just ends.
    forced_eos_token_id=None,
    share_encoder_decoder_embeddings=True, tie_word_embeddings=True,
    dropout=0.0, attn_implementation="eager",
)


def is_position_table(name):
    return name.endswith("embed_positions.weight")


def draw(model):
    """Fills every parameter and final_logits_bias; the sinusoids stay."""
    g = torch.Generator().manual_seed(SEED)
    named = dict(model.named_parameters())
    named["final_logits_bias"] = model.final_logits_bias
    with torch.no_grad():
        for name in sorted(named):
            t = named[name]
            if is_position_table(name):
                continue
            noise = torch.randn(t.shape, generator=g)
            if name.endswith("layer_norm.weight"):
                t.copy_(1 + 0.1 * noise)
            else:
                t.copy_(0.25 * noise)


def save(model):
    """Writes each tensor once: the tied ones under model.shared.weight only."""
    tied = {"lm_head.weight", "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"}
    tensors = {
        k: v.contiguous() for k, v in model.state_dict().items()
        if k not in tied and not is_position_table(k)
    }
    safetensors.torch.save_file(tensors, os.path.join(HERE, "model.safetensors"), metadata={"format": "pt"})
    # The keys that are Marian's own, defaults too: a reader need not know the defaults.
    mine = inspect.signature(MarianConfig.__init__).parameters
    keep = {k: v for k, v in config.to_dict().items() if k in mine or k in ("model_type", "tie_word_embeddings")}
    keep |= {"architectures": ["MarianMTModel"], "torch_dtype": "float32", "transformers_version": transformers.__version__}
    with open(os.path.join(HERE, "config.json"), "w") as f:
        f.write(json.dumps(keep, indent=2, sort_keys=True) + "\n")


def after_start(sequence):
    """The generated ids without the start token and what pads a batch."""
    ids = sequence.tolist()[1:]
    while ids and ids[-1] == PAD:
        ids.pop()
    return ids


def run(model, source, target):
    src, tgt = torch.tensor([source]), torch.tensor([target])
    with torch.no_grad():
        out = model(input_ids=src, decoder_input_ids=tgt, output_attentions=True)
        # synced_gpus: unless told, generate asks a part of torch that Debian's 1.13 cannot import.
        kw = dict(synced_gpus=False, max_new_tokens=MAX_NEW, bad_words_ids=[[PAD]], do_sample=False)
        greedy = model.generate(src, num_beams=1, **kw)
        beam = model.generate(src, num_beams=4, length_penalty=1.0, early_stopping=False,
                              return_dict_in_generate=True, output_scores=True, **kw)
    stack = lambda maps: torch.stack([m[0] for m in maps])
    return {
        "source": source,
        "decoder_input": target,
        "encoder_last": out.encoder_last_hidden_state[0],
        "logits": out.logits[0],
        "encoder_self": stack(out.encoder_attentions),
        "decoder_self": stack(out.decoder_attentions),
        "cross": stack(out.cross_attentions),
        "greedy": after_start(greedy[0]),
        "beam": after_start(beam.sequences[0]),
        "beam_score": beam.sequences_scores[0],
    }


def rounded(x):
    """Tensors as nested lists of 7 significant digits."""
    if isinstance(x, torch.Tensor):
        x = x.tolist()
    if isinstance(x, list):
        return [rounded(v) for v in x]
    return float(f"{x:.7g}") if isinstance(x, float) else x


def main():
    torch.set_num_threads(1)
    model = MarianMTModel(config).eval()
    draw(model)
    save(model)

    g = torch.Generator().manual_seed(SEED + 1)
    ids = lambda n: torch.randint(1, PAD, (n,), generator=g).tolist()
    inputs = [
        (ids(6) + [EOS], [PAD] + ids(4)),
        ([EOS], [PAD]),
        (ids(12) + [EOS], [PAD] + ids(16)),
    ]
    single = [run(model, s, t) for s, t in inputs]
    torch.set_default_dtype(torch.float64)  # for the masks that transformers makes
    model = model.double()
    double = [run(model, s, t) for s, t in inputs]

    worst = 0.0
    for a, b in zip(single, double):
        assert a["greedy"] == b["greedy"] and a["beam"] == b["beam"], "a near tie: choose another seed"
        for k in ("encoder_last", "logits", "encoder_self", "decoder_self", "cross"):
            worst = max(worst, (a[k].double() - b[k]).abs().max().item())
    golden = {
        "header": {
            "what": "a tiny random Marian encoder-decoder, computed by transformers' MarianMTModel in float64",
            "written_by": "golden.py",
            "tolerance": 1e-4,
            "float32_difference": rounded(worst),
            "seed": SEED,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "safetensors": safetensors.__version__,
            "greedy": f"at most {MAX_NEW} new ids, pad never generated",
            "beam": f"num_beams 4, length_penalty 1.0, early_stopping False, at most {MAX_NEW} new ids, pad never generated",
        },
        "cases": [{k: rounded(v) for k, v in case.items()} for case in double],
    }
    with open(os.path.join(HERE, "golden.json"), "w") as f:
        json.dump(golden, f, separators=(",", ":"))
        f.write("\n")
    for c in golden["cases"]:
        print(len(c["source"]), c["greedy"], c["beam"], c["beam_score"])
    print("float32 differs by", worst)


if __name__ == "__main__":
    main()
