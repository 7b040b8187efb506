package run_test

import (
	"math"
	"os"
	"path"
	"path/filepath"
	"testing"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
)

// TestInt8Models runs the shipped models' examples with weights of a byte, as the page does, and holds what they
// show against float32. The limit is that by which the page's arithmetic was chosen.
func TestInt8Models(t *testing.T) {
	dirs, err := filepath.Glob("../../web/models/*/config.json")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no models: ", err)
	}
	for _, dir := range dirs {
		m, err := model.Open(os.DirFS(filepath.Dir(dir)))
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string][]string{
			model.Translation: {"She bought a red car last week.", "My old neighbour often tells me that his dog is very clever"},
			model.Compression: {"A British woman who was lost in the mountains of northern Spain for six days has been found alive, police said on Friday."},
			model.Generation:  {"Once upon a time there was a little girl who had a red ball. She liked to play with her dog in the park near the old house. One day"},
			model.Fill:        {"The little [MASK] was very happy to see his mom. Tom was sad because [MASK] lost his toy."},
		}[m.About.Task]
		var attention, probability float64
		records := func() (all []*record.Record) {
			s := run.NewSession(m)
			for _, text := range texts {
				r, err := s.Run(text, run.Options{})
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, r)
			}
			return all
		}
		whole := records()
		m.Net.Weights().Compact(true)
		for i, got := range records() {
			text, want := texts[i], whole[i]
			if got.Output != want.Output {
				t.Errorf("%s: %q becomes %q, not %q", dir, text, got.Output, want.Output)
				continue
			}
			attention = max(attention, worstMap(got, want))
			for i, p := range want.Predictions {
				for j, c := range p.Top {
					if other := got.Predictions[i].Top[j]; other.ID == c.ID {
						probability = max(probability, math.Abs(float64(other.P-c.P)))
					}
				}
			}
		}
		t.Logf("%s: attention %.1e, probability %.1e", path.Base(path.Dir(filepath.ToSlash(dir))), attention, probability)
		if probability == 0 || attention > 2e-3 || probability > 2e-3 {
			t.Errorf("%s: the worst weight is off by %g, the worst probability by %g", dir, attention, probability)
		}
		for _, p := range m.Net.Weights().List {
			if p.Role == grad.Matrix && 3*p.Bytes() > 4*p.Rows*p.Cols {
				t.Errorf("%s: %s takes %d bytes", dir, p.Name, p.Bytes())
			}
		}
	}
}

// worstMap is the largest difference of two runs' attention weights.
func worstMap(got, want *record.Record) (worst float64) {
	for i, m := range want.Maps {
		for j, w := range m.Weights {
			worst = max(worst, math.Abs(float64(w-got.Maps[i].Weights[j])))
		}
	}
	return worst
}
