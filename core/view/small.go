package view

import (
	patterns "heed/core/explain"
	"heed/core/record"
	"heed/core/tensor"
)

// Small makes the maps of a stack small (record.Small); layer returns those of one layer, of which no more than one is
// held at a time. It is nil where there are none.
func Small(r *record.Record, stack record.Stack, hideSpecial bool, layer func(layer int) []record.Map) *record.Small {
	const side = 128 // cells at most
	s := &record.Small{Kind: stack.Kind, HideSpecial: hideSpecial}
	q, k := words(r.Queries(stack.Kind)), words(r.Keys(stack.Kind))
	var rows, cols []int
	var tokens *patterns.Tokens
	for l := range stack.Layers {
		maps := layer(l)
		if len(maps) > 1 {
			mean := (&record.Record{Maps: maps}).Mean(stack.Kind, l)
			maps = append(maps[:len(maps):len(maps)], *mean)
		}
		for i := range maps {
			m := &maps[i]
			if tokens == nil {
				tokens = patterns.Read(m, r)
				rows, _ = seen(q[:min(m.Rows, len(q))], hideSpecial)
				cols, _ = seen(k[:min(m.Cols, len(k))], hideSpecial)
				s.Each = max(1, (max(len(rows), len(cols))+side-1)/side)
			}
			fit := tokens.Pattern(m)
			values, _ := blocksOf(m, rows, cols, s.Each)
			s.Maps = append(s.Maps, record.Map{Kind: m.Kind, Layer: m.Layer, Head: m.Head, Rows: (len(rows) + s.Each - 1) / s.Each, Cols: (len(cols) + s.Each - 1) / s.Each, Weights: values})
			s.Patterns = append(s.Patterns, float32(fit.Shape), float32(fit.Share))
		}
	}
	if len(s.Maps) == 0 {
		return nil
	}
	return s
}

// blocksOf returns the largest weight of each block of a map's cells, each of a side, of some rows and columns; skip
// names those where no query may look, nil where there are none, and their value is 0.
func blocksOf(m *record.Map, rows, cols []int, each int) (values []float32, skip []bool) {
	across := (len(cols) + each - 1) / each
	values = make([]float32, (len(rows)+each-1)/each*across)
	// The largest of each column in a band of rows, then the largest of each block.
	band := make([]float32, m.Cols)
	for from := 0; from < len(rows); from += each {
		for j := range band {
			band[j] = -1
		}
		most := 0 // columns that a row sees
		for _, i := range rows[from:min(from+each, len(rows))] {
			weights, mask := m.Row(i)
			most = max(most, len(weights))
			if mask == nil {
				tensor.MaxInto(band[:len(weights)], weights)
				continue
			}
			for j, may := range mask {
				if v := weights[j]; may == 1 && v > band[j] {
					band[j] = v
				}
			}
		}
		to, cols := values[from/each*across:][:across], cols
		for at := range to {
			n, largest := min(each, len(cols)), float32(-1)
			if cols[0] < most {
				for _, j := range cols[:n] {
					if v := band[j]; v > largest {
						largest = v
					}
				}
			}
			to[at], cols = largest, cols[n:]
		}
	}
	for i, v := range values {
		if v < 0 {
			if skip == nil {
				skip = make([]bool, len(values))
			}
			skip[i], values[i] = true, 0
		}
	}
	return values, skip
}
