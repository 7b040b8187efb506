package protocol

import (
	"reflect"
	"testing"

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
