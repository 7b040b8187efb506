package data

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/model"
	"heed/core/model/modeltest"
)

func TestReadPairs(t *testing.T) {
	columns := [2]int{}
	read := func(text string) ([]Pair, error) {
		path := filepath.Join(t.TempDir(), "data.tsv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return Read("translation", path, columns)
	}
	pairs, err := read("one\tun\r\ntwo\tdeux\ta third column\nthree\ttrois")
	if err != nil || !slices.Equal(pairs, []Pair{{"one", "un"}, {"two", "deux"}, {"three", "trois"}}) {
		t.Errorf("got %q, %v", pairs, err)
	}
	columns = [2]int{2, 0}
	if pairs, err := read("one\tun\teins\n"); err != nil || !slices.Equal(pairs, []Pair{{"eins", "one"}}) {
		t.Errorf("from the third column into the first: %q, %v", pairs, err)
	}
	if _, err := read("one\tun\n"); err == nil || !strings.Contains(err.Error(), "line 1: 2 columns") {
		t.Errorf("from a third column of two: the error is %v", err)
	}
	columns = [2]int{2, 2}
	if _, err := read("one\tun\teins\n"); err == nil || !strings.Contains(err.Error(), "column 2") {
		t.Errorf("from one column into itself: the error is %v", err)
	}
	columns = [2]int{}
	for text, want := range map[string]string{
		"":                                  "no lines",
		"a\tb\nno tab\n":                    "line 2: no tab",
		"a\tb\n\nc\td\n":                    "line 2: no tab",
		"a\tb\nc\td\n\te\n":                 "line 3: one side",
		"a\tb\nc\t \n":                      "line 2: one side",
		"a\tb\nc\t\xff\n":                   "line 2: not UTF-8",
		"a\tb\n" + strings.Repeat("x", 2e6): "line 2: longer than",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), "data.tsv") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: the error is %v, want %q", text, err, want)
		}
	}
}

// TestReadTexts reads files of one side.
func TestReadTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.txt")
	const text = "\ufeffOne day.\r\nThe end.\n<|endoftext|>\n \n\nTwo\tdays.\n <|endoftext|> \n<|endoftext|>\nlast"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for task, want := range map[string][]Pair{
		model.Generation: {{"", "One day.\nThe end."}, {"", "Two\tdays."}, {"", "last"}},
		model.Fill:       {{"One day.", ""}, {"The end.", ""}, {"Two", ""}, {"last", ""}},
	} {
		if got, err := Read(task, path, [2]int{}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", task, got, err, want)
		}
	}
}

func TestWithoutFinalMark(t *testing.T) {
	for s, want := range map[string]string{
		"It rains.": "It rains", "Really?!": "Really", "Il pleut !": "Il pleut", "Well…": "Well", "Well...": "Well",
		"No. 5": "No. 5", "plain": "plain", "...and so on": "...and so on", "?": "", "Vraiment ?": "Vraiment",
	} {
		if got := WithoutFinalMark(s); got != want {
			t.Errorf("%q without its final mark is %q, want %q", s, got, want)
		}
	}
}

// TestHide wants words hidden whole, punctuation never, about the share that was asked for, and the
// same ones when measuring.
func TestHide(t *testing.T) {
	m := modeltest.New(t, model.Fill, "bert")
	b := NewBuilder(model.Fill, m.Net, m.Tokenizer, 32)
	const text = "the cat, 2 dogs... and (zebras)!"
	pieces := m.Tokenizer.Encode(text)
	first := b.hide(text, 0.3, nil)
	if again := b.hide(text, 0.3, nil); !cmp.Equal(first, again) {
		t.Errorf("measuring hides %v, then %v", first, again)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	counts, masked, kept, all := map[int]int{}, 0, 0, 0
	const n = 4000
	for range n {
		e := b.hide(text, 0.3, rng)[0]
		if len(e.Source) != len(pieces) || len(e.Hidden) == 0 || len(e.Hidden) != len(e.Target) || len(e.Word) != len(e.Hidden) {
			t.Fatalf("%+v", e)
		}
		hidden := map[int]bool{}
		for j, at := range e.Hidden {
			p := pieces[at]
			if e.Target[j] != p.ID || e.Word[j] != p.Word {
				t.Fatalf("token %d is hidden as %d of word %d, it is %v", at, e.Target[j], e.Word[j], p)
			}
			if !hidden[p.Word] {
				counts[p.Word]++
			}
			hidden[p.Word] = true
			all++
			switch e.Source[at] {
			case b.mask:
				masked++
			case p.ID:
				kept++
			}
		}
		for i, p := range pieces {
			if hidden[p.Word] != slices.Contains(e.Hidden, i) {
				t.Fatalf("word %d is hidden in part: %v", p.Word, e.Hidden)
			}
			if !hidden[p.Word] && e.Source[i] != p.ID {
				t.Fatalf("token %d is changed, though not hidden", i)
			}
		}
	}
	for _, p := range pieces {
		w := text[p.Start:p.End]
		if p.Word < 0 || strings.ContainsFunc(w, Speaks) {
			continue
		}
		if strings.Trim(w, " ,.()!") == "" && w != " " && counts[p.Word] > 0 {
			t.Errorf("%q was hidden", w)
		}
	}
	// One of six words is sure to be hidden, the others are with 0.3.
	if want := 1.0/6 + 5.0/6*0.3; len(counts) != 6 {
		t.Errorf("%d words were hidden, there are 6", len(counts))
	} else {
		for w, c := range counts {
			if got := float64(c) / n; math.Abs(got-want) > 0.04 {
				t.Errorf("word %d is hidden %g of the time, want %g", w, got, want)
			}
		}
	}
	if got := float64(masked) / float64(all); math.Abs(got-0.8) > 0.03 {
		t.Errorf("%g of the hidden tokens are masks", got)
	}
	if got := float64(kept) / float64(all); math.Abs(got-0.1) > 0.03 {
		t.Errorf("%g of the hidden tokens stay", got)
	}
	for _, nothing := range []string{"", "...", " ?! "} {
		if got := b.hide(nothing, 0.3, rng); got != nil {
			t.Errorf("of %q %v is hidden", nothing, got)
		}
	}
}

// TestHideCuts wants a text that is too long to be read from its beginning, with its end token.
func TestHideCuts(t *testing.T) {
	m := modeltest.New(t, model.Fill, "bert")
	b := NewBuilder(model.Fill, m.Net, m.Tokenizer, 6)
	const text = "the cat sees the dog and the cat"
	all := ids(m.Tokenizer.Encode(text))
	e := b.hide(text, 0, nil)[0]
	for j, at := range e.Hidden {
		e.Source[at] = e.Target[j]
	}
	if want := append(slices.Clone(all[:5]), all[len(all)-1]); !slices.Equal(e.Source, want) {
		t.Errorf("%v is cut to %v, want %v", all, e.Source, want)
	}
}

// TestWindows wants every token of a text to be predicted once, each example to go on where the one before ended,
// and the end token at the end alone.
func TestWindows(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	for most := 2; most < 9; most++ {
		b := NewBuilder(model.Generation, m.Net, m.Tokenizer, most)
		text := "One day a cat saw a dog.\nThe dog ran."
		want := append(append([]int{b.start}, ids(m.Tokenizer.EncodePlain(text))...), b.eos)
		got := want[:1:1]
		for _, e := range b.windows(text) {
			if e.Size() > most || e.Target[0] != got[len(got)-1] {
				t.Errorf("a window of %d tokens goes on from %d with %v", most, got[len(got)-1], e.Target)
			}
			got = append(got, e.Target[1:]...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("windows of %d tokens are %v, want %v", most, got, want)
		}
	}
}
