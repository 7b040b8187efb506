package model_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/run"
	"heed/core/weights"
)

// pieced is a model whose tokenizer is in SentencePiece's files.
func pieced(t *testing.T, name, config string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for name, data := range modeltest.Pieces(t, "../token/testdata/spm/"+name, config) {
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

const (
	t5Pieces = `{"model_type": "t5", "vocab_size": 512, "d_model": 16, "d_kv": 4, "d_ff": 24, "num_layers": 2, "num_heads": 4,
		"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}`
	llamaPieces = `{"model_type": "llama", "vocab_size": 700, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 24,
		"max_position_embeddings": 48, "bos_token_id": 1, "eos_token_id": 2}`
)

// A directory without tokenizer.json has the tokenizer of SentencePiece's files, and runs.
func TestPieces(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"marian", modeltest.MarianPieces, ">>fra<< ▁ a ▁ c a t . </s>"},
		{"t5", t5Pieces, "▁ a ▁ c a t . </s>"},
		{"llama", llamaPieces, "<s> ▁a ▁c at ."},
	} {
		files := pieced(t, c.name, c.config)
		m, err := model.Open(files)
		if err != nil {
			t.Error(c.name, err)
			continue
		}
		text := "a cat."
		if c.name == "marian" {
			text = ">>fra<< a cat."
		}
		r, err := run.NewSession(m).Run(text, run.Options{MaxTokens: 5})
		if err != nil {
			t.Error(c.name, err)
			continue
		}
		var pieces []string
		for _, token := range r.Tokens.Source {
			pieces = append(pieces, token.Text)
		}
		if got := strings.Join(pieces, " "); !strings.HasPrefix(got, strings.ReplaceAll(c.want, "▁", " ")) {
			t.Errorf("%s: the text is %q, want %q", c.name, got, c.want)
		}
	}
}

// Marian's target.spm cuts what is written, and source.spm what is read.
func TestTargetPieces(t *testing.T) {
	m, err := model.Open(pieced(t, "marian", modeltest.MarianPieces))
	if err != nil {
		t.Fatal(err)
	}
	text := "made école"
	source, target := run.Encode(m, text), run.EncodeTarget(m, text)
	if slices.Equal(source, target) {
		t.Errorf("%q is %v on both sides", text, source)
	}
	r, err := run.NewSession(m).Run("a cat.", run.Options{Target: &text})
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	for _, token := range r.Tokens.Target[1:] {
		ids = append(ids, token.ID)
	}
	if !slices.Equal(ids, target[:len(ids)]) || r.Output != text {
		t.Errorf("the target %q is %v, want %v", r.Output, ids, target)
	}
}

// The page fetches the same files in the place of a tokenizer.json.
func TestPageTokenizers(t *testing.T) {
	page, err := os.ReadFile("../../web/heed/open.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Concat(model.Tokenizers...) {
		if !strings.Contains(string(page), `maybe("`+name+`")`) {
			t.Errorf("web/heed/open.mjs does not fetch %s", name)
		}
	}
}

// A model whose configuration says that its logits have a matrix of their own must have that matrix.
func TestUntied(t *testing.T) {
	files := pieced(t, "llama", llamaPieces)
	f, err := weights.Parse(files["model.safetensors"].Data)
	if err != nil {
		t.Fatal(err)
	}
	var kept []weights.Tensor
	for _, name := range f.Names() {
		shape, _ := f.Shape(name)
		x, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		if name != "lm_head.weight" {
			kept = append(kept, weights.Tensor{Name: name, DType: weights.F32, Shape: shape, Data: x})
		}
	}
	var b bytes.Buffer
	if err := weights.Write(&b, kept, nil); err != nil {
		t.Fatal(err)
	}
	files["model.safetensors"] = &fstest.MapFile{Data: b.Bytes()}
	refused(t, files, "config.json is wrong: it says that the logits have a matrix of their own (tie_word_embeddings is false, or missing), and the weights have no lm_head.weight: set tie_word_embeddings to true")
	files["config.json"] = &fstest.MapFile{Data: []byte(strings.Replace(llamaPieces, "{", `{"tie_word_embeddings": true, `, 1))}
	if _, err := model.Open(files); err != nil {
		t.Error(err)
	}
}

// What is wrong with such files is said, by the name of the file.
func TestPiecesRefused(t *testing.T) {
	files := pieced(t, "marian", modeltest.MarianPieces)
	spm := files["target.spm"]
	delete(files, "target.spm")
	refused(t, files, "tokenizer.json is missing, and of what may stand in its place target.spm cannot be read")
	files["target.spm"] = &fstest.MapFile{Data: spm.Data[:1000]}
	refused(t, files, "target.spm", "is cut short")
	files["target.spm"] = &fstest.MapFile{Data: []byte("version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 800000\n")}
	refused(t, files, "target.spm is a Git LFS pointer")
	files["target.spm"] = &fstest.MapFile{Data: make([]byte, 64_000_001)}
	refused(t, files, "target.spm cannot be read: it has 64000001 bytes, and at most 64000000 are read")
	files["target.spm"] = spm
	files["config.json"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(strings.Replace(modeltest.MarianPieces, "459", "400", 1), "458", "399"))}
	refused(t, files, "the tokenizer has 459 pieces, config.json allows 400")
	files = pieced(t, "t5", t5Pieces)
	files["config.json"] = &fstest.MapFile{Data: []byte(llamaPieces)}
	refused(t, files, `spiece.model alone does not say how this model of type "llama"`)
	delete(files, "spiece.model")
	files["sentencepiece.bpe.model"] = &fstest.MapFile{}
	refused(t, files, "sentencepiece.bpe.model is nothing that Heed reads")
}
