package record

import (
	"heed/core/json"
	"heed/core/say"
)

// Adversary holds, for each output token of a recurrent model with soft attention, other weights under which the model
// predicts the same (Jain & Wallace 2019, "Attention is not Explanation", section 4.2.2; disputed by Wiegreffe & Pinter
// 2019, "Attention is not not Explanation": that such weights exist does not say that a trained model would have them).
type Adversary struct {
	Keys []string // the tokens that are looked at
	Rows []AdversarialRow
	// Same says whether all tokens are still the most probable ones where all rows are replaced at once.
	Same bool
}

// AdversarialRow is the attention of one prediction, and the other one that was found.
type AdversarialRow struct {
	Token    string
	Weights  []float32
	Other    []float32
	Distance float64 // total variation distance of the two, 0 to 1
	Change   float64 // of the predictions, at the position of the sentence where it is largest
}

// Fields describes the JSON.
func (a *Adversary) Fields(o *json.Object) {
	o.Member("keys").Strings(&a.Keys)
	json.List(o.Member("rows"), &a.Rows)
	o.Member("same").Bool(&a.Same)
}

// Fields describes the JSON of an AdversarialRow.
func (r *AdversarialRow) Fields(o *json.Object) {
	o.Member("token").String(&r.Token)
	o.Member("weights").Float32s(&r.Weights)
	o.Member("other").Float32s(&r.Other)
	o.Member("distance").Float(&r.Distance)
	o.Member("change").Float(&r.Change)
}

func (a *Adversary) valid(r *Record) error {
	if len(a.Rows) > len(r.Queries(RNN)) {
		return say.Error("record: adversary has ", len(a.Rows), " rows for ", len(r.Queries(RNN)), " words of the output")
	}
	if err := atMost("an explanation", len(a.Rows)*len(a.Keys), maxCells/4); err != nil { // of which there are two sheets, with words
		return err
	}
	for i := range a.Rows {
		row := &a.Rows[i]
		if len(row.Weights) != len(a.Keys) || len(row.Other) != len(a.Keys) {
			return say.Error("record: row ", i, " of adversary does not have a weight for each of ", len(a.Keys), " keys")
		}
		for _, all := range [][]float32{row.Weights, row.Other, {float32(row.Distance), float32(row.Change)}} {
			if err := checkFinite("adversary", all...); err != nil {
				return err
			}
		}
	}
	return nil
}
