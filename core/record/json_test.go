package record

import (
	"encoding/csv"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// translation is a small valid Record with every field set.
func translation() *Record {
	inf := float32(math.Inf(-1))
	return &Record{
		Format: Format, Model: "tiny", Task: "translation",
		Text: "Où, là?", Output: "Where \"there\"?",
		Notices: []string{"cut"},
		Tokens: Tokens{
			Source: []Token{
				{Text: "Où", ID: 3, Start: 0, End: 3, Word: 0},
				{Text: ",", ID: 4, Start: 3, End: 4, Word: 1},
				{Text: "</s>", ID: 0, Start: 9, End: 9, Word: -1, Special: true},
			},
			Target: []Token{
				{Text: "<pad>", ID: 9, Word: -1, Special: true},
				{Text: "Where", ID: 5, Start: 0, End: 5},
				{Text: " \"there\"", ID: 6, Start: 5, End: 13, Word: 1},
			},
		},
		Maps: []Map{
			{Kind: Cross, Layer: 0, Head: 0, Rows: 2, Cols: 3, Weights: []float32{.5, .25, .25, 1, 0, 0}},
			{Kind: Cross, Layer: 0, Head: 1, Rows: 2, Cols: 3, Weights: []float32{0, .75, .25, 0, 1, 0}},
			{Kind: Decoder, Layer: 1, Head: 0, Rows: 2, Cols: 2, Weights: []float32{1, 0, 1. / 3, 2. / 3},
				Scores: []float32{.1, inf, -2, 3e-7}, Mask: []int8{1, 0, 1, 1}},
		},
		Predictions: []Prediction{{Position: 1, Top: []Candidate{{Text: "là", ID: 6, P: .875}, {Text: ".", ID: 2, P: .1}}}},
		Lens: []Lens{{Predictions: []Prediction{{Position: 1, Top: []Candidate{{Text: ".", ID: 2, P: .5}}}}},
			{Layer: 1, Predictions: []Prediction{{Position: 1, Top: []Candidate{{Text: "là", ID: 6, P: .875}}}}}},
		Context: &Context{Rows: 1, Cols: 2, Values: []float32{.5, -1e-9}, States: []float32{1, 2, 3, 4, 5, 6}},
		Detail: &Detail{Place: Place{Kind: Decoder, Layer: 1, Row: 0}, Score: Additive, Scale: 1, Q: []float32{.5, 0, 1}, K: []float32{1, 2, 3, 4, 5, 6}, Vector: []float32{-1, 0, 1},
			V: []float32{1, 2, 3, 4}, Scores: []float32{.1, inf}, Weights: []float32{1, 0}, Mask: []int8{1, 0}, Output: []float32{1, 2}},
	}
}

func TestRoundTrip(t *testing.T) {
	r := translation()
	data, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(float64(r.Maps[2].Scores[1]), -1) {
		t.Error("writing changed the Record")
	}
	r.Maps[2].Scores[1] = 0 // what a masked score that is not finite is written as
	r.Detail.Scores[1] = 0
	if d := cmp.Diff(r, back); d != "" {
		t.Errorf("it comes back otherwise (-written +read):\n%s", d)
	}
	again, err := back.JSON()
	if err != nil || string(again) != string(data) {
		t.Errorf("the second file differs: %v", err)
	}
}

func TestEmptyRecord(t *testing.T) {
	data, err := (&Record{}).JSON()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "null") || !strings.Contains(string(data), `"format":"heed.record/1"`) {
		t.Errorf("%s", data)
	}
	if _, err := Parse(data); err != nil {
		t.Error(err)
	}
}

// soft is a Record of a recurrent model with soft attention.
func soft() *Record {
	r := translation()
	r.Maps = []Map{{Kind: RNN, Rows: 2, Cols: 3, Weights: []float32{.5, .25, .25, 1, 0, 0}}}
	r.Context = &Context{Rows: 2, Cols: 2, Values: []float32{2.5, 3.5, 1, 2}, States: []float32{1, 2, 3, 4, 5, 6}}
	return r
}

func TestContext(t *testing.T) {
	fixed, bare, one := translation(), soft(), soft()
	bare.Context.States = nil
	one.Tokens.Target = one.Tokens.Target[:2]
	one.Maps[0].Rows, one.Maps[0].Weights, one.Predictions = 1, one.Maps[0].Weights[:3], nil
	one.Detail, one.Lens = nil, nil
	one.Context.Rows, one.Context.Values = 1, one.Context.Values[:2]
	without := soft() // whoever sends only what is on screen may leave the map out
	without.Maps = without.Maps[:0]
	for name, r := range map[string]*Record{"fixed": fixed, "soft": soft(), "no states": bare, "one word": one, "no map": without} {
		data, err := r.JSON()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		back, err := Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(r.Context, back.Context); d != "" {
			t.Errorf("%s comes back otherwise (-written +read):\n%s", name, d)
		}
		if has := strings.Contains(string(data), `"states"`); has != (name != "no states") {
			t.Errorf("%s: states written: %v", name, has)
		}
	}
	r := translation()
	r.Context = nil
	if data, err := r.JSON(); err != nil || strings.Contains(string(data), `"context"`) {
		t.Errorf("%v: a context that is not there was written", err)
	}
}

func TestContextCSV(t *testing.T) {
	got, err := soft().ContextCSV()
	want := "vector,token,0,1\ncontext,Where,2.5,3.5\ncontext,\" \"\"there\"\"\",1,2\nstate,Où,1,2\nstate,\",\",3,4\nstate,</s>,5,6\n"
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	r := translation()
	r.Context.States = nil
	got, err = r.ContextCSV()
	if want := "vector,token,0,1\ncontext,,0.5,-1e-09\n"; err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	r.Context.Cols = 3
	if _, err := r.ContextCSV(); err == nil {
		t.Error("a context that does not fit was written")
	}
	r.Context = nil
	if _, err := r.ContextCSV(); err == nil {
		t.Error("no context was written")
	}
}

// generated is a Record of a decoder alone that has written " b"; filled one of an encoder alone.
func generated() *Record {
	return &Record{Format: Format, Task: Generation, Text: "a b", Output: " b",
		Tokens: Tokens{Source: []Token{{Text: "<|endoftext|>", Word: -1, Special: true}, {Text: "a", End: 1}, {Text: " b", Start: 1, End: 3, Word: 1}}},
		Maps:   []Map{{Kind: Decoder, Rows: 3, Cols: 3, Weights: []float32{1, 0, 0, .5, .5, 0, 0, 0, 1}}},
		Predictions: []Prediction{{Top: []Candidate{{Text: "a", P: .5}}}, {Position: 1, Top: []Candidate{{Text: " b", P: .5}}},
			{Position: 2, Top: []Candidate{{Text: " c", P: .5}, {Text: " d", P: .25}}}}}
}

func filled() *Record {
	return &Record{Format: Format, Task: Fill, Text: "a __", Output: "a b",
		Tokens:      Tokens{Source: []Token{{Text: "[CLS]", Word: -1, Special: true}, {Text: "a", End: 1}, {Text: "[MASK]", Start: 2, End: 4, Word: 1}}},
		Maps:        []Map{{Kind: Self, Rows: 3, Cols: 3, Weights: []float32{1, 0, 0, .5, .5, 0, 0, 0, 1}}},
		Predictions: []Prediction{{Position: 2, Top: []Candidate{{Text: " b", P: .5}}}}}
}

func TestOtherTasks(t *testing.T) {
	for kind, r := range map[Kind]*Record{Decoder: generated(), Self: filled()} {
		data, err := r.JSON()
		if err != nil {
			t.Fatal(kind, err)
		}
		back, err := Parse(data)
		if d := cmp.Diff(r, back); err != nil || d != "" {
			t.Errorf("%s comes back otherwise: %v (-written +read)\n%s", kind, err, d)
		}
		if !slices.Equal(r.Queries(kind), r.Tokens.Source) || !slices.Equal(r.Keys(kind), r.Tokens.Source) {
			t.Errorf("%s: rows %v, columns %v", kind, r.Queries(kind), r.Keys(kind))
		}
	}
	for _, c := range []struct {
		want   string
		r      *Record
		damage func(*Record)
	}{
		{"attributions of positions 0 and 1", generated(), func(r *Record) {
			source := make([]float32, len(r.Tokens.Source))
			r.Attribution = &Attribution{Source: source, Beside: &Attribution{Source: source, Position: 1}}
		}},
		{"does not end with the output", generated(), func(r *Record) { r.Output = " c" }},
		{"does not end with the output", generated(), func(r *Record) { r.Output = "a b and more" }},
		{"1 target tokens", generated(), func(r *Record) { r.Tokens.Target = []Token{{Special: true}} }},
		{"the task generation does not have", generated(), func(r *Record) { r.Maps[0].Kind = Self }},
		{"position 3 of 3", generated(), func(r *Record) { r.Predictions[2].Position = 3 }},
		{"predicted twice", generated(), func(r *Record) { r.Predictions[2].Position = 1 }},
		{"1 target tokens", filled(), func(r *Record) { r.Tokens.Target = []Token{{Special: true}} }},
		{"the task fill does not have", filled(), func(r *Record) { r.Maps[0].Kind = Decoder }},
	} {
		c.damage(c.r)
		if err := c.r.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// A decoder-only model has its tokens in source, and no target; its task need not have our name.
func TestDecoderOnly(t *testing.T) {
	r := &Record{Text: "ab", Tokens: Tokens{Source: []Token{{Text: "a", End: 1}, {Text: "b", Start: 1, End: 2}}},
		Maps:        []Map{{Kind: Decoder, Rows: 2, Cols: 2, Weights: []float32{1, 0, .5, .5}}},
		Predictions: []Prediction{{Position: 1}}}
	data, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(data); err != nil {
		t.Error(err)
	}
}

func TestValidateRefuses(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		want   string
		damage func(*Record)
	}{
		{`this program reads "heed.record/1"`, func(r *Record) { r.Format = "heed.record/2" }},
		{"spans bytes -1", func(r *Record) { r.Tokens.Source[0].Start = -1 }},
		{"spans bytes 2 to 1", func(r *Record) { r.Tokens.Target[1].Start, r.Tokens.Target[1].End = 2, 1 }},
		{"of a text of 9", func(r *Record) { r.Tokens.Source[1].End = 10 }},
		{"cut a character", func(r *Record) { r.Tokens.Source[0].End = 2 }},
		{"not UTF-8", func(r *Record) { r.Output = "\xff" }},
		{"word number", func(r *Record) { r.Tokens.Source[0].Word = -2 }},
		{"unknown kind", func(r *Record) { r.Maps[0].Kind = "croß" }},
		{"no target tokens", func(r *Record) { r.Tokens.Target = nil }},
		{"out of range", func(r *Record) { r.Maps[0].Layer = -1 }},
		{"out of range", func(r *Record) { r.Maps[0].Layer = 1 << 40 }},
		{"out of range", func(r *Record) { r.Maps[0].Head = -1 }},
		{"is 3 × 3, but its tokens are 2 × 3", func(r *Record) { r.Maps[0].Rows = 3 }},
		{"is 2 × 2, but its tokens are 2 × 3", func(r *Record) { r.Maps[0].Cols = 2 }},
		{"needs 6 numbers", func(r *Record) { r.Maps[0].Weights = r.Maps[0].Weights[:5] }},
		{"needs 4 numbers", func(r *Record) { r.Maps[2].Scores = r.Maps[2].Scores[:3] }},
		{"needs 4 numbers", func(r *Record) { r.Maps[2].Mask = []int8{} }},
		{"expected 0 or 1", func(r *Record) { r.Maps[2].Mask[3] = 2 }},
		{"weight NaN in row 1, column 0", func(r *Record) { r.Maps[0].Weights[3] = nan }},
		{"weight +Inf", func(r *Record) { r.Maps[0].Weights[3] = float32(math.Inf(1)) }},
		{"weights are from 0 to 1", func(r *Record) { r.Maps[0].Weights[3] = 3 }},
		{"weights are from 0 to 1", func(r *Record) { r.Maps[0].Weights[3] = -0.1 }},
		{"not masked", func(r *Record) { r.Maps[2].Mask = nil }},
		{"duplicate", func(r *Record) { r.Maps[1].Head = 0 }},
		{"position 2 of 2", func(r *Record) { r.Predictions[0].Position = 2 }},
		{"position -1", func(r *Record) { r.Predictions[0].Position = -1 }},
		{"lens is of layer -1", func(r *Record) { r.Lens[0].Layer = -1 }},
		{"duplicate lens of layer 1", func(r *Record) { r.Lens[0].Layer = 1 }},
		{"in the lens of layer 1, a prediction is for position 7", func(r *Record) { r.Lens[1].Predictions[0].Position = 7 }},
		{"in the lens of layer 0, position 1 predicts token 2 with the probability 2", func(r *Record) { r.Lens[0].Predictions[0].Top[0].P = 2 }},
		{"probability NaN", func(r *Record) { r.Predictions[0].Top[0].P = nan }},
		{"probability 2", func(r *Record) { r.Predictions[0].Top[0].P = 2 }},
		{"context has 0 columns", func(r *Record) { r.Context.Cols = 0 }},
		{"columns; expected 1 to", func(r *Record) { r.Context.Cols = 1 << 40 }},
		{"context has 0 rows", func(r *Record) { r.Context.Rows = 0 }},
		{"context has -1 rows", func(r *Record) { r.Context.Rows = -1 }},
		{"one for each of the 2 output tokens", func(r *Record) { r.Context.Rows = 3 }},
		{"is 1 × 2 and has 1 values", func(r *Record) { r.Context.Values = r.Context.Values[:1] }},
		{"is 2 × 2 and has 2 values", func(r *Record) { r.Context.Rows = 2 }},
		{"expected 2, as the rnn map has", func(r *Record) { r.Maps = soft().Maps }},
		{"has 5 numbers of states", func(r *Record) { r.Context.States = r.Context.States[:5] }},
		{"value NaN in row 0, column 1", func(r *Record) { r.Context.Values[1] = nan }},
		{"unknown kind; expected self", func(r *Record) { r.Detail.Kind = "croß" }},
		{"of a kind that the task fill", func(r *Record) { *r = *filled(); r.Detail = translation().Detail }},
		{"detail is out of range", func(r *Record) { r.Detail.Layer = -1 }},
		{"detail is out of range", func(r *Record) { r.Detail.Head = 1 << 40 }},
		{"is of row 2, and its map has 2", func(r *Record) { r.Detail.Row = 2 }},
		{"is of row -1", func(r *Record) { r.Detail.Row = -1 }},
		{"unknown score function", func(r *Record) { r.Detail.Score = "cosine" }},
		{"a query of 0 numbers", func(r *Record) { r.Detail.Q, r.Detail.K = nil, nil }},
		{"an output of 0", func(r *Record) { r.Detail.Output, r.Detail.V = nil, nil }},
		{"has 5 numbers of keys", func(r *Record) { r.Detail.K = r.Detail.K[:5] }},
		{"and 3 of values", func(r *Record) { r.Detail.V = r.Detail.V[:3] }},
		{"a vector of 2 numbers", func(r *Record) { r.Detail.Vector = r.Detail.Vector[:2] }},
		{"a vector of 3 numbers", func(r *Record) { r.Detail.Score = Dot }},
		{"has 1 scores", func(r *Record) { r.Detail.Scores = r.Detail.Scores[:1] }},
		{"3 weights", func(r *Record) { r.Detail.Weights = append(r.Detail.Weights, 1) }},
		{"0 mask cells", func(r *Record) { r.Detail.Mask = []int8{} }},
		{"2 in its mask, column 1", func(r *Record) { r.Detail.Mask[1] = 2 }},
		{"a scale that is not finite", func(r *Record) { r.Detail.Scale = nan }},
		{"score that is not finite in column 1", func(r *Record) { r.Detail.Mask = nil }},
		{"in its keys that is not finite, at 2", func(r *Record) { r.Detail.K[2] = nan }},
		{"in its output that is not finite", func(r *Record) { r.Detail.Output[0] = nan }},
		{"there are no target tokens", func(r *Record) { *r = *filled(); r.Task = ""; r.Detail = &Detail{Place: Place{Kind: RNN}} }},
		{"source token 1 has the value +Inf in column 0", func(r *Record) { r.Context.States[2] = float32(math.Inf(1)) }},
	} {
		r := translation()
		c.damage(r)
		err := r.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
		if r.Format == Format {
			if _, err := r.JSON(); err == nil {
				t.Errorf("%s: it was written", c.want)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ want, data string }{
		{"not the JSON", ``},
		{"not the JSON", `<html>`},
		{"not the JSON", `[]`},
		{"not the JSON", `{"format":"heed.record/1","maps":[{"weights":[1e999]}]}`},
		{"not the JSON", `{"format":"heed.record/1","maps":[{"rows":1.5}]}`},
		{"not the JSON", `{"format":"heed.record/1","maps":[{"mask":[300]}]}`},
		{"the format is", `{}`},
		{"the format is", `null`},
		{"unknown kind", `{"format":"heed.record/1","maps":[null]}`},
		{"its tokens are 0 × 0", `{"format":"heed.record/1","maps":[{"kind":"self","rows":4294967296,"cols":4294967296}]}`},
		{"context has 0 columns", `{"format":"heed.record/1","context":{}}`},
		{"is not an object", `{"format":"heed.record/1","context":[1,2]}`},
		{"is not an object", `{"format":"heed.record/1","detail":7}`},
		{"unknown kind", `{"format":"heed.record/1","detail":{}}`},
		{"is of row 0, and its map has 0", `{"format":"heed.record/1","detail":{"kind":"self","score":"dot"}}`},
		{"not a whole number", `{"format":"heed.record/1","detail":{"kind":"self","row":1e30}}`},
		{"columns; expected 1 to", `{"format":"heed.record/1","context":{"rows":1,"cols":9223372036854775807,"values":[]}}`},
		{"is 1 × 65536 and has 0", `{"format":"heed.record/1","context":{"rows":1,"cols":65536,"values":[]}}`},
		{"out of range", `{"format":"heed.record/1","context":{"rows":1,"cols":1,"values":[1e40]}}`},
		{"holds 300001 objects", `{"maps":[` + strings.Repeat("null,", 299_999) + `null]}`},
		{"holds 300001 objects", `{"maps":[` + strings.Repeat("{},", 299_999) + `{}]}`},
	} {
		_, err := Parse([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: error %v, want one with %q", c.data, err, c.want)
		}
	}
	// Braces and n's of a text are no objects.
	r := &Record{Text: strings.Repeat(`{n"\`, maxString/4)}
	data, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(data); err != nil {
		t.Error(err)
	}
}

// What makes the most of its bytes: a list of the largest objects, as short as they can be written.
func TestParseAllocation(t *testing.T) {
	data := []byte(`{"format":"heed.record/1","maps":[` + strings.Repeat("{},", maxObjects-3) + `{}]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Parse(data)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 256<<20 {
		t.Errorf("%d MB allocated for a file of %d kB", n>>20, len(data)>>10)
	}
}

func TestCSV(t *testing.T) {
	r := translation()
	got, err := r.CSV(Cross, 0, 0)
	want := "query,Où,\",\",</s>\nWhere,0.5,0.25,0.25\n\" \"\"there\"\"\",1,0,0\n"
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	got, err = r.CSV(Cross, 0, -1)
	want = "query,Où,\",\",</s>\nWhere,0.25,0.5,0.25\n\" \"\"there\"\"\",0.5,0.5,0\n"
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	got, err = r.CSV(Decoder, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(got))).ReadAll()
	if d := cmp.Diff([][]string{
		{"query", "<pad>", "Where"}, {"<pad>", "1", "0"}, {"Where", "0.33333334", "0.6666667"},
	}, lines); err != nil || d != "" {
		t.Errorf("the CSV is another: %v (-want +got)\n%s", err, d)
	}
	for _, c := range []struct{ layer, head int }{{0, 2}, {1, 0}, {1, -1}, {-1, 0}} {
		if _, err := r.CSV(Cross, c.layer, c.head); err == nil {
			t.Errorf("layer %d, head %d was written", c.layer, c.head)
		}
	}
	r.Tokens.Target = r.Tokens.Target[:2]
	if _, err := r.CSV(Cross, 0, 0); err == nil {
		t.Error("a map that does not fit its tokens was written")
	}
}

// TestCSVQuotes compares with encoding/csv, which would make what a browser downloads longer.
func TestCSVQuotes(t *testing.T) {
	line := []string{"", "a", " ", "a b", " a", "a ", "\u00a0a", "\tb", "a,b", ",", "\"", "a\"\"b", "a\nb", "\r", "…", "\xff"}
	var want strings.Builder
	w := csv.NewWriter(&want)
	w.Write(line)
	w.Flush()
	if got := AppendCSV(nil, line); string(got) != want.String() {
		t.Errorf("%q, want %q", got, want.String())
	}
}

func TestMean(t *testing.T) {
	r := translation()
	m := r.Mean(Cross, 0)
	want := &Map{Kind: Cross, Head: -1, Rows: 2, Cols: 3, Weights: []float32{.25, .5, .25, .5, .5, 0}}
	if d := cmp.Diff(want, m); d != "" {
		t.Errorf("the mean is another (-want +got):\n%s", d)
	}
	if m := r.Mean(Decoder, 1); !slices.Equal(m.Mask, r.Maps[2].Mask) || m.Scores != nil {
		t.Errorf("%+v", m)
	}
	if m := r.Mean(Self, 0); m != nil {
		t.Errorf("%+v", m)
	}
	if m := r.Mean(Cross, 0, 1); !slices.Equal(m.Weights, r.Find(Cross, 0, 1).Weights) {
		t.Errorf("the mean of one head is %+v", m)
	}
	if m := r.Mean(Cross, 0, 7); m != nil {
		t.Errorf("%+v", m)
	}
	if r.Maps[0].Weights[0] != .5 {
		t.Error("the mean changed the Record")
	}
}

func FuzzParse(f *testing.F) {
	data, _ := translation().JSON()
	f.Add(data)
	for _, r := range []*Record{soft(), generated(), filled()} {
		data, _ := r.JSON()
		f.Add(data)
	}
	f.Add([]byte(`{"format":"heed.record/1","tokens":{"source":[{"end":1}]},"text":"é","maps":[{"kind":"self","rows":1,"cols":1,"weights":[1]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		first, err := r.JSON()
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		back, err := Parse(first)
		if err != nil {
			t.Fatalf("written but not read: %v\n%s", err, first)
		}
		second, err := back.JSON()
		if err != nil || string(first) != string(second) {
			t.Fatalf("not the same the second time: %v\n%s\n%s", err, first, second)
		}
		if r.Context != nil {
			if _, err := r.ContextCSV(); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range r.Maps {
			if _, err := r.CSV(m.Kind, m.Layer, m.Head); err != nil {
				t.Fatal(err)
			}
			r.Mean(m.Kind, m.Layer)
		}
	})
}
