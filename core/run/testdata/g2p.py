"""Makes a model that Heed opens of g2p-en's weights, and writes what its own code computes with them.

    ./build.sh models                                               # fetches g2p-en 2.1.0, and runs the line below
    python3 core/run/testdata/g2p.py .cache/models/g2p              # config.json, tokenizer.json, model.safetensors beside its checkpoint20.npz
    python3 core/run/testdata/g2p.py .cache/models/g2p golden       # core/run/testdata/g2p.json; needs numpy

g2p-en (Park & Kim, Apache-2.0) says English words: a GRU reads the letters, another writes the phonemes from its last state, without
attention. Letters and phonemes have a table of embeddings each, numbered on their own; here they are one vocabulary, in which the
phonemes keep their numbers and the letters follow. A phoneme that is read, and a character that is no letter, is <unk>, as there. A
letter cannot be written: its logit is -10,000. In a target phonemes stand between spaces. (A text that is one capital letter is read as
the phoneme of that name.)

The golden figures are those of the package's own numpy code in float32, of which only what needs nltk's data is left out: for each word
its phonemes, the encoder's last state, and the logits of each step.
"""
import ast
import json
import pathlib
import struct
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
SPECIAL = ["<pad>", "<unk>", "<s>", "</s>"]
LETTERS = [chr(c) for c in range(ord("a"), ord("z") + 1)]
WORDS = ["hello", "attention", "keystroke", "activationist", "queue", "zyzzyva", "naïve", "o'clock", "a", "Transformer", "x" * 24]


def phonemes(folder):
    """The list in the package's own source, without running it."""
    for node in ast.walk(ast.parse((folder / "g2p.py").read_text())):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "phonemes":
            return ast.literal_eval(node.value.right)
    raise SystemExit("g2p.py has no list of phonemes: is this g2p-en 2.1.0?")


def arrays(path):
    """The arrays of an .npz file: shape, and bytes of little-endian float32."""
    found = {}
    with zipfile.ZipFile(path) as z:
        for name in z.namelist():
            data = z.read(name)
            end = 10 + struct.unpack("<H", data[8:10])[0]
            header = ast.literal_eval(data[10:end].decode().strip())
            if data[:8] != b"\x93NUMPY\x01\x00" or header["descr"] != "<f4" or header["fortran_order"]:
                raise SystemExit(f"{path}: {name} is not an array of float32, row by row")
            found[name.removesuffix(".npy")] = list(header["shape"]), data[end:]
    return found


def convert(folder):
    a, names = arrays(folder / "checkpoint20.npz"), phonemes(folder)
    vocab = SPECIAL + names + LETTERS
    (_, width), letters = a["enc_emb"]
    row = lambda data, i: data[4 * width * i:4 * width * (i + 1)]  # noqa: E731
    # The encoder's rows are <pad>, <unk>, </s>, then the letters.
    of = {"<pad>": 0, "</s>": 2} | {c: 3 + i for i, c in enumerate(LETTERS)}
    empty, unwritten = bytes(4 * width * len(LETTERS)), struct.pack("<f", -1e4) * len(LETTERS)
    table = [len(vocab), width]
    tensors = {
        "encoder.embed_tokens.weight": (table, b"".join(row(letters, of.get(v, 1)) for v in vocab)),
        "decoder.embed_tokens.weight": (table, a["dec_emb"][1] + empty),
        "lm_head.weight": (table, a["fc_w"][1] + empty),
        "final_logits_bias": ([1, len(vocab)], a["fc_b"][1] + unwritten),
    }
    for part in "w_ih", "w_hh", "b_ih", "b_hh":
        name = part.replace("w", "weight").replace("b", "bias")
        tensors[f"encoder.{name}_l0"], tensors[f"decoder.{name}"] = a["enc_" + part], a["dec_" + part]
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, data in tensors.values()))

    config = {
        "model_type": "recurrent", "vocab_size": len(vocab), "d_model": width, "encoder_layers": 1, "encoder_hidden_size": width, "bidirectional": False,
        "decoder_hidden_size": width, "attention": "none", "plain_decoder": True, "share_encoder_decoder_embeddings": False,
        "tie_word_embeddings": False, "scale_embedding": False, "max_position_embeddings": 64,
        "pad_token_id": 0, "eos_token_id": 3, "decoder_start_token_id": 2,
        "heed": {"task": "translation", "title": "Letters to phonemes", "example": "attention",
                 "look": "A word is said letter by letter: all of it must pass through one vector."},
    }
    added = lambda i, special: {  # noqa: E731
        "id": i, "content": vocab[i], "single_word": not special, "lstrip": not special, "rstrip": False, "normalized": False, "special": special}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [added(i, v in SPECIAL) for i, v in enumerate(vocab) if v not in LETTERS],
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": None,
        "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": {"</s>": {"id": "</s>", "ids": [3], "tokens": ["</s>"]}}},
        "decoder": None,
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "vocab": {v: i for i, v in enumerate(vocab)}, "merges": []},
    }
    card = "---\nlicense: apache-2.0\nlanguage: en\n---\n# Letters to phonemes\nThe weights of g2p-en 2.1.0 by Kyubyong Park and Jongseok Kim.\n"
    for name, content in ("config.json", json.dumps(config, indent=1)), ("tokenizer.json", json.dumps(tokenizer)), ("README.md", card):
        (folder / name).write_text(content)
    print(f"{folder} has config.json, tokenizer.json and model.safetensors, {at // 4:,} weights.")


def golden(folder):
    import types
    import numpy as np
    nothing = types.SimpleNamespace(find=lambda name: None, dict=dict, tokenize=None)
    for name, parts in {"nltk": {"data": nothing, "pos_tag": None}, "nltk.corpus": {"cmudict": nothing},
                        "nltk.tokenize": {"TweetTokenizer": lambda: nothing}, "g2p_en.expand": {"normalize_numbers": None}}.items():
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__dict__.update(parts)
    package = types.ModuleType("g2p_en")
    package.__path__ = [str(folder)]
    sys.modules["g2p_en"] = package
    from g2p_en.g2p import G2p
    g, cases = G2p(), []
    for word in WORDS:
        letters = word.lower()
        says = g.predict(letters)
        x = g.encode(letters)
        h = g.gru(x, x.shape[1], g.enc_w_ih, g.enc_w_hh, g.enc_b_ih, g.enc_b_hh)[:, -1, :]
        case = {"word": word, "says": says, "context": h[0].tolist(), "logits": []}
        for token in [2] + [g.p2idx[p] for p in says]:  # predict() stops after 20
            h = g.grucell(np.take(g.dec_emb, [token], axis=0), h, g.dec_w_ih, g.dec_w_hh, g.dec_b_ih, g.dec_b_hh)
            case["logits"].append((np.matmul(h, g.fc_w.T) + g.fc_b)[0].tolist())
        assert [int(np.argmax(step)) for step in case["logits"]][:20] == ([g.p2idx[p] for p in says] + [3])[:20]
        short = lambda x: [short(v) for v in x] if isinstance(x, list) else float(f"{x:.6g}")  # noqa: E731
        case["context"], case["logits"] = short(case["context"]), short(case["logits"])
        cases.append(case)
        print(word, *says)
    (HERE / "g2p.json").write_text(json.dumps({"written_by": "g2p.py", "numpy": np.__version__, "cases": cases}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    golden(folder) if sys.argv[2:] == ["golden"] else convert(folder)
