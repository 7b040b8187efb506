package run

import (
	"math"
	"os"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/tensor"
)

// nameCounter is a decoder of one layer, by hand, whose last word looks with head 0 at the names of the prompt, all
// alike, and takes from each name's logit what its tokens were given: the name that stands there twice loses twice as
// much as the other.
func nameCounter(t *testing.T, takes float32) (m *model.Model, difference float64) {
	t.Helper()
	const positions = 64
	var texts []string
	for range 20 {
		for _, name := range ioiNames {
			texts = append(texts, "a "+name+" b")
		}
	}
	k := byHandTokens(t, 257+200, texts...)
	v := k.Len()
	width := v + positions
	width += width % 2
	var names []int
	for _, name := range ioiNames {
		if p := k.EncodePlain(" " + name); len(p) == 1 {
			names = append(names, p[0].ID)
		}
	}
	if len(names) < len(ioiNames)/2 {
		t.Fatalf("only %d names are one token", len(names))
	}
	m = byHand(t, "counter", k, 1, width, positions, map[string]func(x tensor.Matrix){
		"h.0.attn.c_attn.weight": func(x tensor.Matrix) { // rows are queries, keys and values of all heads
			for i := range positions {
				x.Row(0)[v+i] = 2 // every position asks, for what names alone are
			}
			for i, id := range names {
				x.Row(width)[id] = 2
				x.Row(2*width + i)[id] = 1
			}
		},
		"h.0.attn.c_proj.weight": func(x tensor.Matrix) {
			for i, id := range names {
				x.Row(id)[i] = -takes
			}
		},
	})
	// A token's own 1 and its position's are layer-normalised before the values are read; the mean counts in the value
	// of every name.
	w, eps := float64(width), 1e-5
	normal := func(sum, squares float64) (mean, inverse float64) {
		mean = sum / w
		return mean, 1 / math.Sqrt(squares/w-mean*mean+eps)
	}
	mean, inverse := normal(2, 2)
	high, low := (1-mean)*inverse, -mean*inverse // a value at the name itself, and at others
	once, twice := -float64(takes)*(high+2*low)/3, -float64(takes)*(2*high+low)/3
	never := -float64(takes) * low
	sum, squares := 2+once+twice+float64(len(names)-2)*never, 2+once*once+twice*twice+float64(len(names)-2)*never*never
	_, inverse = normal(sum, squares)
	return m, (once - twice) * inverse
}

// TestIndirectObjectsKnown: the difference is that of a network whose difference can be worked out, and the sign is
// that of whom the network prefers.
func TestIndirectObjectsKnown(t *testing.T) {
	for _, takes := range []float32{2, -2} {
		m, want := nameCounter(t, takes)
		got, err := IndirectObjects(m, 12, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "the difference", got.Difference, want, 1e-4)
		if right := map[bool]float64{true: 1}[takes > 0]; got.Right != right || math.Abs(want) < 1 {
			t.Errorf("%+v, want a difference of %g in all", *got, want)
		}
	}
}

// TestIndirectObjects: the prompts are those of the paper, logits that are all alike have no difference, and what
// cannot be measured is said.
func TestIndirectObjects(t *testing.T) {
	for _, template := range ioiTemplates {
		got := ioiPrompt(template, "Mary", "John")
		if strings.Count(got, "Mary") != 1 || strings.Count(got, "John") != 2 || strings.Contains(got, "IO") {
			t.Errorf("%q", got)
		}
	}
	if got, want := ioiPrompt(ioiTemplates[0], "Mary", "John"), "When Mary and John went to the store, John gave a drink to"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	m, err := model.Open(os.DirFS("../../web/models/stories"))
	if err != nil {
		t.Fatal(err)
	}
	const prompts = 12
	got, err := IndirectObjects(m, prompts, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("stories: %+v", *got)
	if got.Prompts != prompts || math.IsNaN(got.Difference) || got.Right < 0 || got.Right > 1 {
		t.Errorf("%+v", got)
	}
	// Where all logits are alike there is no difference.
	for _, p := range m.Net.Weights().List {
		p.Set(func(x tensor.Matrix) { clear(x.Data) })
	}
	if got, err = IndirectObjects(m, prompts, nil); err != nil || got.Difference != 0 || got.Right != 0 {
		t.Errorf("of logits that are alike: %+v, %v", got, err)
	}
	if _, err := IndirectObjects(inductionCircuit(t), prompts, nil); err == nil || !strings.Contains(err.Error(), "single tokens") {
		t.Errorf("without names: %v", err)
	}
	s, _ := drawn(t, "translation", "marian")
	if _, err := IndirectObjects(s.Model, prompts, nil); err == nil {
		t.Error("a translator is measured")
	}
}
