"""Writes the tiny random GPT-2 and BERT of the folders gpt2 and bert and what transformers computes with them.

    python3 golden.py            # needs torch, transformers<4.48, safetensors

writes config.json, model.safetensors and golden.json in both. (The folder marian has a script of its
own.) Every weight and bias is drawn at random (those of the layer norms too), so that a reader that
forgets one gives wrong numbers. The weights are float32; the reference runs in float64, and the
greatest difference to transformers' own float32 run is written into the header.

golden.json: arrays are nested lists, outermost index first:
    cases[].input    ids
    cases[].hidden   [token, width]               what the last block gives, after ln_f in GPT-2
    cases[].logits   [token, vocab]
    cases[].maps     [layer, head, query, key]    attention, after softmax
"""
import json
import os

import safetensors
import safetensors.torch
import torch
import transformers
from transformers import BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 4711
VOCAB = 37

GPT2 = GPT2Config(
    vocab_size=VOCAB, n_positions=24, n_embd=24, n_layer=3, n_head=4, n_inner=56,
    activation_function="gelu_new", layer_norm_epsilon=1e-5, bos_token_id=3, eos_token_id=3,
    resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, attn_implementation="eager",
)
BERT = BertConfig(
    vocab_size=VOCAB, hidden_size=24, num_hidden_layers=3, num_attention_heads=3, intermediate_size=40,
    hidden_act="gelu", max_position_embeddings=24, type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0,
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager",
)


def is_gain(name):
    return name.endswith(("LayerNorm.weight", "ln_1.weight", "ln_2.weight", "ln_f.weight"))


def draw(model):
    """Fills every parameter; a tied one has one name among them."""
    g = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, t in sorted(model.named_parameters()):
            noise = torch.randn(t.shape, generator=g)
            t.copy_(1 + 0.1 * noise if is_gain(name) else 0.25 * noise)


def run(model, ids):
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]), output_attentions=True, output_hidden_states=True)
    return {
        "input": ids,
        "hidden": out.hidden_states[-1][0],
        "logits": out.logits[0],
        "maps": torch.stack([m[0] for m in out.attentions]),
    }


def rounded(x):
    """Tensors as nested lists of 7 significant digits."""
    if isinstance(x, torch.Tensor):
        x = x.tolist()
    if isinstance(x, list):
        return [rounded(v) for v in x]
    return float(f"{x:.7g}") if isinstance(x, float) else x


def write(folder, model_class, config):
    folder = os.path.join(HERE, folder)
    os.makedirs(folder, exist_ok=True)
    torch.set_default_dtype(torch.float32)
    model = model_class(config).eval()
    draw(model)
    model.save_pretrained(folder)  # names, shapes and config.json as transformers itself has them
    generation = os.path.join(folder, "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)

    g = torch.Generator().manual_seed(SEED + 1)
    inputs = [torch.randint(0, VOCAB, (n,), generator=g).tolist() for n in (7, 1, 20)]
    single = [run(model, ids) for ids in inputs]
    torch.set_default_dtype(torch.float64)  # for the masks that transformers makes
    model = model.double()
    double = [run(model, ids) for ids in inputs]

    worst = max((a[k].double() - b[k]).abs().max().item()
                for a, b in zip(single, double) for k in ("hidden", "logits", "maps"))
    golden = {
        "header": {
            "what": f"a tiny random model, computed by transformers' {model_class.__name__} in float64",
            "written_by": "golden.py",
            "tolerance": 1e-5,
            "float32_difference": rounded(worst),
            "seed": SEED,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "safetensors": safetensors.__version__,
        },
        "cases": [{k: rounded(v) for k, v in case.items()} for case in double],
    }
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(golden, f, separators=(",", ":"))
        f.write("\n")
    print(model_class.__name__, "float32 differs by", worst)


def main():
    torch.set_num_threads(1)
    write("gpt2", GPT2LMHeadModel, GPT2)
    write("bert", BertForMaskedLM, BERT)


if __name__ == "__main__":
    main()
