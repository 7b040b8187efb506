package bleu

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// golden.json holds sacreBLEU's numbers; testdata/golden.py wrote it.
func golden(t *testing.T) (g struct {
	Header  struct{ Tolerance float64 }
	Sets    [][]string
	Tokens  [][2]json.RawMessage
	Corpora []struct {
		Sentences  []int
		BLEU       float64
		Precisions [4]float64
		BP         float64
		HypLen     int `json:"hyp_len"`
		RefLen     int `json:"ref_len"`
	}
}) {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestTokenizeAgainstSacreBLEU(t *testing.T) {
	for _, pair := range golden(t).Tokens {
		var line string
		var want []string
		if err := json.Unmarshal(pair[0], &line); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(pair[1], &want); err != nil {
			t.Fatal(err)
		}
		if got := Tokenize(line); !slices.Equal(got, want) {
			t.Errorf("%q became\n%q, want\n%q", line, got, want)
		}
	}
}

func TestCorpusAgainstSacreBLEU(t *testing.T) {
	g := golden(t)
	for _, c := range g.Corpora {
		var hyps []string
		var refs [][]string
		for _, i := range c.Sentences {
			hyps = append(hyps, g.Sets[i][0])
			refs = append(refs, g.Sets[i][1:])
		}
		s := Corpus(hyps, refs)
		off := math.Max(math.Abs(s.BLEU-c.BLEU), math.Abs(s.BP-c.BP))
		for n, p := range s.Precisions {
			off = math.Max(off, math.Abs(p-c.Precisions[n]))
		}
		if !(off <= g.Header.Tolerance) || s.HypLen != c.HypLen || s.RefLen != c.RefLen {
			t.Errorf("sentences %v:\n%+v, want\n%+v", c.Sentences, s, c)
		}
	}
}

func TestEmptyCorpus(t *testing.T) {
	if s := Corpus(nil, nil); s != (Score{BP: 1}) {
		t.Errorf("%+v", s)
	}
}

func TestMisuse(t *testing.T) {
	for name, call := range map[string]func(){
		"lengths":      func() { Corpus([]string{"a"}, nil) },
		"no reference": func() { Corpus([]string{"a"}, [][]string{{}}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}
