package token

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/heed.json and gpt2.json again (then run golden.py)")

// generator makes lines of text from a seed, the same as the one in testdata/golden.py; its random
// numbers are splitmix64's.
type generator struct {
	state  uint64
	atoms  map[string][]string
	ranges [][2]int
}

func newGenerator(t testing.TB, seed uint64) *generator {
	t.Helper()
	data, err := os.ReadFile("testdata/atoms.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	g := &generator{state: seed, atoms: map[string][]string{}}
	for name, v := range raw {
		if name == "ranges" {
			err = json.Unmarshal(v, &g.ranges)
		} else {
			var group []string
			err = json.Unmarshal(v, &group)
			g.atoms[name] = group
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func (g *generator) below(n int) int {
	g.state += 0x9e3779b97f4a7c15
	z := g.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

func (g *generator) pick(group string) string {
	return g.atoms[group][g.below(len(g.atoms[group]))]
}

func (g *generator) atom() string {
	kind := g.below(20)
	switch {
	case kind < 5:
		return g.pick("en")
	case kind < 9:
		return g.pick("fr")
	case kind < 16:
		return g.pick([]string{"contraction", "punct", "space", "emoji", "scripts", "combining", "special"}[kind-9])
	case kind == 16:
		s := ""
		for range 1 + g.below(9) {
			s += strconv.Itoa(g.below(10))
		}
		return s
	case kind == 17:
		s := ""
		for range 1 + g.below(4) {
			r := g.ranges[g.below(len(g.ranges))]
			s += string(rune(r[0] + g.below(r[1]-r[0]+1)))
		}
		return s
	case kind == 18:
		s := g.pick("en")
		return s + g.pick("fr")
	}
	s := g.pick("en")
	if g.below(50) == 0 {
		return strings.Repeat(s, 300)
	}
	return strings.Repeat(s, 3)
}

func (g *generator) line() string {
	s := ""
	for range g.below(16) {
		s += g.atom()
		if g.below(3) > 0 {
			s += " "
		}
	}
	return s
}

func (g *generator) lines(n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for range n {
			if !yield(g.line()) {
				return
			}
		}
	}
}

var golden = []struct {
	path    string
	split   func() *preTokenizer
	special []string
}{
	{"testdata/heed.json", splitHeed, []string{"<pad>", "</s>", "<unk>"}},
	{"testdata/gpt2.json", splitGPT2, []string{"<|end", "<|endoftext|>"}},
}

// The committed tokenizers are what training gives; golden.py holds them against the library's.
func TestTrainedFiles(t *testing.T) {
	for _, c := range golden {
		tok, err := newTokenizer(c.special)
		if err != nil {
			t.Fatal(err)
		}
		tok.cutBy(c.split())
		tok.learn(newGenerator(t, 1).lines(4000), 1000)
		got, err := tok.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(c.path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what training gives now", c.path)
		}
	}
}

// describe is the twin of the function in golden.py.
func describe(tok *Tokenizer, s string) string {
	var out []byte
	for mode, pieces := range [][]Piece{tok.Encode(s), tok.EncodeSpecial(s)} {
		out = append(out, "|"[:mode]...)
		for i, p := range pieces {
			out = numbers(out, i, p.ID, p.Start, p.End, p.Word)
		}
	}
	return string(out)
}

// numbers writes what is known of piece i of a list.
func numbers(out []byte, i int, of ...int) []byte {
	for k, v := range of {
		if k > 0 {
			out = append(out, ',')
		} else if i > 0 {
			out = append(out, ' ')
		}
		out = strconv.AppendInt(out, int64(v), 10)
	}
	return out
}

// digest is the beginning of the text's SHA-256.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:3])
}

// Ids, offsets and words are those of Python's tokenizers library: see testdata/golden.py.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(data))
	texts := slices.Collect(newGenerator(t, 2).lines(10000))
	if len(want) != len(golden)*len(texts) {
		t.Fatalf("golden.txt has %d digests for %d lines", len(want), len(texts))
	}
	for k, c := range golden {
		tok := read(t, c.path)
		bad := 0
		for i, s := range texts {
			d := describe(tok, s)
			if digest(d) == want[len(golden)*i+k] {
				continue
			}
			if bad++; bad <= 3 {
				t.Errorf("%s: line %d, %+q: %s", c.path, i, s, d)
			}
		}
		if bad > 0 {
			t.Errorf("%s: %d of %d lines differ", c.path, bad, len(texts))
		}
	}
}

func read(t testing.TB, path string) *Tokenizer {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}
