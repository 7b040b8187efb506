//go:build !js

package web_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heed/core/catalog"
	"heed/core/explain"
	"heed/core/model"
	"heed/core/record"
	heed "heed/core/run"
)

// shipped opens the models that the page has, with their entries.
func shipped(t *testing.T) (entries []catalog.Entry, run func(id, text string) *record.Record) {
	t.Helper()
	sessions := map[string]*heed.Session{}
	return readIndex(t).Models, func(id, text string) *record.Record {
		t.Helper()
		if sessions[id] == nil {
			m, err := model.Open(os.DirFS(filepath.Join("models", id)))
			if err != nil {
				t.Fatal(err)
			}
			sessions[id] = heed.NewSession(m)
		}
		r, err := sessions[id].Run(text, heed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// looks says at which key the last query of that text looks most, in the head that an example opens with.
// If another head of the kind shows it better, that is what a failure tells.
func looks(t *testing.T, r *record.Record, o catalog.Opening, query, key string) {
	t.Helper()
	trim := func(token record.Token) string { return strings.TrimSpace(token.Text) }
	strongest := func(m *record.Map) (row, col int) {
		for i, q := range r.Queries(o.Kind) {
			if trim(q) == query {
				row = i
			}
		}
		for j := range m.Cols {
			if m.At(row, j) > m.At(row, col) {
				col = j
			}
		}
		return row, col
	}
	keys := r.Keys(o.Kind)
	if m := r.Find(o.Kind, o.Layer, o.Head); m != nil {
		if _, col := strongest(m); trim(keys[col]) == key {
			return
		}
	}
	better := "no other head has it so"
	most := float32(0)
	for i := range r.Maps {
		m := &r.Maps[i]
		if m.Kind != o.Kind {
			continue
		}
		if row, col := strongest(m); trim(keys[col]) == key && m.At(row, col) > most {
			most, better = m.At(row, col), "it does in layer "+strconv.Itoa(m.Layer)+", head "+strconv.Itoa(m.Head)
		}
	}
	t.Errorf("“%s”: %q does not look most at %q in layer %d, head %d: %s", r.Text, query, key, o.Layer, o.Head, better)
}

// likely are the most probable tokens of the last prediction, trimmed.
func likely(r *record.Record) (all []string) {
	for _, c := range r.Predictions[len(r.Predictions)-1].Top {
		all = append(all, strings.TrimSpace(c.Text))
	}
	return all
}

// TestHints holds what the list of models tells the reader to look for against the models.
func TestHints(t *testing.T) {
	t.Parallel()
	entries, run := shipped(t)
	link := func(pairs ...string) func(*testing.T, string, *record.Record, catalog.Opening) {
		return func(t *testing.T, _ string, r *record.Record, o catalog.Opening) {
			for i := 0; i < len(pairs); i += 2 {
				looks(t, r, o, pairs[i], pairs[i+1])
			}
		}
	}
	writes := func(yes bool, words ...string) func(*testing.T, string, *record.Record, catalog.Opening) {
		return func(t *testing.T, _ string, r *record.Record, _ catalog.Opening) {
			for _, w := range words {
				if strings.Contains(r.Output, w) != yes {
					t.Errorf("“%s” becomes “%s”; is %q there: not %v", r.Text, r.Output, w, yes)
				}
			}
		}
	}
	expects := func(words ...string) func(*testing.T, string, *record.Record, catalog.Opening) {
		return func(t *testing.T, _ string, r *record.Record, _ catalog.Opening) {
			if first := likely(r)[0]; !slices.Contains(words, first) {
				t.Errorf("“%s”: %q is expected most, not one of %q", r.Text, first, words)
			}
		}
	}
	const red, coffee, sister = "She bought a red car last week.", "I like tea, but my brother prefers coffee, and our parents drink nothing but water.",
		"My sister lives in a small house near the sea. She has two dogs and a cat. Every morning she walks along the beach."
	checks := map[[2]string]func(*testing.T, string, *record.Record, catalog.Opening){
		{"en-fr", red}: link("voiture", "car", "rouge", "red"),
		{"en-fr", "The bread is good and the soup is good."}: link("bon", "pain", "bonne", "soupe"),
		{"en-fr", "I see her every day."}:                    link("la", "her", "vois", "see"),
		{"en-fr", coffee}: func(t *testing.T, _ string, r *record.Record, o catalog.Opening) {
			var at []string
			m, keys := r.Find(o.Kind, o.Layer, o.Head), r.Keys(o.Kind)
			for i, q := range r.Queries(o.Kind) {
				if strings.TrimSpace(q.Text) == "le" {
					row := m.Weights[i*m.Cols:][:m.Cols]
					at = append(at, strings.TrimSpace(keys[slices.Index(row, slices.Max(row))].Text))
				}
			}
			if !slices.Equal(at, []string{"tea", "coffee"}) {
				t.Errorf("“le” looks at %q", at)
			}
		},
		{"en-fr", "he doesn't want to go to school today"}: func(t *testing.T, _ string, r *record.Record, o catalog.Opening) {
			looks(t, r, o, "ne", "t")
			o.Head = 0
			looks(t, r, o, "pas", "t")
		},
		{"en-fr", sister}:        link("Elle", "She", "elle", "she"),
		{"en-fr-attention", red}: link("voiture", "car", "rouge", "red"),
		{"en-fr-attention", "I like tea, and my brother likes coffee."}: link("thé", "tea", "café", "coffee"),
		{"en-fr-attention", "The little girl is playing with her dog in the garden."}: func(t *testing.T, _ string, r *record.Record, o catalog.Opening) {
			if p := explain.Pattern(r.Find(o.Kind, o.Layer, o.Head), r); p.Shape != explain.Along {
				t.Errorf("the path is %v, %.2f", p.Shape, p.Share)
			}
		},
		{"en-fr-attention", sister}: func(t *testing.T, _ string, r *record.Record, o catalog.Opening) {
			m, sum := r.Find(o.Kind, o.Layer, o.Head), 0.0
			for i := range m.Rows {
				row := slices.Clone(m.Weights[i*m.Cols:][:m.Cols])
				slices.Sort(row)
				for _, w := range row[len(row)-3:] {
					sum += float64(w) / float64(m.Rows)
				}
			}
			if sum < 0.7 || m.Cols < 20 {
				t.Errorf("the three strongest of %d keys have %.2f of the weight", m.Cols, sum)
			}
			if lost := run("en-fr-context", sister).Output; strings.Contains(lost, "chien") {
				t.Errorf("the fixed vector loses nothing: %s", lost)
			}
		},
		{"en-fr-context", red}: func(t *testing.T, id string, r *record.Record, o catalog.Opening) {
			writes(true, "voiture", "rouge")(t, id, r, o)
			writes(false, "semaine")(t, id, r, o)
		},
		{"en-fr-context", "The little girl is playing with her dog in the garden."}: func(t *testing.T, id string, r *record.Record, _ catalog.Opening) {
			other := run(id, "The little girl is playing with her cat in the garden.").Context
			changed := 0
			for i, v := range r.Context.Values {
				if math.Abs(float64(v-other.Values[i])) > 1e-3 {
					changed++
				}
			}
			if changed < len(other.Values)*8/10 {
				t.Errorf("%d of %d numbers change", changed, len(other.Values))
			}
		},
		{"en-fr-context", coffee}: func(t *testing.T, id string, r *record.Record, _ catalog.Opening) {
			if other := run(id, "I like tea."); len(strings.Fields(r.Text)) != 15 || other.Context.Cols*other.Context.Rows != r.Context.Cols*r.Context.Rows {
				t.Error("three words have another vector than fifteen")
			}
		},
		{"en-fr-context", sister}: writes(false, "chien", "matin"),
		{"shorten", "The company, which was founded in 1998 by two students, said it will close three of its five factories."}: func(t *testing.T, id string, r *record.Record, o catalog.Opening) {
			writes(true, "will close")(t, id, r, o)
			writes(false, "founded", "students")(t, id, r, o)
		},
		{"shorten", "A British woman who was lost in the mountains of northern Spain for six days has been found alive, police said on Friday."}: func(t *testing.T, id string, r *record.Record, o catalog.Opening) {
			writes(true, "woman has been found")(t, id, r, o)
			writes(false, " who ", "lost")(t, id, r, o)
		},
		{"shorten", "The mayor of the city announced on Tuesday that the new bridge across the river will be opened next month, according to officials."}: func(t *testing.T, id string, r *record.Record, o catalog.Opening) {
			writes(true, "bridge", "will be opened")(t, id, r, o)
			writes(false, "mayor", "Tuesday")(t, id, r, o)
		},
		{"stories", "Once upon a time there was a little girl who"}:                                 expects("loved", "was", "wanted", "lived", "liked", "had"),
		{"stories", "Lily had a red ball. She"}:                                                     link("She", "Lily"),
		{"stories", "Once upon a time there was a little girl named Mia. Mia had a cat. Mia had a"}: link("a", "cat"),
		{"stories", "The cat was sad because"}:                                                      expects("it", "he", "she"),
		{"fill", "The little [MASK] was very happy to see his mom."}: func(t *testing.T, id string, r *record.Record, o catalog.Opening) {
			expects("boy")(t, id, r, o)
			expects("girl")(t, id, run(id, "The little [MASK] was very happy to see her mom."), o)
		},
		{"fill", "Tom was sad because [MASK] lost his toy."}: func(t *testing.T, id string, r *record.Record, o catalog.Opening) {
			expects("he")(t, id, r, o)
			link("[MASK]", "Tom")(t, id, r, o)
		},
		{"fill", "He was sad [MASK] he lost his toy."}: expects("because", "when", "that", "and", "but"),
	}
	for _, e := range entries {
		for i, x := range e.Examples {
			check, open := checks[[2]string{e.ID, x.Text}], e.Open
			if x.Open != nil {
				open = *x.Open
			}
			switch {
			case check == nil:
				t.Errorf("%s: nothing checks what is to be seen in “%s”", e.ID, x.Text)
			case x.Look == "" || i == 0 && x.Open != nil && *x.Open != e.Open:
				t.Errorf("%s: “%s” lacks its sentence, or is the first and opens on another view than the model", e.ID, x.Text)
			case !slices.Contains(e.Views, open.View):
				t.Errorf("%s has no view %s", e.ID, open.View)
			default:
				check(t, e.ID, run(e.ID, x.Text), open)
			}
		}
	}
}

// TestStoredExamples holds the Records that the page shows while a model is on its way against what the
// model says. "heed index web/models" writes them.
func TestStoredExamples(t *testing.T) {
	t.Parallel()
	entries, run := shipped(t)
	near := func(id string, a, b []float32) {
		t.Helper()
		if len(a) != len(b) {
			t.Errorf("%s: %d numbers are stored, %d there; run heed index web/models", id, len(a), len(b))
			return
		}
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > 1e-3 {
				t.Errorf("%s: the stored %v is %v; run heed index web/models", id, a[i], b[i])
				return
			}
		}
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join("models", e.ID, catalog.ExampleFile))
		if err != nil {
			t.Fatal(err)
		}
		got, err := record.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		want := run(e.ID, e.Examples[0].Text)
		if got.Text != want.Text || got.Output != want.Output || !slices.Equal(got.Tokens.Target, want.Tokens.Target) {
			t.Errorf("%s: another text is stored than “%s”, “%s”; run heed index web/models", e.ID, want.Text, want.Output)
			continue
		}
		heads := 0
		for _, m := range got.Maps {
			near(e.ID, m.Weights, want.Find(m.Kind, m.Layer, m.Head).Weights)
			heads++
		}
		for _, s := range e.Stacks {
			if s.Kind == e.Open.Kind && s.Heads != heads {
				t.Errorf("%s: %d maps are stored, not the %d of the layer that it opens with", e.ID, heads, s.Heads)
			}
		}
		if got.Context != nil {
			near(e.ID, got.Context.Values, want.Context.Values)
		}
		for i, p := range got.Predictions {
			for j, c := range p.Top {
				near(e.ID, []float32{c.P}, []float32{want.Predictions[i].Top[j].P})
			}
		}
	}
}
