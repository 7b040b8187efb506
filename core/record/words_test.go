package record_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/record"
)

// pieces is "The unhappy cat" read in six tokens and answered in five, the last of them broken off
// within its word.
func pieces() *record.Record {
	r := &record.Record{
		Text: "The unhappy cat", Output: "le chat",
		Tokens: record.Tokens{
			Source: []record.Token{{Text: "The", ID: 4, End: 3}, {Text: " un", ID: 5, Start: 4, End: 6, Word: 1}, {Text: "hap", ID: 6, Start: 6, End: 9, Word: 1},
				{Text: "py", ID: 7, Start: 9, End: 11, Word: 1}, {Text: " cat", ID: 8, Start: 12, End: 15, Word: 2}, {Text: "</s>", Start: 15, End: 15, Word: -1, Special: true}},
			Target: []record.Token{{Text: "<s>", Word: -1, Special: true}, {Text: "le", ID: 9, End: 2}, {Text: " ch", ID: 10, Start: 3, End: 5, Word: 1}, {Text: "a", ID: 11, Start: 5, End: 6, Word: 1}, {Text: "t", ID: 12, Start: 6, End: 7, Word: 1}},
		},
		Predictions: []record.Prediction{{}}, Context: &record.Context{}, Detail: &record.Detail{},
	}
	fill := func(k record.Kind, rows, cols int) {
		m := record.Map{Kind: k, Rows: rows, Cols: cols}
		for i := range rows {
			sum := float32(0)
			row := make([]float32, cols)
			for j := range row {
				if look := int8(1); k != record.Decoder || j <= i {
					row[j] = float32((i*31+j*17)%11 + 1)
					sum += row[j]
					m.Mask = append(m.Mask, look)
				} else {
					m.Mask = append(m.Mask, 0)
				}
			}
			for _, v := range row {
				m.Weights = append(m.Weights, v/sum)
			}
		}
		r.Maps = append(r.Maps, m)
	}
	fill(record.Self, 6, 6)
	fill(record.Cross, 4, 6)
	fill(record.Decoder, 4, 4)
	r.Maps[0].Scores = make([]float32, 36)
	return r
}

func TestWords(t *testing.T) {
	r := pieces()
	w := r.Words()
	want := record.Tokens{
		Source: []record.Token{{Text: "The", ID: 4, End: 3}, {Text: " unhappy", ID: -1, Start: 4, End: 11, Word: 1}, {Text: " cat", ID: 8, Start: 12, End: 15, Word: 2}, {Text: "</s>", Start: 15, End: 15, Word: -1, Special: true}},
		Target: []record.Token{{Text: "<s>", Word: -1, Special: true}, {Text: "le", ID: 9, End: 2}, {Text: " chat", ID: -1, Start: 3, End: 7, Word: 1}},
	}
	if d := cmp.Diff(want, w.Tokens); d != "" {
		t.Errorf("the tokens are others (-want +got):\n%s", d)
	}
	if w.Predictions != nil || w.Context != nil || w.Detail != nil || len(r.Predictions) != 1 || len(r.Tokens.Source) != 6 {
		t.Error("what is a piece's own was kept, or the record of pieces was changed")
	}
	// Against the definition, cell by cell, in float64.
	of := map[record.Kind][2][][]int{
		record.Self:    {{{0}, {1, 2, 3}, {4}, {5}}, {{0}, {1, 2, 3}, {4}, {5}}},
		record.Cross:   {{{0}, {1, 2, 3}}, {{0}, {1, 2, 3}, {4}, {5}}},
		record.Decoder: {{{0}, {1}}, {{0}, {1}}}, // the word that was broken off has no row
	}
	if len(w.Maps) != 3 {
		t.Fatalf("%d maps", len(w.Maps))
	}
	for n := range w.Maps {
		m, whole := &w.Maps[n], &r.Maps[n]
		rows, cols := of[m.Kind][0], of[m.Kind][1]
		if m.Rows != len(rows) || m.Cols != len(cols) || m.Rows != len(w.Queries(m.Kind)) || m.Cols != len(w.Keys(m.Kind)) || m.Scores != nil {
			t.Fatalf("%s: %d × %d", m.Kind, m.Rows, m.Cols)
		}
		for i, pieces := range rows {
			sum := 0.0
			for j, keys := range cols {
				want, look := 0.0, int8(0)
				for _, p := range pieces {
					for _, k := range keys {
						want += float64(whole.At(p, k)) / float64(len(pieces))
						look |= whole.Mask[p*whole.Cols+k]
					}
				}
				if math.Abs(float64(m.At(i, j))-want) > 1e-6 || m.Mask[i*m.Cols+j] != look {
					t.Errorf("%s %d, %d: %v (%d), want %v (%d)", m.Kind, i, j, m.At(i, j), m.Mask[i*m.Cols+j], want, look)
				}
				sum += float64(m.At(i, j))
			}
			if math.Abs(sum-1) > 1e-5 {
				t.Errorf("%s: row %d sums to %v", m.Kind, i, sum)
			}
		}
	}
	if d := cmp.Diff(w, w.Words()); d != "" {
		t.Errorf("words of words are others (-once +twice):\n%s", d)
	}
	b, err := w.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := record.Parse(b); err != nil {
		t.Error(err)
	}
}

func TestWordsOfLittle(t *testing.T) {
	lensed := pieces()
	lensed.Lens = []record.Lens{{Predictions: []record.Prediction{{Position: len(lensed.Tokens.Target) - 1}}}}
	if w := lensed.Words(); w.Lens != nil { // its positions are pieces'
		t.Errorf("of the lens %+v was kept", w.Lens)
	}
	if w := (&record.Record{}).Words(); len(w.Maps) != 0 || w.Tokens.Target != nil {
		t.Errorf("%+v", w)
	}
	// Without spans the pieces' own texts are all there is; a map that fits nothing is left out.
	r := &record.Record{Tokens: record.Tokens{Source: []record.Token{{Text: " a"}, {Text: "b"}}}, Maps: []record.Map{{Kind: record.Self, Rows: 3, Cols: 3}}}
	if w := r.Words(); len(w.Tokens.Source) != 1 || w.Tokens.Source[0].Text != " ab" || len(w.Maps) != 0 {
		t.Errorf("%+v", w)
	}
}

func TestWordPlaces(t *testing.T) {
	source := pieces().Tokens.Source
	for place, word := range []int{0, 1, 1, 1, 2, 3, 6} {
		if got := record.Word(source, place); got != word {
			t.Errorf("token %d is in word %d, want %d", place, got, word)
		}
	}
	for word, place := range []int{0, 1, 4, 5, 4} {
		if got := record.Piece(source, word); got != place {
			t.Errorf("word %d begins at token %d, want %d", word, got, place)
		}
	}
}
