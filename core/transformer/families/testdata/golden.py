"""Writes what transformers computes for a tiny random model of every family that Heed opens: one file a variant.

    python3 golden.py            # needs torch, transformers<4.48, numpy<2
    python3 golden.py gemma3     # of one variant; this one, modernbert and those named local need transformers 4.51

NAME.json: config (a config.json), tensors (of the model's file, by name, with their shapes; what is tied has one
name), cases. No weight is stored: every one, biases and gains of norms too, follows from its name, by draw(),
which families_test.go has too. So a reader that forgets one, or puts it elsewhere, gives wrong numbers. The
reference runs in float64; the header says how far transformers' own float32 run is from it.

    cases[].source, target   ids; a model of one stack has source alone
    cases[].logits           [token, vocab]; of an encoder without a head instead hidden, [token, width]
    cases[].maps             by kind: [layer, head, query, key], after softmax
    cases[].greedy           what generate() writes after source, or as the target; absent of an encoder
"""
import copy
import json
import os
import sys

import numpy as np
import torch
if torch.__version__ < "2":
    import old_torch  # noqa: F401
import transformers as hf

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = (1 << 64) - 1


def draw(name, shape):
    """Numbers from the name of a weight: splitmix64 over FNV-1a, 24 bits each, exact in float32."""
    h = 0xCBF29CE484222325
    for b in name.encode():
        h = ((h ^ b) * 0x100000001B3) & MASK
    n = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    u = ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)  # in [-1, 1)
    gain = name.endswith((".weight", ".gamma")) and any(part in name.lower().split(".")[-2] for part in ("norm", "ln_"))
    x = np.float32(1) + np.float32(0.25) * u if gain else np.float32(0.5) * u
    return torch.from_numpy(x.astype(np.float32).reshape(shape))


class HeadNorm(torch.nn.Module):
    """A projection whose heads are normalised by their root mean square: Qwen3's q_norm and k_norm (transformers has
    Qwen3 from 4.51 on; it is Qwen2 without biases and with these)."""

    def __init__(self, linear, heads, width, eps):
        super().__init__()
        self.linear, self.heads, self.eps = linear, heads, eps
        self.norm = torch.nn.Parameter(torch.ones(width))

    def forward(self, x):
        y = self.linear(x)
        h = y.view(*y.shape[:-1], self.heads, -1)
        h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.eps) * self.norm
        return h.view(y.shape)


def qwen3(config):
    model = hf.LlamaForCausalLM(config)
    for layer in model.model.layers:
        a = layer.self_attn
        a.q_proj = HeadNorm(a.q_proj, config.num_attention_heads, config.head_dim, config.rms_norm_eps)
        a.k_proj = HeadNorm(a.k_proj, config.num_key_value_heads, config.head_dim, config.rms_norm_eps)
    return model


def as_qwen3(name):
    for p in "qk":
        name = name.replace(f"{p}_proj.linear.", f"{p}_proj.").replace(f"{p}_proj.norm", f"{p}_norm.weight")
    return name


SMALL = dict(vocab_size=31, attn_implementation="eager")
LLAMA = dict(SMALL, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=20,
             max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0, rms_norm_eps=1e-5)
BERT = dict(SMALL, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, max_position_embeddings=32,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=1)
GPT2 = dict(SMALL, n_positions=24, n_embd=24, n_layer=2, n_head=4, bos_token_id=3, eos_token_id=3, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
NEOX = dict(SMALL, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, max_position_embeddings=32,
            bos_token_id=0, eos_token_id=0, hidden_dropout=0.0, attention_dropout=0.0)
PAIR = dict(SMALL, d_model=24, encoder_layers=2, decoder_layers=2, encoder_attention_heads=3, decoder_attention_heads=4, encoder_ffn_dim=20,
            decoder_ffn_dim=22, max_position_embeddings=32, dropout=0.0, attention_dropout=0.0, activation_dropout=0.0)
T5 = dict(SMALL, d_model=24, d_kv=5, d_ff=20, num_layers=2, num_decoder_layers=3, num_heads=4, relative_attention_num_buckets=8,
          relative_attention_max_distance=12, dropout_rate=0.0, decoder_start_token_id=0)
SCALED = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}

MODERN = dict(SMALL, hidden_size=24, num_hidden_layers=4, num_attention_heads=3, intermediate_size=20, max_position_embeddings=64, global_attn_every_n_layers=3,
              local_attention=24, global_rope_theta=300.0, local_rope_theta=40.0, pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2,
              reference_compile=False)

GEMMA = dict(SMALL, hidden_size=24, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, head_dim=10, intermediate_size=20,
             max_position_embeddings=64, sliding_window=5, sliding_window_pattern=3, rope_theta=300.0, rope_local_base_freq=40.0,
             query_pre_attn_scalar=14, bos_token_id=2, eos_token_id=1, pad_token_id=0, rms_norm_eps=1e-5)

# name: the model, its configuration, how its file spells a name of the model; None is not in it, and 0 in the model.
same = lambda name: name  # noqa: E731
BART = hf.BartConfig(**PAIR, scale_embedding=True, pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, forced_bos_token_id=None,
                     forced_eos_token_id=None)
VARIANTS = {
    "gpt2": (hf.GPT2LMHeadModel, hf.GPT2Config(**GPT2), lambda n: n.removeprefix("transformer.")),
    "bert": (hf.BertForMaskedLM, hf.BertConfig(**BERT), lambda n: n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")),
    "bert-bare": (hf.BertModel, hf.BertConfig(**BERT), same),
    "distilbert": (hf.DistilBertForMaskedLM, hf.DistilBertConfig(**SMALL, dim=24, n_layers=2, n_heads=3, hidden_dim=20, max_position_embeddings=32,
                                                                 dropout=0.0, attention_dropout=0.0), same),
    "roberta": (hf.RobertaForMaskedLM, hf.RobertaConfig(**BERT, type_vocab_size=1, hidden_act="relu"), same),
    "roberta-bare": (hf.RobertaModel, hf.RobertaConfig(**BERT, type_vocab_size=1), same),
    "llama": (hf.LlamaForCausalLM, hf.LlamaConfig(**LLAMA, rope_scaling=SCALED, rope_theta=100.0, attention_bias=True, mlp_bias=True), same),
    "smollm2": (hf.LlamaForCausalLM, hf.LlamaConfig(**LLAMA, tie_word_embeddings=True, rope_scaling={"type": "linear", "factor": 2.0}), same),
    "llama-dynamic": (hf.LlamaForCausalLM, hf.LlamaConfig(**LLAMA, head_dim=10, rope_scaling={"type": "dynamic", "factor": 2.0}), same),
    "mistral": (hf.MistralForCausalLM, hf.MistralConfig(**LLAMA, head_dim=8, sliding_window=24), same),
    "qwen2": (hf.Qwen2ForCausalLM, hf.Qwen2Config(**LLAMA, tie_word_embeddings=True), same),
    "qwen3": (qwen3, hf.LlamaConfig(**LLAMA, head_dim=10), as_qwen3),
    "pythia": (hf.GPTNeoXForCausalLM, hf.GPTNeoXConfig(**NEOX, rotary_pct=0.5), same),
    "neox-sequential": (hf.GPTNeoXForCausalLM, hf.GPTNeoXConfig(**NEOX, use_parallel_residual=False, rotary_pct=1.0), same),
    "bart": (hf.BartForConditionalGeneration, BART, same),
    "bart-bare": (hf.BartForConditionalGeneration, BART, lambda n: None if n == "final_logits_bias" else n.removeprefix("model.")),  # as BartModel's file
    "marian": (hf.MarianMTModel, hf.MarianConfig(**PAIR, scale_embedding=True, activation_function="swish", pad_token_id=30, eos_token_id=0,
                                                 decoder_start_token_id=30, forced_eos_token_id=None), same),
    "t5": (hf.T5ForConditionalGeneration, hf.T5Config(**T5), same),
    "modernbert": (getattr(hf, "ModernBertForMaskedLM", None), MODERN, same),
    "modernbert-local": (getattr(hf, "ModernBertForMaskedLM", None), dict(MODERN, local_attention=6), same),
    "mistral-local": (hf.MistralForCausalLM, hf.MistralConfig(**LLAMA, head_dim=6, sliding_window=5), same),
    "qwen2-local": (hf.Qwen2ForCausalLM, hf.Qwen2Config(**LLAMA, use_sliding_window=True, sliding_window=4, max_window_layers=0), same),
    "gemma3": (getattr(hf, "Gemma3ForCausalLM", None), GEMMA, same),
    "mt5": (hf.MT5ForConditionalGeneration, hf.MT5Config(**T5), same),
    "t5-gated": (hf.T5ForConditionalGeneration, hf.T5Config(**T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False), same),
}


def stored(model, spelled):
    """The tensors of the model's file: the state, without copies of what is tied."""
    seen, tensors = {}, {}
    for name, t in model.state_dict(keep_vars=True).items():
        sinusoids = model.config.model_type == "marian" and "embed_positions" in name
        if t.is_floating_point() and t.data_ptr() not in seen and not sinusoids and spelled(name):
            seen[t.data_ptr()] = True
            tensors[name] = (spelled(name), t)
    return tensors


def run(model, source, target):
    pair = model.config.is_encoder_decoder
    writes = "bert" not in model.config.model_type
    args = {"input_ids": torch.tensor([source])}
    if model.config.model_type == "gemma3_text":
        args["use_cache"] = False  # which would be of float32
    if pair:
        args["decoder_input_ids"] = torch.tensor([target])
    with torch.no_grad():
        out = model(**args, output_attentions=True)
    case = {"source": source, "target": target if pair else None}
    case["hidden" if "logits" not in out else "logits"] = (out.last_hidden_state if "logits" not in out else out.logits)[0]
    if pair:
        case["maps"] = {"self": out.encoder_attentions, "decoder": out.decoder_attentions, "cross": out.cross_attentions}
    else:
        case["maps"] = {"decoder" if writes else "self": out.attentions}
    case["maps"] = {kind: torch.stack([layer[0] for layer in m]) for kind, m in case["maps"].items()}
    if writes:
        x = args["input_ids"]
        with torch.no_grad():
            written = model.generate(x, attention_mask=torch.ones_like(x), do_sample=False, num_beams=1, max_new_tokens=10, synced_gpus=False, use_cache=args.get("use_cache", True),
                                     pad_token_id=model.config.pad_token_id if model.config.pad_token_id is not None else 0)[0].tolist()
        case["greedy"] = written[1 if pair else len(source):]
    return case


def numbers(x):
    """Tensors as nested lists of 6 significant digits."""
    if isinstance(x, torch.Tensor):
        x = x.tolist()
    if isinstance(x, dict):
        return {k: numbers(v) for k, v in x.items() if v is not None}
    if isinstance(x, list):
        return [numbers(v) for v in x]
    return float(f"{x:.6g}") if isinstance(x, float) else x


def write(name):
    make, config, spelled = VARIANTS[name]
    if make is None:
        return print(f"{name} is not in transformers {hf.__version__}, so its file stays as it is")
    if isinstance(config, dict):
        config = (hf.Gemma3TextConfig if name == "gemma3" else hf.ModernBertConfig)(**config)
    torch.set_default_dtype(torch.float32)
    model = make(copy.deepcopy(config)).eval()
    tensors = stored(model, spelled)
    with torch.no_grad():
        for file_name, t in tensors.values():
            t.copy_(draw(file_name, tuple(t.shape)))
    g = np.random.default_rng(7)
    ids = lambda n: [int(i) for i in g.integers(3, 30, n)]  # noqa: E731
    inputs = [(ids(7), ids(5)), (ids(12), ids(3)), (ids(1), ids(1))]
    for _, target in inputs:
        if config.is_encoder_decoder:
            target[0] = config.decoder_start_token_id
    single = [run(model, *x) for x in inputs]
    torch.set_default_dtype(torch.float64)
    model = model.double()
    double = [run(model, *x) for x in inputs]

    def flat(case):
        return [case[k] for k in ("logits", "hidden") if k in case] + list(case["maps"].values())
    worst = max((a.double() - b).abs().max().item() for s, d in zip(single, double) for a, b in zip(flat(s), flat(d)))
    settings = json.loads(model.config.to_json_string(use_diff=False))
    kept = json.loads(model.config.to_json_string(use_diff=True))
    kept["model_type"] = "qwen3" if name == "qwen3" else settings["model_type"]
    if name == "qwen3":
        kept["attention_bias"], kept["head_dim"] = False, settings["head_dim"]
    for key in ("transformers_version", "_attn_implementation_autoset", "torch_dtype"):
        kept.pop(key, None)
    golden = {
        "header": {"what": f"a tiny random {make.__name__}, in float64", "written_by": "golden.py", "float32_difference": numbers(worst),
                   "torch": torch.__version__, "transformers": hf.__version__},
        "config": kept,
        "tensors": {file_name: list(t.shape) for file_name, t in tensors.values()},
        "cases": [numbers(c) for c in double],
    }
    with open(os.path.join(HERE, name + ".json"), "w") as f:
        json.dump(golden, f, separators=(",", ":"))
        f.write("\n")
    print(f"{name:16} float32 differs by {worst:.1e}, {os.path.getsize(os.path.join(HERE, name + '.json')) // 1000} kB, greedy {double[0].get('greedy')}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[1:] or VARIANTS:
        write(each)
