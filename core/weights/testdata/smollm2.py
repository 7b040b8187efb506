"""Prints what the `gguf` and `tokenizers` packages make of a model, for TestSmolLM2.

    ./build.sh models
    python3 -m venv venv && venv/bin/pip install gguf tokenizers
    venv/bin/python core/weights/testdata/smollm2.py .cache/models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

The first two lines are digests over all tensors and over those of the first layer, the third one over ids and byte offsets of
the lines that core/token/testdata/atoms.json makes.
"""

import hashlib
import json
import pathlib
import sys

from gguf import GGUFReader
from gguf_golden import describe
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

path = sys.argv[1]
reader = GGUFReader(path)
every = {t.name: describe(t) + "\n" for t in reader.tensors}
first = {name: line for name, line in every.items() if name.startswith("blk.0.")}
for lines in every, first:
    print(hashlib.sha256("".join(sorted(lines.values())).encode()).hexdigest())

get = lambda key: reader.fields["tokenizer.ggml." + key].contents()
tokens = get("tokens")
tok = Tokenizer(models.BPE({s: i for i, s in enumerate(tokens)}, [tuple(m.split(" ")) for m in get("merges")]))
tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
tok.add_special_tokens([AddedToken(s) for s, t in zip(tokens, get("token_type")) if t == 3])
tok.encode_special_tokens = True
atoms = json.loads((pathlib.Path(__file__).parents[2] / "token/testdata/atoms.json").read_text(encoding="utf-8"))
lines = []
for name in sorted(atoms):
    if name != "ranges":
        lines += atoms[name] + [" ".join(atoms[name]), "".join(atoms[name])]
h = hashlib.sha256()
for line in lines:
    at = [0]
    for c in line:
        at.append(at[-1] + len(c.encode()))
    e = tok.encode(line)
    h.update((" ".join("%d,%d,%d" % (i, at[a], at[b]) for i, (a, b) in zip(e.ids, e.offsets)) + "\n").encode())
print(h.hexdigest(), len(lines), "lines")
