package token

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var spm = flag.String("spm", "testdata/spm", "what testdata/spm.py wrote")

// pieced reads a directory that testdata/spm.py wrote.
func pieced(t testing.TB, dir string) *Tokenizer {
	t.Helper()
	file := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	config := file("tokenizer_config.json")
	var tok *Tokenizer
	var err error
	switch base := filepath.Base(dir); {
	case strings.HasPrefix(base, "marian"):
		tok, err = ParseMarian(file("source.spm"), file("target.spm"), file("vocab.json"), config)
	case strings.HasPrefix(base, "t5"):
		tok, err = ParseT5(file("spiece.model"), config)
	default:
		tok, err = ParseLlama(file("tokenizer.model"), config)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// varied is the twin of the function in spm.py.
func varied(texts []string) {
	marks := []string{">>fra<< %s", ">>deu_Latn<<%s", ">>xyz<< %s", "%s >>fra<< a << b", " >>fra<<%s", ">>fra<<\n>>fra<< %s", ">><<%s", "(%s)", "%s", "%s"}
	for i := range texts {
		if i%3 == 0 {
			texts[i] = fmt.Sprintf(marks[i%10], texts[i])
		}
	}
}

// said is the twin of describe in spm.py.
func said(tok *Tokenizer, name, s string) string {
	added := strings.HasSuffix(name, "-added")
	if added {
		s = strings.ReplaceAll(s, "<", "(")
	}
	var parts []string
	add := func(tok *Tokenizer) {
		var ids, pieces []string
		var plain []int
		for _, p := range tok.Encode(s) {
			ids, pieces, plain = append(ids, fmt.Sprint(p.ID)), append(pieces, tok.vocab[p.ID]), append(plain, p.ID)
		}
		parts = append(parts, strings.Join(ids, " "), strings.Join(pieces, " "))
		switch {
		case name == "marian":
			parts = append(parts, strings.TrimSpace(tok.Decode(plain)))
		case !added:
			parts = append(parts, tok.Decode(plain))
		}
	}
	if add(tok); name == "marian" {
		add(tok.Target())
	}
	return strings.Join(parts, "|")
}

// Ids, pieces and decoded texts of directories with SentencePiece's files are those of Python's tokenizers: see
// testdata/spm.py.
func TestSentencePiece(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(*spm, "*.txt"))
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d directories in %s, want 8: %v", len(paths), *spm, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(string(data))
			texts := slices.Collect(newGenerator(t, 2).lines(len(want)))
			varied(texts)
			tok := pieced(t, strings.TrimSuffix(path, ".txt"))
			bad := 0
			for i, s := range texts {
				d := said(tok, name, s)
				if digest(d) == want[i] {
					continue
				}
				if bad++; bad <= 3 || *all {
					t.Errorf("line %d, %+q: %s", i, s, d)
				}
			}
			t.Logf("%d of %d lines are as they should be", len(texts)-bad, len(texts))
		})
	}
}

// Offsets lie in the reader's own text, whole characters of it, and words begin after spaces.
func TestSentencePieceOffsets(t *testing.T) {
	tok := pieced(t, "testdata/spm/marian")
	text := "  >>fra<<  Le  chat… e\u0301tait "
	pieces := tok.Encode(text[2:])
	if first := pieces[0]; first.ID != tok.ids[">>fra<<"] || first.Start != 0 || first.End != 7 || first.Word != 0 || first.Special {
		t.Errorf("the mark is %+v", first)
	}
	said := ""
	for _, p := range pieces[1 : len(pieces)-1] {
		said += text[2:][p.Start:p.End] + "|"
	}
	if want := "L|L|e| |c|h|a|t|…|…|…| |e\u0301|t|a|i|t|"; said != want {
		t.Errorf("the pieces stand for %s, want %s", said, want)
	}
	for _, s := range slices.Collect(newGenerator(t, 9).lines(300)) {
		end := 0
		for _, p := range tok.EncodePlain(s) {
			if p.Start < 0 || p.End < p.Start || p.End > len(s) || p.End < end || !utf8.ValidString(s[p.Start:p.End]) {
				t.Fatalf("%+q: %+v after %d", s, p, end)
			}
			end = p.End
		}
	}
}

// field is a field of a protocol buffer: a number, or bytes.
func field(number int, value any) []byte {
	key := uint64(number) << 3
	switch v := value.(type) {
	case int:
		return binary.AppendUvarint(binary.AppendUvarint(nil, key), uint64(v))
	case float32:
		return binary.LittleEndian.AppendUint32(binary.AppendUvarint(nil, key|5), math.Float32bits(v))
	case string:
		return append(binary.AppendUvarint(binary.AppendUvarint(nil, key|2), uint64(len(v))), v...)
	}
	panic(value)
}

// spiece is a piece of such a model.
func spiece(s string, score float32, kind int) []byte {
	return field(1, string(slices.Concat(field(1, s), field(2, score), field(3, kind))))
}

// Scores are summed in float32, in which two pieces may be as good as their sum, which is found first.
func TestSentencePieceNarrow(t *testing.T) {
	tok, err := ParseT5(slices.Concat(spiece("<unk>", 0, 2), spiece("a", -0.1, 1), spiece("b", -0.2, 1), spiece("ab", -0.3, 1), spiece("</s>", 0, 3),
		field(2, string(field(42, 4))), field(3, string(field(3, 0)))), nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := tok.Encode("ab"); len(p) != 2 || p[0].ID != 3 {
		t.Errorf("the pieces are %+v", p)
	}
}

// What such a file cannot be, or says that is not supported, is an error that names the file and the field.
func TestSentencePieceRefused(t *testing.T) {
	good := slices.Concat(spiece("<pad>", 0, 3), spiece("</s>", 0, 3), spiece("<unk>", 0, 2), spiece("▁", -1, 1), spiece("a", -2, 1), field(2, string(field(42, 1))))
	if tok, err := ParseT5(good, nil); err != nil || tok.Len() != 105 || tok.vocab[5] != "<extra_id_99>" || fmt.Sprint(tok.Encode("a")) != "[{3 0 1 0 false} {4 0 1 0 false} {1 1 1 -1 true}]" {
		t.Fatalf("%v, %v", tok.Encode("a"), err)
	}
	with := func(more ...[]byte) []byte { return slices.Concat(append([][]byte{good}, more...)...) }
	huge := binary.AppendUvarint([]byte{10}, 1<<62)
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"nothing", "has no pieces", nil},
		{"a length beyond the end", "is cut short, or is no model of SentencePiece's", with(huge)},
		{"a length beyond a piece", "pieces[5] is cut short", with(field(1, string(huge)))},
		{"a number without an end", "is cut short", with(bytes.Repeat([]byte{0x80}, 20))},
		{"a group", "is cut short", with([]byte{0x0b})},
		{"Llama 3's", "is no model of SentencePiece's", []byte("IQ== 0\nIg== 1\n")},
		{"a pointer", "is no model of SentencePiece's", []byte("version https://git-lfs.github.com/spec/v1\n")},
		{"an empty piece", `pieces[5] has the piece "", which is empty`, with(spiece("", 0, 1))},
		{"a piece that is no text", "pieces[5] has the piece", with(spiece("\xff", 0, 1))},
		{"a score", "pieces[5] has a score that is not finite", with(spiece("b", float32(math.NaN()), 1))},
		{"a type", "pieces[5] has the type 7", with(spiece("b", 0, 7))},
		{"two unknown", "pieces[5] is of the type unknown, and so is pieces[2]", with(spiece("b", 0, 2))},
		{"twice the same", `"a" has ids 4 and 5`, with(spiece("a", 0, 1))},
		{"no unknown", "has no piece of the type unknown", spiece("a", 0, 1)},
		{"no normal one", "has no piece of the type normal", spiece("<unk>", 0, 2)},
		{"words", "trainer_spec.model_type 3", with(field(2, string(field(3, 3))))},
		{"a suffix", "trainer_spec.treat_whitespace_as_suffix", with(field(2, string(field(24, 1))))},
		{"spaces", "normalizer_spec.escape_whitespaces", with(field(3, string(field(5, 0))))},
		{"a trainer cut short", "trainer_spec is cut short", with(field(2, "\x80"))},
		{"rules cut short", "normalizer_spec.precompiled_charsmap is cut short", with(field(3, string(field(2, "ab"))))},
		{"rules that lie", "normalizer_spec.precompiled_charsmap names more bytes", with(field(3, string(field(2, "\xff\xff\xff\x7fabcd"))))},
		{"spelled otherwise", "denormalizer_spec.precompiled_charsmap", with(field(5, string(field(2, "ab"))))},
		{"bytes", "trainer_spec.byte_fallback, and lacks", with(field(2, string(field(35, 1))))},
		{"an unused one", "pieces[5] of the type unused", with(spiece("b", 0, 5), field(2, string(field(3, 2))))},
		{"no end", "piece 770 go around texts", with(field(2, string(field(42, 770))))},
		{"a negative end", "piece -1 go around texts", with(field(2, string(field(42, -1))))},
	} {
		_, err := ParseT5(c.data, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "token: spiece.model ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	whole := 0 // lengths that end after a piece
	for n := range good {
		if _, err := ParseT5(good[:n], nil); err == nil {
			whole++
		}
	}
	if whole != 2 {
		t.Errorf("%d files that are cut short are read, want 2", whole)
	}
	many := bytes.Repeat(spiece("a", 0, 1), maxVocab+1)
	if _, err := ParseT5(many, nil); err == nil || !strings.Contains(err.Error(), "one piece too many") {
		t.Error(err)
	}
	many = bytes.Clone(good)
	for i := range maxAdded {
		many = append(many, spiece(fmt.Sprint(i), 0, 3)...)
	}
	if _, err := ParseT5(many, nil); err == nil || !strings.Contains(err.Error(), "more than 65536 pieces of the types") {
		t.Error(err)
	}
	for config, want := range map[string]string{
		`[`: "tokenizer_config.json", `{"extra_ids": -1}`: "extra_ids is -1", `{"added_tokens_decoder": {"x": {}}}`: "added_tokens_decoder",
		`{"added_tokens_decoder": {"4": {"content": "b"}}}`: `added token "b": id 4 is "a" already`,
	} {
		if _, err := ParseT5(good, []byte(config)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", config, err, want)
		}
	}
	vocab := []byte(`{"</s>": 0, "<unk>": 1, "a": 2, "<pad>": 3}`)
	for _, c := range []struct {
		source, target, vocab []byte
		config, want          string
	}{
		{good[:5], good, vocab, "{}", "token: source.spm is cut short"}, {good, nil, vocab, "{}", "token: target.spm has no pieces"}, {good, good, nil, "{}", "token: vocab.json"},
		{good, good, []byte(`{"a": 0}`), "{}", "vocab.json lacks </s>"}, {good, good, vocab, `{"separate_vocabs": true}`, "separate_vocabs"},
		{good, with(field(2, string(field(3, 2)))), vocab, "{}", "target.spm is of BPE"},
	} {
		if _, err := ParseMarian(c.source, c.target, c.vocab, []byte(c.config)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// Whatever is in SentencePiece's files, it is refused in a sentence or it encodes any text.
func FuzzSentencePiece(f *testing.F) {
	for _, name := range []string{"marian/source.spm", "t5-symbols/spiece.model", "llama/tokenizer.model", "gemma/tokenizer.model"} {
		data, err := os.ReadFile("testdata/spm/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, []byte(`{"legacy": false}`), ">>fra<< The Café's <s>  naïve ﬁ\n ①\u200b中文 ")
	}
	f.Add(slices.Concat(spiece("<unk>", 0, 2), spiece("a", -1, 1), spiece("▁a", -2, 4), field(2, string(field(3, 2))), field(3, string(field(4, 0)))),
		[]byte(`{"added_tokens_decoder": {"3": {"content": "b", "rstrip": true}}}`), "a ba")
	f.Fuzz(func(t *testing.T, data, config []byte, text string) {
		text = strings.ToValidUTF8(text, "?")
		vocab := []byte(`{"</s>": 0, "<unk>": 1, "▁a": 2, "<pad>": 3, ">>fra<<": 4}`)
		check := func(tok *Tokenizer, err error) {
			if err != nil {
				if s := err.Error(); len(s) > 1000 || !strings.HasPrefix(s, "token: ") {
					t.Errorf("error of %d bytes: %.100s", len(s), s)
				}
				return
			}
			for _, tok := range []*Tokenizer{tok, tok.Target()} {
				whole(t, tok, text, tok.Encode(text))
			}
		}
		check(ParseT5(data, config))
		check(ParseLlama(data, config))
		check(ParseMarian(data, data, vocab, config))
	})
}
