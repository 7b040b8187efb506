package run

import (
	"math"
	"os"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/tensor"
)

// TestIndirectObjects: the prompts are those of the paper, logits that are all alike have no difference, and what cannot be measured is said.
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
