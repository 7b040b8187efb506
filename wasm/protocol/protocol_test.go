package protocol

import (
	"reflect"
	"strings"
	"testing"

	"heed/core/json"
	"heed/core/record"
)

func TestPackLens(t *testing.T) {
	cat, dog := record.Candidate{Text: " cat", ID: 7, P: 0.5}, record.Candidate{Text: "dog", ID: 65000, P: 0.25}
	all := []record.Lens{
		{Layer: 0, Predictions: []record.Prediction{{Position: 2, Top: []record.Candidate{cat, dog}}, {Position: 5, Top: []record.Candidate{dog}}}},
		{Layer: 1, Predictions: []record.Prediction{{Position: 5, Top: []record.Candidate{dog, cat}}}},
	}
	pieces, numbers := PackLens(all)
	if len(pieces) != 2 || len(numbers) != 5*5 {
		t.Errorf("%d pieces and %d numbers, want 2 and 25", len(pieces), len(numbers))
	}
	if got := UnpackLens(pieces, numbers); !reflect.DeepEqual(got, all) {
		t.Errorf("%+v, want %+v", got, all)
	}
	if pieces, numbers := PackLens(nil); UnpackLens(pieces, numbers) != nil {
		t.Error("nothing becomes something")
	}
}

// TestPackSmall: maps in small cross without change, and not as JSON.
func TestPackSmall(t *testing.T) {
	want := record.Small{Kind: record.Self, Each: 4, HideSpecial: true, Patterns: []float32{3, 0.75, 1, 0}, Maps: []record.Map{
		{Kind: record.Self, Layer: 2, Head: 1, Rows: 2, Cols: 1, Weights: []float32{0.5, 1}}, {Kind: record.Self, Layer: 2, Head: -1, Rows: 1, Cols: 2, Weights: []float32{0.125, 0}}}}
	r := Result{ID: 3, Record: record.Record{Format: record.Format, Small: &want}}
	buffers := r.Pack()
	b, err := json.Write(r.Fields)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "0.125") {
		t.Errorf("numbers cross as JSON: %s", b)
	}
	var got Result
	if err := json.Read(b, got.Fields); err != nil {
		t.Fatal(err)
	}
	got.Unpack(buffers)
	if !reflect.DeepEqual(got.Record.Small, &want) {
		t.Errorf("%+v became %+v", want, got.Record.Small)
	}
}
