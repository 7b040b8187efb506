"""Trains small SentencePiece models, lays them out as directories of Marian, T5 and Llama, and writes what Python's
tokenizers make of generated lines, for TestSentencePiece.

    python3 -m venv venv && venv/bin/pip install 'transformers<5' tokenizers sentencepiece sacremoses protobuf
    venv/bin/python core/token/testdata/spm.py core/token/testdata/spm 300
    venv/bin/python core/token/testdata/spm.py /tmp/spm 10000    # then go test ./core/token -run TestSentencePiece -spm /tmp/spm

For each directory NAME, NAME.txt has a digest a line: over ids, the pieces that these are, and the text that they decode to; of
Marian also over those of the line as a target. With a third argument, the name of a directory, and line numbers it prints these
lines instead. Of 10,000 lines none differs (transformers 4.46.3, sentencepiece 0.2.3).
"""

import contextlib
import hashlib
import json
import pathlib
import sys
import tempfile

import sentencepiece
from golden import lines
from kinds import few_rules
from transformers import AddedToken, LlamaTokenizer, MarianTokenizer, T5Tokenizer

TEXT = [x.replace("<", "(").replace("\n", " ")[:200] for x in lines(1, 1500)]


def train(path, full, text, kind="unigram", size=400, rules=True, **options):
    with tempfile.TemporaryDirectory() as d, contextlib.chdir(d):  # the model has the names of the files that made it
        if not rules:
            options["normalization_rule_name"] = "identity"
        elif full:
            options["normalization_rule_name"] = "nmt_nfkc"
        else:  # which has 300 kB
            options["normalization_rule_tsv"] = few_rules(pathlib.Path("rules.tsv"), **{"'": "’", "'s": "´s"})  # of these the longer
        pathlib.Path("text").write_text("\n".join(text))
        sentencepiece.SentencePieceTrainer.train(
            input="text", model_prefix="m", vocab_size=size, model_type=kind, character_coverage=0.98,
            minloglevel=2, num_threads=1, **options)
        path.write_bytes(pathlib.Path("m.model").read_bytes())


T5 = dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
LLAMA = dict(kind="bpe", size=700, rules=False, byte_fallback=True, remove_extra_whitespaces=False, split_digits=True,
             allow_whitespace_only_pieces=True)
SYMBOLS = ["▁<gap>", "the cat", "ﬁ", "...", "\n", "on"]


def marian(d, full):
    train(d / "source.spm", full, TEXT[:700])
    train(d / "target.spm", full, TEXT[700:], user_defined_symbols=["»"])
    vocab = ["</s>", "<unk>"]
    for name in "source.spm", "target.spm":  # some pieces of either are in no vocabulary
        p = sentencepiece.SentencePieceProcessor(model_file=str(d / name))
        vocab += [p.id_to_piece(i) for i in range(3, len(p)) if i % 9 and p.id_to_piece(i) not in vocab]
    vocab += [">>fra<<", ">>deu_Latn<<", "中", "<pad>"]
    (d / "vocab.json").write_text(json.dumps({s: i for i, s in enumerate(dict.fromkeys(vocab))}, ensure_ascii=False))
    MarianTokenizer(str(d / "source.spm"), str(d / "target.spm"), str(d / "vocab.json"), source_lang="en", target_lang="fr").save_pretrained(d)


def t5(d, full, **options):
    train(d / "spiece.model", full, TEXT, **T5, **options)
    T5Tokenizer(str(d / "spiece.model"), extra_ids=0 if options else 100).save_pretrained(d)


def llama(d, full, legacy=True, bos=True, **options):
    train(d / "tokenizer.model", full, TEXT, **LLAMA, **options)
    tok = LlamaTokenizer(str(d / "tokenizer.model"), legacy=legacy, add_bos_token=bos, add_eos_token=not bos)
    if not legacy:
        tok.add_tokens([AddedToken("on", normalized=False), AddedToken("Été", normalized=False), AddedToken("(s)", normalized=False)])
    tok.save_pretrained(d)


DIRS = {
    "marian": (MarianTokenizer, marian),
    "t5": (T5Tokenizer, t5),
    "t5-symbols": (T5Tokenizer, lambda d, full: t5(d, full, user_defined_symbols=SYMBOLS, byte_fallback=True, size=700)),
    "t5-plain": (T5Tokenizer, lambda d, full: t5(d, full, rules=False, remove_extra_whitespaces=False)),
    "llama": (LlamaTokenizer, llama),
    "llama-added": (LlamaTokenizer, lambda d, full: llama(d, full, legacy=False, bos=False)),
    "llama-symbols": (LlamaTokenizer, lambda d, full: llama(d, full, user_defined_symbols=SYMBOLS)),
    "gemma": (LlamaTokenizer, lambda d, full: llama(d, full, add_dummy_prefix=False, user_defined_symbols=["\n\n", "▁▁▁", "\t"])),
}


def varied(texts):
    """Some lines name a language, in every way that they might."""
    marks = [">>fra<< %s", ">>deu_Latn<<%s", ">>xyz<< %s", "%s >>fra<< a << b", " >>fra<<%s", ">>fra<<\n>>fra<< %s", ">><<%s", "(%s)", "%s", "%s"]
    return [marks[i % 10] % s if i % 3 == 0 else s for i, s in enumerate(texts)]


def describe(tok, name, text):
    # Special tokens that are written in a text are text; with added tokens there is no such option.
    options = {"split_special_tokens": True}
    if name.endswith("-added"):
        options, text = {}, text.replace("<", "(")
    parts = []
    for key in ["text", "text_target"][: 2 if name == "marian" else 1]:
        ids = tok(**{key: text}, **options)["input_ids"]
        parts.append(" ".join(map(str, ids)))
        parts.append(" ".join(tok.convert_ids_to_tokens(ids)))
        if name == "marian":
            parts.append(tok.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
        elif not name.endswith("-added"):  # transformers takes away two spaces where it has put one
            parts.append(tok.sp_model.decode([i for i in ids if i not in tok.all_special_ids]))
    return "|".join(parts)


def main():
    here, n = pathlib.Path(sys.argv[1]).absolute(), int(sys.argv[2])
    texts = varied(lines(2, n))
    chosen = sys.argv[3:4] or DIRS
    for name in chosen:
        d = here / name
        if len(sys.argv) <= 3:
            d.mkdir(parents=True, exist_ok=True)
            DIRS[name][1](d, n >= 10000)
            for needless in "special_tokens_map.json", "added_tokens.json":
                (d / needless).unlink(missing_ok=True)
        tok = DIRS[name][0].from_pretrained(str(d))
        if len(sys.argv) > 3:
            for i in map(int, sys.argv[4:]):
                print(ascii(texts[i]), describe(tok, name, texts[i]), sep="\n")
            continue
        digests = [hashlib.sha256(describe(tok, name, s).encode()).hexdigest()[:6] for s in texts]
        (here / (name + ".txt")).write_text("\n".join(digests) + "\n")
        print(name, len(tok), "pieces,", len(texts), "lines")


if __name__ == "__main__":
    main()
