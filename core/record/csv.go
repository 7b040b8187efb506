package record

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
)

// CSV returns one head's weights as comma-separated values, quoted after RFC 4180, lines ended by
// \n: a header of "query" and the keys' texts, then a line for each query, its text first. Weights
// have as many digits as a float32 needs. Head -1 is the mean over the heads, as Mean has it. A map
// that the Record does not hold is an error.
func (r *Record) CSV(k Kind, layer, head int) ([]byte, error) {
	m := r.Find(k, layer, head)
	if head == -1 {
		m = r.Mean(k, layer)
	}
	if m == nil {
		return nil, fmt.Errorf("record: it holds no %.20s map of layer %d, head %d", string(k), layer, head)
	}
	queries, keys := r.Queries(k), r.Keys(k)
	if m.Rows != len(queries) || m.Cols != len(keys) {
		return nil, fmt.Errorf("record: %s is %d × %d, but its tokens are %d × %d", m.name(), m.Rows, m.Cols, len(queries), len(keys))
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	line := []string{"query"}
	for _, t := range keys {
		line = append(line, t.Text)
	}
	w.Write(line) // writing to a buffer does not fail
	for i, t := range queries {
		line[0] = t.Text
		for j := range keys {
			line[j+1] = strconv.FormatFloat(float64(m.At(i, j)), 'g', -1, 32)
		}
		w.Write(line)
	}
	w.Flush()
	return b.Bytes(), nil
}

// Mean returns the mean of the weights over the heads of a layer that the Record holds, as a new
// map with Head -1, the mask of the first and no scores; nil when it holds none.
func (r *Record) Mean(k Kind, layer int) *Map {
	var mean *Map
	n := float32(0)
	for i := range r.Maps {
		m := &r.Maps[i]
		if m.Kind != k || m.Layer != layer {
			continue
		}
		if mean == nil {
			mean = &Map{Kind: k, Layer: layer, Head: -1, Rows: m.Rows, Cols: m.Cols, Mask: m.Mask}
			mean.Weights = make([]float32, len(m.Weights))
		}
		for j, v := range m.Weights {
			mean.Weights[j] += v
		}
		n++
	}
	if mean != nil {
		for j := range mean.Weights {
			mean.Weights[j] /= n
		}
	}
	return mean
}
