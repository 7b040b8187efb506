package run

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/tensor"
	"heed/core/transformer"
	"heed/core/weights"
)

// TestGenerateGolden wants the greedy and beam outputs of transformers' MarianMTModel.
func TestGenerateGolden(t *testing.T) {
	const dir = "../transformer/testdata/marian/"
	read := func(name string) []byte {
		b, err := os.ReadFile(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	c, err := transformer.ParseConfig(read("config.json"))
	if err != nil {
		t.Fatal(err)
	}
	net, err := transformer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	f, err := weights.Parse(read("model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range net.Params.List {
		x, err := f.Float32(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(func(values tensor.Matrix) { copy(values.Data, x) })
	}
	var golden struct {
		Cases []struct{ Source, Greedy, Beam []int }
	}
	if err := json.Unmarshal(read("golden.json"), &golden); err != nil {
		t.Fatal(err)
	}
	m := &model.Model{Net: net}
	var sources, greedy, beam [][]int
	for _, c := range golden.Cases {
		sources, greedy, beam = append(sources, c.Source), append(greedy, untilLoop(c.Source, c.Greedy)), append(beam, c.Beam)
	}
	p := grad.NewPass()
	if got := Generate(m, p, sources, 1, 20); !cmp.Equal(got, greedy) {
		t.Errorf("greedy search (-want +got):\n%s", cmp.Diff(greedy, got))
	}
	if got := Generate(m, p, sources, 4, 20); !cmp.Equal(got, beam) {
		t.Errorf("a beam of 4 (-want +got):\n%s", cmp.Diff(beam, got))
	}
	for i := range sources {
		if got := Generate(m, p, sources[i:i+1], 4, 20)[0]; !slices.Equal(got, beam[i]) {
			t.Errorf("beam of 4, alone: got %v, want %v", got, beam[i])
		}
	}
}

// untilLoop ends an output where it becomes a loop, which transformers goes on with; 0 is the end token.
func untilLoop(source, output []int) []int {
	for n := range output {
		if looping(output[:n], repetitions(source)) {
			return append(slices.Clone(output[:n]), 0)
		}
	}
	return output
}

func check(t *testing.T, r *record.Record) {
	t.Helper()
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	for i := range r.Maps {
		m := &r.Maps[i]
		for row := range m.Rows {
			var sum float64
			for col := range m.Cols {
				w := m.At(row, col)
				sum += float64(w)
				if m.Mask != nil && m.Mask[row*m.Cols+col] == 0 && w != 0 {
					t.Fatalf("%s %d.%d: the masked cell (%d, %d) weighs %g", m.Kind, m.Layer, m.Head, row, col, w)
				}
			}
			if math.Abs(sum-1) > 1e-4 {
				t.Fatalf("%s %d.%d: row %d sums to %g", m.Kind, m.Layer, m.Head, row, sum)
			}
		}
	}
}

func TestRun(t *testing.T) {
	m := modeltest.Small(t)
	s := NewSession(m)
	own := "le chat"
	for _, text := range []string{"", " ", "a", "the cat sat on the mat", "日本語 🤝🏽 עברית", "a\x00b", "\xff\xfe", strings.Repeat("cat ", 10000)} {
		for _, o := range []Options{{}, {Beam: 3, MaxTokens: 9}, {Target: &own}, {MaxTokens: 1}} {
			r, err := s.Run(text, o)
			if err != nil {
				t.Fatal(err)
			}
			check(t, r)
			if strings.TrimSpace(text) == "" {
				if len(r.Maps) != 0 {
					t.Error("an empty text has maps")
				}
				continue
			}
			if want := 2*4 + 3*2*2; len(r.Maps) != want {
				t.Errorf("%d maps, want %d", len(r.Maps), want)
			}
			if o.Target != nil && r.Output != own {
				t.Errorf("the output is %q, want the reader's own %q", r.Output, own)
			}
			if len(r.Predictions) != len(r.Tokens.Target)-1 {
				t.Errorf("%d predictions for %d tokens", len(r.Predictions), len(r.Tokens.Target))
			}
			// What is written is what is predicted, where search is greedy.
			if o.Target == nil && o.Beam == 0 {
				loop := slices.ContainsFunc(r.Notices, func(n string) bool { return strings.Contains(n, "repeats itself") })
				for i, p := range r.Predictions {
					best := p.Top[0].ID
					if loop && i == len(r.Predictions)-1 {
						best = 1 // the end token, whatever is more probable
					}
					if best == m.Net.(*transformer.Model).Pad {
						best = p.Top[1].ID
					}
					if got := r.Tokens.Target[i+1].ID; got != best {
						t.Errorf("%.20q: position %d is %d, the most probable is %d", text, i, got, best)
					}
				}
			}
			if len(text) > 1000 && len(r.Notices) == 0 {
				t.Error("nothing says that the text was cut")
			}
		}
	}
}

// TestReuse types a text letter by letter in one session and wants what fresh sessions give.
func TestReuse(t *testing.T) {
	m := modeltest.Small(t)
	s := NewSession(m)
	text := "the cat sat on the mat and a dog"
	for n := 1; n <= len(text); n++ {
		got, err := s.Run(text[:n], Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, _ := NewSession(m).Run(text[:n], Options{})
		if !cmp.Equal(got.Tokens, want.Tokens) {
			t.Fatalf("%q: the session says %q, a fresh one %q", text[:n], got.Output, want.Output)
		}
		for i := range got.Maps {
			for j := range got.Maps[i].Weights {
				if d := got.Maps[i].Weights[j] - want.Maps[i].Weights[j]; d > 1e-5 || d < -1e-5 {
					t.Fatalf("%q: map %d differs by %g", text[:n], i, d)
				}
			}
		}
		beam := Generate(m, grad.NewPass(), [][]int{tokenIDs(m.Tokenizer.Encode(text[:n]))}, 1, maxOutput(m, len(m.Tokenizer.Encode(text[:n])), 0))[0]
		if _, spelled := spell(m.Tokenizer, beam); spelled != got.Output {
			t.Fatalf("%q: Generate says %q, the session %q", text[:n], spelled, got.Output)
		}
	}
}

// TestReuseSavesSteps wants the second run of a text to find all of its output in the first's.
func TestReuseSavesSteps(t *testing.T) {
	s := NewSession(modeltest.Small(t))
	steps := 0
	count := Options{MaxTokens: 6, Partial: func(string) error { steps++; return nil }}
	for _, want := range []int{5, 0} {
		steps = 0
		r, err := s.Run("the cat sat on the mat", count)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(r.Tokens.Target) - 1; n != 6 {
			t.Fatalf("the output has %d tokens, this test needs 6 that do not end", n)
		}
		if steps != want {
			t.Errorf("%d steps showed something, want %d", steps, want)
		}
	}
}

// TestSpell places written tokens in the text: words, characters of several bytes, and bytes that
// make no character.
func TestSpell(t *testing.T) {
	k := modeltest.Small(t).Tokenizer
	id := func(s string) int {
		i, ok := k.ID(s)
		if !ok {
			t.Fatalf("no token %q", s)
		}
		return i
	}
	// The bytes C3 A9 are é; a lone FF is nothing.
	got, text := spell(k, []int{id("o"), id("Ã"), id("©"), id("Ġ"), id("ÿ"), id("t"), 1})
	if want := "oé \ufffdt"; text != want {
		t.Fatalf("the text is %q, want %q", text, want)
	}
	type span struct{ start, end, word int }
	want := []span{{0, 1, 0}, {1, 3, 0}, {1, 3, 0}, {3, 4, 1}, {4, 7, 1}, {7, 8, 2}, {8, 8, -1}}
	for i, w := range want {
		if g := (span{got[i].Start, got[i].End, got[i].Word}); g != w {
			t.Errorf("token %d %q lies at %v, want %v", i, got[i].Text, g, w)
		}
	}
	if !got[6].Special || got[0].Special {
		t.Error("only the end token is special")
	}
}

func TestPartialStops(t *testing.T) {
	m := modeltest.Small(t)
	stop := fmt.Errorf("newer text")
	var seen []string
	_, err := NewSession(m).Run("the cat sat on the mat", Options{Partial: func(s string) error {
		if seen = append(seen, s); len(seen) == 3 {
			return stop
		}
		return nil
	}})
	if err != stop || len(seen) != 3 {
		t.Fatalf("stopped with %v after %q", err, seen)
	}
}
