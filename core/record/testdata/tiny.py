"""Writes four tiny random models in Hugging Face's form into a folder: bert, gpt2 and marian, and bytes, a gpt2 whose
tokenizer is byte-level.

    python3 tiny.py FOLDER

golden-bert.json, golden-gpt2.json and golden-marian.json are what README.md's snippet made of them, on
"the cat sat on the mat" (transformers 4.47, torch 1.13).
"""
import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, MarianConfig, MarianMTModel, PreTrainedTokenizerFast

folder = sys.argv[1]
torch.manual_seed(1)
words = ["<pad>", "</s>", "<unk>", "[MASK]", "the", "cat", "sat", "on", "mat", "dog"]
t = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
t.pre_tokenizer = pre_tokenizers.Whitespace()
t.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
tokenizer = PreTrainedTokenizerFast(tokenizer_object=t, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", mask_token="[MASK]")
n, wide = len(words), 8
for name, model in {
    "bert": BertModel(BertConfig(vocab_size=n, hidden_size=wide, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16, max_position_embeddings=32)),
    "gpt2": GPT2Model(GPT2Config(vocab_size=n, n_embd=wide, n_layer=2, n_head=2, n_positions=32)),
    "marian": MarianMTModel(MarianConfig(vocab_size=n, d_model=wide, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
                                         decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=32, max_length=6,
                                         pad_token_id=0, eos_token_id=1, forced_eos_token_id=1, decoder_start_token_id=0)),
}.items():
    model.save_pretrained(f"{folder}/{name}")
    tokenizer.save_pretrained(f"{folder}/{name}")

vocab = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
vocab |= {"af": len(vocab), "\u0120c": len(vocab) + 1, "</s>": len(vocab) + 2}
t = Tokenizer(models.BPE(vocab, [("a", "f"), ("\u0120", "c")]))
t.pre_tokenizer, t.decoder, t.post_processor = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel(), processors.ByteLevel()
GPT2Model(GPT2Config(vocab_size=len(vocab), n_embd=wide, n_layer=2, n_head=2, n_positions=32)).save_pretrained(f"{folder}/bytes")
PreTrainedTokenizerFast(tokenizer_object=t, eos_token="</s>", unk_token="</s>").save_pretrained(f"{folder}/bytes")
