package page

import (
	"strings"
	"testing"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/record"
)

var (
	testIndex = &catalog.Index{Models: []catalog.Entry{
		{ID: "en-fr", Views: []string{"links", "heatmap"}, Open: catalog.Opening{View: "links", Kind: record.Cross, Layer: 2, Head: 3}},
		{ID: "fr-en", Open: catalog.Opening{View: "heatmap", Kind: record.Cross, Layer: 0, Head: 1}},
	}}
	testStacks = func(id string) []model.Stack {
		if id != "en-fr" {
			return nil
		}
		return []model.Stack{{Kind: record.Cross, Layers: 3, Heads: 6}, {Kind: record.Self, Layers: 2, Heads: 2}}
	}
)

func TestResolve(t *testing.T) {
	for _, test := range []struct {
		settings  settings
		want      string // the state, as an address writes it
		complaint string // a part of the only complaint, if any
	}{
		{settings{}, "en-fr  links cross 2 3", ""},
		{settings{"model": "en-fr", "text": "Hi."}, "en-fr Hi. links cross 2 3", ""},
		{settings{"model": "fr-en"}, "fr-en  heatmap cross 0 1", ""},
		{settings{"model": "x"}, "en-fr  links cross 2 3", "no model named “x”"},
		{settings{"view": "heatmap", "layer": "0", "head": "mean"}, "en-fr  heatmap cross 0 mean", ""},
		{settings{"view": "pyramid"}, "en-fr  links cross 2 3", "no view named"},
		{settings{"kind": "self"}, "en-fr  links self 1 mean", ""}, // the opening's layer and head are not there, which nobody asked for
		{settings{"kind": "self", "layer": "2"}, "en-fr  links self 1 mean", "no layer 2"},
		{settings{"kind": "decoder"}, "en-fr  links cross 2 3", "no attention of the kind decoder"},
		{settings{"kind": "sideways"}, "en-fr  links cross 2 3", "no kind of attention"},
		{settings{"layer": "3"}, "en-fr  links cross 2 3", "no layer 3"},
		{settings{"layer": "-1"}, "en-fr  links cross 2 3", "“-1” is no layer"},
		{settings{"layer": "1e9"}, "en-fr  links cross 2 3", "is no layer"},
		{settings{"head": "5,0,5"}, "en-fr  links cross 2 0,5", ""},
		{settings{"head": "6"}, "en-fr  links cross 2 3", "no head 6"},
		{settings{"head": "0,6"}, "en-fr  links cross 2 0", "no head 6"},
		{settings{"head": "1,x"}, "en-fr  links cross 2 1", "“x” is no head"},
		{settings{"token": "two"}, "en-fr  links cross 2 3", "“two” is no token"},
		{settings{"compare": "0.1"}, "en-fr  links cross 2 3", "“0.1” is a head, and two can be compared"},
		{settings{"compare": "de-fr"}, "en-fr  links cross 2 3", "no model named “de-fr”"},
		{settings{"view": "compare", "compare": "0.1,2.4,1.1"}, "en-fr  compare cross 0 1 0.1,2.4", "Two heads can be compared"},
		{settings{"head": ""}, "en-fr  links cross 2 3", "is no head"},
		{settings{"target": ""}, "en-fr  links cross 2 3 ", ""},
		{settings{"target": "Oui."}, "en-fr  links cross 2 3 Oui.", ""},
		{settings{"threshold": "0.5", "special": "0"}, "en-fr  links cross 2 3 0.5 0", ""},
		{settings{"threshold": "0.8", "special": "1"}, "en-fr  links cross 2 3", ""},
		{settings{"threshold": "0"}, "en-fr  links cross 2 3", "is no threshold"},
		{settings{"threshold": "NaN"}, "en-fr  links cross 2 3", "is no threshold"},
		{settings{"words": "1", "layout": "arcs"}, "en-fr  links cross 2 3 1 arcs", ""},
		{settings{"words": "0", "layout": "columns"}, "en-fr  links cross 2 3", ""},
		{settings{"words": "yes"}, "en-fr  links cross 2 3", "words takes 0 or 1"},
		{settings{"layout": "ring"}, "en-fr  links cross 2 3", "no layout named “ring”"},
		{settings{"lens": "2"}, "en-fr  links cross 2 3", "lens takes 0 or 1"},
		{settings{"special": "no"}, "en-fr  links cross 2 3", "special takes 0 or 1"},
	} {
		st, complaints := test.settings.resolve(testIndex, testStacks)
		var values []string
		for _, p := range st.pairs() {
			values = append(values, p[1])
		}
		if got := strings.Join(values, " "); got != test.want {
			t.Errorf("%v: %q, want %q", test.settings, got, test.want)
		}
		switch {
		case test.complaint == "" && len(complaints) > 0:
			t.Errorf("%v: %q", test.settings, complaints)
		case test.complaint != "" && (len(complaints) != 1 || !strings.Contains(complaints[0], test.complaint)):
			t.Errorf("%v: %q, want %q", test.settings, complaints, test.complaint)
		}
	}
}

// TestResolveEarly has neither the list of models nor the model's stacks yet: nothing can be wrong.
func TestResolveEarly(t *testing.T) {
	nothing := func(string) []model.Stack { return nil }
	st, complaints := settings{"model": "x", "layer": "7", "head": "9"}.resolve(nil, nothing)
	if st.model != "x" || st.layer != 7 || st.head() != "9" || len(complaints) > 0 {
		t.Errorf("%+v %q", st, complaints)
	}
}
