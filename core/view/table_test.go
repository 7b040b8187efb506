package view_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/record"
	"heed/core/view"
)

// TestStrongest wants the heaviest links first, each with its head, and nothing of what is hidden or masked.
func TestStrongest(t *testing.T) {
	r := small()
	rows := func(s view.State, n int) (all []string, more int) {
		t.Helper()
		table := view.Strongest(r, s, view.Env{}, n)
		if table == nil {
			t.Fatalf("%+v has no table", s)
		}
		for _, row := range table.Rows {
			all = append(all, strings.Join(row, " "))
		}
		return all, table.More
	}
	got, more := rows(view.State{Kind: record.Self, Heads: record.Heads(0)}, 3)
	if want := []string{"ing </s> 0.9000 0 0", "Cats Cats 0.8100 0 0", "sleep Cats 0.5000 0 0"}; !cmp.Equal(got, want) || more != 13 {
		t.Errorf("%q and %d more, want %q", got, more, want)
	}
	got, _ = rows(view.State{Kind: record.Self, Heads: record.Heads(0, 1)}, 5)
	if got[0] != "Cats Cats 1.0000 0 1" || got[4] != "ing </s> 0.9000 0 0" {
		t.Errorf("of two heads: %q", got)
	}
	got, _ = rows(view.State{Kind: record.Self, HideSpecial: true, Heads: record.Heads(0)}, 20)
	if len(got) != 9 || strings.Contains(strings.Join(got, " "), "</s>") {
		t.Errorf("without special tokens: %q", got)
	}
	if got, _ = rows(view.State{Kind: record.Self}, 1); got[0] != "Cats Cats 0.9050 0 mean" {
		t.Errorf("of the mean: %q", got)
	}
	r = translation()
	if got, more = rows(view.State{View: view.Heads, Kind: record.Decoder}, 20); len(got) != 6 || more != 0 { // the masked are none
		t.Errorf("of the grid: %q", got)
	}
	r.Predictions = []record.Prediction{{Position: 0, Top: []record.Candidate{{Text: " bonne", P: 0.9}, {Text: " bon", P: 0.1}}}}
	if got, _ = rows(view.State{View: view.Predictions}, 20); !cmp.Equal(got, []string{"0 <pad> bonne 0.9000", "  bon 0.1000"}) {
		t.Errorf("of the predictions: %q", got)
	}
	if table := view.Strongest(r, view.State{View: view.Context}, view.Env{}, 20); table != nil {
		t.Errorf("a Record without soft attention has the table %+v", table)
	}
}

// The zero State is the links of the mean here as in Build; what is not there is no table, and no panic.
func TestTablesOfLittle(t *testing.T) {
	if table := view.Strongest(small(), view.State{}, view.Env{}, 1); table == nil || strings.Join(table.Rows[0], " ") != "Cats Cats 0.9050 0 mean" {
		t.Errorf("%+v", table)
	}
	if b, err := view.CSV(small(), view.State{}, view.Env{}); err != nil || !strings.HasPrefix(string(b), "query,Cats") {
		t.Errorf("%v %s", err, b)
	}
	if table := view.Strongest(small(), view.State{Kind: record.Rollout}, view.Env{}, 1); table != nil {
		t.Errorf("%+v", table)
	}
	if _, err := view.CSV(nil, view.State{}, view.Env{}); err == nil {
		t.Error("nothing is written without an error")
	}
	short := small()
	short.Maps[0].Mask, short.Maps[1].Weights = []int8{1}, short.Maps[1].Weights[:3]
	for _, s := range []view.State{{View: view.Tower}, {Heads: record.Heads(1)}} {
		if _, err := view.CSV(short, s, view.Env{}); err == nil {
			t.Error("a map that does not fit its tokens is written")
		}
	}
}

func TestCSVFollowsTheView(t *testing.T) {
	r := small()
	for _, test := range []struct {
		state view.State
		begin string
		lines int
	}{
		{view.State{Kind: record.Self, Heads: record.Heads(0)}, "query,Cats,\" sleep\",ing,</s>\nCats,0.81,", 5},
		{view.State{Kind: record.Self, View: view.Heatmap}, "query,Cats,\" sleep\",ing,</s>\nCats,0.905,", 5},
		{view.State{Kind: record.Self, Heads: record.Heads(0, 1)}, "kind,layer,head,query,key,weight\nself,0,0,Cats,Cats,0.81\n", 33},
		{view.State{Kind: record.Self, View: view.Heads}, "kind,layer,head,query,key,weight\nself,0,0,Cats,Cats,0.81\n", 33},
	} {
		b, err := view.CSV(r, test.state, view.Env{})
		if err != nil || !strings.HasPrefix(string(b), test.begin) || strings.Count(string(b), "\n") != test.lines {
			t.Errorf("%+v: %v\n%s", test.state, err, b)
		}
	}
	if b, err := view.CSV(translation(), view.State{View: view.Heads, Kind: record.Decoder}, view.Env{}); err != nil || strings.Count(string(b), "\n") != 7 {
		t.Errorf("masked links are written: %v\n%s", err, b)
	}
	for _, s := range []view.State{{View: view.Predictions}, {View: view.Steps}, {View: view.Context}, {View: view.Heads, Kind: record.RNN}} {
		if _, err := view.CSV(r, s, view.Env{}); err == nil {
			t.Errorf("%s of a Record that lacks it is no error", s.View)
		}
	}
}

// The table of a tower is of the heads that the tower draws.
func TestStrongestOfATower(t *testing.T) {
	r := small()
	for h, want := range []string{"0", "1"} {
		table := view.Strongest(r, view.State{View: view.Tower, Heads: record.Heads(h)}, view.Env{}, 100)
		for _, row := range table.Rows {
			if row[5] != want {
				t.Errorf("head %d: %q", h, row)
			}
		}
		best := float32(0)
		for _, w := range r.Find(record.Self, 0, h).Weights {
			best = max(best, w)
		}
		if first := table.Rows[0][3]; first != strconv.FormatFloat(float64(best), 'f', 4, 64) {
			t.Errorf("head %d: the strongest is %s, want %v", h, first, best)
		}
	}
	if row := view.Strongest(r, view.State{View: view.Tower}, view.Env{}, 1).Rows[0]; row[5] != "mean" {
		t.Errorf("%q", row)
	}
}

// Numbers that are drawn at a temperature do not stand beside the model's own without a word.
func TestDrawnNumbersAreMarked(t *testing.T) {
	for drawn, want := range map[string][3]string{
		"":                {"position,rank,token,probability\n", "\n1,1,\" dog\",0.5\n", "\n2,2,s,0.2\n"},
		"temperature 0.7": {"position,rank,token,probability,drawn at\n", "\n1,1,\" dog\",0.5,\n", "\n2,2,s,0.2,temperature 0.7\n"},
	} {
		s, r := view.State{View: view.Predictions, Drawn: drawn}, written()
		b, err := view.CSV(r, s, view.Env{})
		for _, line := range want {
			if err != nil || !strings.Contains(string(b), line) {
				t.Errorf("drawn at %q: %v, no %q in\n%s", drawn, err, line, b)
			}
		}
		if caption := view.Strongest(written(), s, view.Env{}, 20).Caption(); drawn == "" && caption != "" || !strings.Contains(caption, drawn) {
			t.Errorf("drawn at %q the table says %q", drawn, caption)
		}
	}
	// What would be drawn is what is shown, and what the run comes to is the model's own.
	r := written()
	own := r.Outcome()
	r.Drawn = []record.Candidate{{Text: "drawn", ID: 1, P: 0.875}}
	b, err := view.CSV(r, view.State{View: view.Predictions, Drawn: "temperature 0.7"}, view.Env{})
	if err != nil || !strings.HasSuffix(string(b), "\n2,1,drawn,0.875,temperature 0.7\n") || !strings.Contains(string(b), "\n1,1,\" dog\",0.5,\n") {
		t.Errorf("drawn: %v, %s", err, b)
	}
	table := view.Strongest(r, view.State{View: view.Predictions, Drawn: "temperature 0.7"}, view.Env{}, 20)
	if row := table.Rows[len(table.Rows)-1]; row[2] != "drawn" || r.Outcome() != own || own.P == 0 {
		t.Errorf("the last row %q; the outcome %+v, own %+v", row, r.Outcome(), own)
	}
}
