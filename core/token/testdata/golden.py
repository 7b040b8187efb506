"""Writes golden.txt: what Hugging Face's `tokenizers` makes of 10,000 generated lines.

    python3 -m venv venv && venv/bin/pip install tokenizers
    venv/bin/python core/token/testdata/golden.py

It also checks that the library's own trainer learns heed.json and gpt2.json from the same lines
as `go test ./core/token -run TestTrainedFiles -update` did. Each line of golden.txt has a digest for
heed.json and one for gpt2.json, over ids, byte offsets and word numbers. With line numbers as
arguments (from 0) it prints those lines and their pieces instead.
"""

import hashlib
import json
import pathlib
import sys

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent
ATOMS = json.loads((HERE / "atoms.json").read_text(encoding="utf-8"))
MASK = (1 << 64) - 1


class Generator:
    """The twin of generator in golden_test.go; random numbers by splitmix64."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % n

    def pick(self, group):
        return ATOMS[group][self.below(len(ATOMS[group]))]

    def atom(self):
        kind = self.below(20)
        if kind < 5:
            return self.pick("en")
        if kind < 9:
            return self.pick("fr")
        if kind < 16:
            return self.pick(["contraction", "punct", "space", "emoji", "scripts", "combining", "special"][kind - 9])
        if kind == 16:
            return "".join(str(self.below(10)) for _ in range(1 + self.below(9)))
        if kind == 17:
            return "".join(self.char() for _ in range(1 + self.below(4)))
        if kind == 18:
            return self.pick("en") + self.pick("fr")
        return self.pick("en") * (300 if self.below(50) == 0 else 3)

    def char(self):
        low, high = self.pick("ranges")
        return chr(low + self.below(high - low + 1))

    def line(self):
        s = ""
        for _ in range(self.below(16)):
            s += self.atom()
            if self.below(3) > 0:
                s += " "
        return s


def lines(seed, n):
    g = Generator(seed)
    return [g.line() for _ in range(n)]


def pieces(tok, text, special):
    tok.encode_special_tokens = not special
    e = tok.encode(text)
    at = [0]
    for c in text:
        at.append(at[-1] + len(c.encode()))
    out, word, last = [], -1, None
    added = tok.get_added_tokens_decoder()
    for id, (start, end), w in zip(e.ids, e.offsets, e.word_ids):
        if w is None:  # a special token of the template: the library gives it no place
            out.append((id, at[-1], at[-1], -1))
        elif id in added:
            out.append((id, at[start], at[end], -1))
        else:
            word += w != last
            out.append((id, at[start], at[end], word))
        last = w
    return out


def describe(tok, text):
    modes = [pieces(tok, text, False), pieces(tok, text, True)]
    return "|".join(" ".join("%d,%d,%d,%d" % p for p in m) for m in modes)


def check_trainer(path, special):
    """Trains by the library what Go has trained, and compares."""
    file = json.loads(path.read_text(encoding="utf-8"))
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = Tokenizer.from_file(str(path)).pre_tokenizer
    tok.train_from_iterator(lines(1, 4000), trainers.BpeTrainer(
        vocab_size=1000, min_frequency=2, special_tokens=special, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    theirs = json.loads(tok.to_str())["model"]
    assert theirs["vocab"] == file["model"]["vocab"], "vocabularies differ"
    assert [" ".join(m) for m in theirs["merges"]] == file["model"]["merges"], "merges differ"


def main():
    toks = []
    for name, special in ("heed.json", ["<pad>", "</s>", "<unk>"]), ("gpt2.json", ["<|end", "<|endoftext|>"]):
        check_trainer(HERE / name, special)
        toks.append(Tokenizer.from_file(str(HERE / name)))
    texts = lines(2, 10000)
    if len(sys.argv) > 1:
        for i in map(int, sys.argv[1:]):
            print(ascii(texts[i]), *(describe(t, texts[i]) for t in toks), sep="\n")
        return
    for t in toks:
        for s in texts:
            t.encode_special_tokens = True
            assert t.decode(t.encode(s).ids) == s, s
    with open(HERE / "golden.txt", "w") as f:
        for s in texts:
            print(*(hashlib.sha256(describe(t, s).encode()).hexdigest()[:6] for t in toks), file=f)
    print("tokenizers", tokenizers.__version__)


if __name__ == "__main__":
    main()
