package state

import (
	"strings"
	"testing"

	"heed/core/catalog"
	"heed/core/record"
)

var (
	testIndex = &catalog.Index{Models: []catalog.Entry{
		{ID: "en-fr", Views: []string{"links", "heatmap"}, Open: catalog.Opening{View: "links", Kind: record.Cross, Layer: 2, Head: 3}},
		{ID: "fr-en", Open: catalog.Opening{View: "heatmap", Kind: record.Cross, Layer: 0, Head: 1}},
	}}
	testStacks = func(id string) []record.Stack {
		if id != "en-fr" {
			return nil
		}
		return []record.Stack{{Kind: record.Cross, Layers: 3, Heads: 6}, {Kind: record.Self, Layers: 2, Heads: 2}}
	}
)

// said makes settings of names and values.
func said(values map[string]string) (s Settings) {
	for name, v := range values {
		n, ok := Named(name)
		if !ok {
			panic("no setting is named " + name)
		}
		s.Set(n, v)
	}
	return s
}

func TestResolve(t *testing.T) {
	for _, test := range []struct {
		settings  map[string]string
		want      string // the state, as an address writes it
		complaint string // a part of the only complaint, if any
	}{
		{map[string]string{}, "en-fr  links cross 2 3", ""},
		{map[string]string{"model": "en-fr", "text": "Hi."}, "en-fr Hi. links cross 2 3", ""},
		{map[string]string{"model": "fr-en"}, "fr-en  heatmap cross 0 1", ""},
		{map[string]string{"model": "x"}, "en-fr  links cross 2 3", "no model named “x”"},
		{map[string]string{"view": "heatmap", "layer": "0", "head": "mean"}, "en-fr  heatmap cross 0 mean", ""},
		{map[string]string{"view": "pyramid"}, "en-fr  links cross 2 3", "no view named"},
		{map[string]string{"kind": "self"}, "en-fr  links self 1 mean", ""}, // the opening's layer and head are not there, which nobody asked for
		{map[string]string{"kind": "self", "layer": "2"}, "en-fr  links self 1 mean", "no layer 2"},
		{map[string]string{"kind": "decoder"}, "en-fr  links cross 2 3", "no attention of the kind decoder"},
		{map[string]string{"kind": "sideways"}, "en-fr  links cross 2 3", "no kind of attention"},
		{map[string]string{"layer": "3"}, "en-fr  links cross 2 3", "no layer 3"},
		{map[string]string{"layer": "-1"}, "en-fr  links cross 2 3", "“-1” isn’t a layer"},
		{map[string]string{"layer": "1e9"}, "en-fr  links cross 2 3", "isn’t a layer"},
		{map[string]string{"head": "5,0,5"}, "en-fr  links cross 2 0,5", ""},
		{map[string]string{"head": "all"}, "en-fr  links cross 2 0,1,2,3,4,5", ""},
		{map[string]string{"head": "all", "view": "heatmap"}, "en-fr  heatmap cross 2 mean", ""}, // which shows one map
		{map[string]string{"head": "6"}, "en-fr  links cross 2 3", "no head 6"},
		{map[string]string{"head": "0,6"}, "en-fr  links cross 2 0", "no head 6"},
		{map[string]string{"head": "1,x"}, "en-fr  links cross 2 1", "“x” isn’t a head"},
		{map[string]string{"token": "two"}, "en-fr  links cross 2 3", "“two” isn’t a token"},
		{map[string]string{"compare": "0.1"}, "en-fr  links cross 2 3", "“0.1” is one head, and two are compared"},
		{map[string]string{"compare": "de-fr"}, "en-fr  links cross 2 3", "no model named “de-fr”"},
		{map[string]string{"view": "compare", "compare": "0.1,2.4,1.1"}, "en-fr  compare cross 0 1 0.1,2.4", "Only two heads can be compared"},
		{map[string]string{"head": ""}, "en-fr  links cross 2 3", "isn’t a head"},
		{map[string]string{"target": ""}, "en-fr  links cross 2 3 ", ""},
		{map[string]string{"target": "Oui."}, "en-fr  links cross 2 3 Oui.", ""},
		{map[string]string{"threshold": "0.5", "special": "0"}, "en-fr  links cross 2 3 0.5 0", ""},
		{map[string]string{"threshold": "0.8", "special": "1"}, "en-fr  links cross 2 3", ""},
		{map[string]string{"threshold": "0"}, "en-fr  links cross 2 3", "isn’t a threshold"},
		{map[string]string{"threshold": "NaN"}, "en-fr  links cross 2 3", "isn’t a threshold"},
		{map[string]string{"words": "1", "layout": "arcs"}, "en-fr  links cross 2 3 1 arcs", ""},
		{map[string]string{"words": "0", "layout": "columns"}, "en-fr  links cross 2 3", ""},
		{map[string]string{"words": "yes"}, "en-fr  links cross 2 3", "words takes 0 or 1"},
		{map[string]string{"layout": "ring"}, "en-fr  links cross 2 3", "no layout named “ring”"},
		{map[string]string{"lens": "2"}, "en-fr  links cross 2 3", "lens takes 0 or 1"},
		{map[string]string{"special": "no"}, "en-fr  links cross 2 3", "special takes 0 or 1"},
	} {
		s := said(test.settings)
		st, complaints := s.resolve(testIndex, testStacks, 0)
		var values []string
		for _, p := range st.Pairs() {
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
	nothing := func(string) []record.Stack { return nil }
	s := said(map[string]string{"model": "x", "layer": "7", "head": "9"})
	st, complaints := s.resolve(nil, nothing, 0)
	if st.Model != "x" || st.Layer != 7 || st.Head() != "9" || len(complaints) > 0 {
		t.Errorf("%+v %q", st, complaints)
	}
}

// TestLongSettings: a setting of an address that is longer than a Record's text may be is ignored, and said; the others
// hold.
func TestLongSettings(t *testing.T) {
	for _, name := range []string{"text", "compare", "force", "off", "model", "patch", "replace"} {
		s := one(t, nil)
		was := s.Settings
		s, _ = Update(s, Address{Hash: "#" + name + "=" + strings.Repeat("a", Longest+1) + "&view=heatmap"})
		if v, _ := s.Settings.Get(View); v != "heatmap" {
			t.Errorf("%s: the view is %q", name, v)
		}
		n, _ := Named(name)
		now, _ := s.Settings.Get(n)
		before, _ := was.Get(n)
		if now != before || !strings.Contains(s.Unknown, "“"+name+"”") || !strings.Contains(s.Unknown, "65537 bytes") {
			t.Errorf("%s: %d bytes are kept, and it says %q", name, len(now), s.Unknown)
		}
	}
	s, _ := Update(one(t, nil), Address{Hash: "#text=" + strings.Repeat("a", Longest)})
	if v, _ := s.Settings.Get(Text); len(v) != Longest || s.Unknown != "" {
		t.Errorf("of a text that is not too long %d bytes are kept: %q", len(v), s.Unknown)
	}
}
