package record_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/json"
	"heed/core/record"
)

// partial is a run of two encoder layers of two heads and one cross layer of one, with the given maps.
func partial(maps ...record.Map) *record.Record {
	return &record.Record{Maps: maps, Predictions: []record.Prediction{{}},
		Stacks: []record.Stack{{Kind: record.Self, Layers: 2, Heads: 2}, {Kind: record.Cross, Layers: 1, Heads: 1}}}
}

func head(k record.Kind, layer, head int) record.Map {
	return record.Map{Kind: k, Layer: layer, Head: head}
}

func TestMissing(t *testing.T) {
	layer0 := []record.Map{head(record.Self, 0, 0), head(record.Self, 0, 1)}
	self := append(layer0[:2:2], head(record.Self, 1, 0), head(record.Self, 1, 1))
	all := append(self[:4:4], head(record.Cross, 0, 0))
	place := record.Place{Kind: record.Self, Layer: 0, Head: 1, Row: 3}
	detailed := partial(layer0...).With(&record.Record{Detail: &record.Detail{Place: place}})
	meant := partial().With(&record.Record{Means: record.Means{Heads: record.Heads(1), Maps: []record.Map{head(record.Self, 0, -1)}}})
	small := partial(layer0...).With(&record.Record{Small: &record.Small{Kind: record.Self, HideSpecial: true}})
	for name, c := range map[string]struct {
		w, missing record.Want
		r          *record.Record
	}{
		"a layer that is there":       {record.Want{Kind: record.Self}, record.Want{}, partial(layer0...)},
		"a layer that is not":         {record.Want{Kind: record.Self, Layer: 1}, record.Want{Kind: record.Self, Layer: 1}, partial(layer0...)},
		"half a layer":                {record.Want{Kind: record.Self}, record.Want{Kind: record.Self}, partial(layer0[0])},
		"a kind that is there":        {record.Want{Kind: record.Self, All: true}, record.Want{}, partial(self...)},
		"a kind that is not":          {record.Want{Kind: record.Self, All: true}, record.Want{Kind: record.Self, All: true}, partial(layer0...)},
		"a kind that the run has not": {record.Want{Kind: record.RNN}, record.Want{}, partial(layer0...)},
		"all":                         {record.Want{All: true}, record.Want{}, partial(all...)},
		"not all":                     {record.Want{All: true}, record.Want{All: true}, partial(self...)},
		"the rollout":                 {record.Want{Kind: record.Rollout}, record.Want{Kind: record.Rollout}, partial(all...)},
		"the rollout, there":          {record.Want{Kind: record.Rollout}, record.Want{}, partial(head(record.Rollout, 0, 0))},
		"means":                       {record.Want{Means: true, Heads: record.Heads(1)}, record.Want{Means: true, Heads: record.Heads(1)}, partial(layer0...)},
		"means of all maps":           {record.Want{Means: true, Heads: record.Heads(1)}, record.Want{}, partial(all...)},
		"those means":                 {record.Want{Means: true, Heads: record.Heads(1)}, record.Want{}, meant},
		"other means":                 {record.Want{Means: true}, record.Want{Means: true}, meant},
		"a detail beside its maps":    {record.Want{Kind: record.Self, Detail: true, Row: place}, record.Want{Detail: true, Row: place}, partial(layer0...)},
		"that detail":                 {record.Want{Kind: record.Self, Detail: true, Row: place}, record.Want{}, detailed},
		"the lens":                    {record.Want{Kind: record.Self, Lens: true}, record.Want{Lens: true}, partial(layer0...)},
		"in small":                    {record.Want{Small: record.Self}, record.Want{Small: record.Self}, partial(layer0...)},
		"in small, there":             {record.Want{Small: record.Self, HideSpecial: true}, record.Want{}, small},
		"in small, with other tokens": {record.Want{Small: record.Self}, record.Want{Small: record.Self}, small},
		"in small, of another kind":   {record.Want{Small: record.Cross}, record.Want{Small: record.Cross}, small},
		"in small, and all are there": {record.Want{Small: record.Self, HideSpecial: true}, record.Want{}, partial(all...)},
		"a Record from a file":        {record.Want{All: true, Lens: true, Means: true}, record.Want{}, &record.Record{}},
	} {
		if got := c.w.Missing(c.r); got != c.missing {
			t.Errorf("%s: %+v is missing, not %+v", name, got, c.missing)
		}
	}
}

func TestWith(t *testing.T) {
	r := partial(head(record.Self, 0, 0))
	r.Maps[0].Rows = 7
	part := &record.Record{Maps: []record.Map{head(record.Self, 0, 0), head(record.Self, 0, 1)}, Detail: &record.Detail{}, Lens: []record.Lens{{}}}
	next := r.With(part)
	if next == r || len(r.Maps) != 1 || r.Detail != nil || r.Lens != nil {
		t.Errorf("the Record was changed: %+v", r)
	}
	if len(next.Maps) != 2 || next.Maps[0].Rows != 7 || next.Detail != part.Detail || len(next.Lens) != 1 || len(next.Stacks) != 2 {
		t.Errorf("%+v", next)
	}
	if other := r.With(&record.Record{Maps: []record.Map{head(record.Self, 1, 1)}}); other.Maps[1].Layer != 1 || next.Maps[1].Layer != 0 {
		t.Error("two that were made of one Record share memory")
	}
}

func TestHeadSet(t *testing.T) {
	s := record.Heads(70, 3, 1023, 3)
	if got := s.List(); !cmp.Equal(got, []int{3, 70, 1023}) || s.Len() != 3 || s.First() != 3 {
		t.Errorf("%v", got)
	}
	if s.Has(4) || !s.Has(70) || s.Has(-1) || s.Has(1024) {
		t.Error("Has is wrong")
	}
	if s != record.Heads(1023, 70, 3) || s.Toggle(70) != record.Heads(3, 1023) || s.Toggle(4).Len() != 4 {
		t.Error("sets do not compare")
	}
	if _, one := s.One(); one {
		t.Error("three are not one")
	}
	if h, one := record.Heads(5).One(); h != 5 || !one {
		t.Error("one is not one")
	}
	if (record.HeadSet{}).List() != nil {
		t.Error("an empty set lists heads")
	}
}

func TestWantFields(t *testing.T) {
	for _, w := range []record.Want{{}, {Small: record.Decoder, HideSpecial: true}, {Kind: record.Cross, Layer: 2}, {All: true, Means: true, Heads: record.Heads(0, 127), Lens: true},
		{Detail: true, Row: record.Place{Kind: record.RNN, Layer: 1, Head: 2, Row: 3}}} {
		b, err := json.Write(w.Fields)
		if err != nil {
			t.Fatal(err)
		}
		var got record.Want
		if err := json.Read(b, got.Fields); err != nil || got != w {
			t.Errorf("%s: %+v, %v", b, got, err)
		}
	}
	var w record.Want
	if err := json.Read([]byte(`{"kind":"","layer":0,"all":false,"means":true,"heads":[5000],"detail":false,"lens":false}`), w.Fields); err == nil {
		t.Error("head 5000 is read")
	}
}

// TestFormulas: a text that begins as a formula does gets an apostrophe, a number does not.
func TestFormulas(t *testing.T) {
	got := string(record.AppendCSV(nil, []string{"=1+1", "+", "-", "-0.5", "1e-7", "@SUM(A1)", " =x", "-a", "-Inf", "+0x1p3", "+1e5", "a;=6", "＝1＋1", "a=b", "\t=1", "-"}))
	if want := "'=1+1,'+,'-,-0.5,1e-7,'@SUM(A1),' =x,'-a,'-Inf,'+0x1p3,+1e5,\"a;=6\",'＝1＋1,a=b,\"'\t=1\",'-\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
