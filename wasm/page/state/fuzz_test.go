package state

import (
	"slices"
	"testing"
	"unicode/utf8"
)

// Whatever stands in an address, the page has a state for it, and the address that it writes then leads to the same
// state.
func FuzzAddress(f *testing.F) {
	for _, hash := range []string{"#model=en-fr&text=The+cat.&view=heatmap&kind=cross&layer=1&head=0,1", "#model=x&view=pyramid&head=mean&special=0&words=1&lens=1",
		"#a=1&&b&c=%e9&share=0.5", "#off=self.0.1&force=1:7&attention-temperature=2&view=compare&compare=0.1,1.0", "#model=stories&temperature=1&top-k=3&top-p=0.5&seed=7&step=2",
		"#view=patch&patch=The+dog.&at=residual&target=", "#record=https%3A%2F%2Fx%2Fy&text=%00"} {
		f.Add(hash)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		s := one(t, nil)
		s, _ = Update(s, Address{Hash: hash})
		written := s.Pairs()
		for _, p := range written {
			if utf8.ValidString(hash) && !utf8.ValidString(p[0]+p[1]) {
				t.Errorf("%q writes %q", hash, p)
			}
		}
		if got, _ := parseQuery(Hash(written)[1:]); utf8.ValidString(hash) && !slices.Equal(got, written) {
			t.Errorf("%q is written as %q and read as %q", hash, written, got)
		}
		next, _ := Update(one(t, nil), Address{Hash: Hash(written)})
		if again := next.Pairs(); s.Imported == nil && !slices.Equal(again, written) {
			t.Errorf("%q leads to %q, and that to %q", hash, written, again)
		}
	})
}

// Whatever an author writes as steps, it is refused in a sentence or each step can be shown.
func FuzzSteps(f *testing.F) {
	f.Add(`[{"say":"Look.","text":"The cat.","view":"heatmap","layer":1,"head":"0","mark":[[0,1]],"note":"n"}]`)
	f.Add(`[{"words":true,"threshold":0.5},{}]`)
	f.Fuzz(func(t *testing.T, list string) {
		steps, err := ParseSteps(list)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		for _, step := range steps {
			for _, at := range step.Mark {
				if len(at) != 2 {
					t.Errorf("a mark at %v", at)
				}
			}
		}
	})
}
