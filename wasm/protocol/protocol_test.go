package protocol

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/grad"
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
	if got := UnpackLens(pieces, numbers); !cmp.Equal(got, all) {
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
	if !cmp.Equal(got.Record.Small, &want) {
		t.Errorf("%+v became %+v", want, got.Record.Small)
	}
}

// TestPackLocal: where a local map's queries look crosses as one number, and not as JSON of all cells.
func TestPackLocal(t *testing.T) {
	const n = 5
	of := func(kind record.Kind, layer int, mask grad.Mask) record.Map {
		return record.Map{Kind: kind, Layer: layer, Rows: n, Cols: n, Weights: make([]float32, n*n), Mask: record.MaskOf(mask, n)}
	}
	want := []record.Map{of(record.Decoder, 0, grad.Mask{Causal: true, Near: 2}), of(record.Decoder, 1, grad.Mask{Causal: true}),
		of(record.Self, 0, grad.Mask{Near: 2}), of(record.Self, 1, grad.Mask{Near: n})}
	if want[3].Mask != nil {
		t.Error("a text that is seen whole has a mask")
	}
	r := Result{Record: record.Record{Format: record.Format, Maps: want}}
	buffers := r.Pack()
	b, err := json.Write(r.Fields)
	if err != nil || strings.Contains(string(b), "mask") {
		t.Fatalf("%s, %v", b, err)
	}
	var got Result
	if err := json.Read(b, got.Fields); err != nil {
		t.Fatal(err)
	}
	got.Unpack(buffers)
	for k, m := range got.Record.Maps {
		for i := range n {
			for j := range n {
				if m.Masked(i, j) != want[k].Masked(i, j) {
					t.Errorf("map %d: that row %d looks at %d crossed as %v", k, i, j, !m.Masked(i, j))
				}
			}
		}
	}
}
