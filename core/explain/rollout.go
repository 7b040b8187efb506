package explain

import (
	"errors"
	"slices"
	"strconv"

	"heed/core/record"
)

// Rollout is how much of each input token reaches each position through all layers, were attention all
// that mixes them: attention rollout after Abnar & Zuidema 2020, "Quantifying Attention Flow in
// Transformers", section 3. W is the mean over the heads of layer l, and the residual connection counts
// as much as attention does:
//
//	A(l) = 0.5 W(l) + 0.5 I, its rows made to sum to 1
//	R(0) = A(0),  R(l) = A(l) R(l-1)
//
// The maps are those of one kind of attention of a sequence to itself, self or decoder, of the layers
// from 0 on without a gap, in any order. The result is a map of that kind whose Layer is the last and
// whose Head is -1, with the mask of the first map; each of its rows sums to 1.
func Rollout(maps []*record.Map) (*record.Map, error) {
	if len(maps) == 0 {
		return nil, errors.New("explain: there is no map to roll out")
	}
	first := maps[0]
	n := first.Rows
	layers := map[int][]*record.Map{}
	for _, m := range maps {
		switch {
		case m.Kind != record.Self && m.Kind != record.Decoder:
			return nil, errors.New("explain: rollout is of self or decoder maps, and one is of the kind " + strconv.Quote(string(m.Kind)))
		case m.Kind != first.Kind:
			return nil, errors.New("explain: rollout is of one kind of map, and these are of the kinds " + string(first.Kind) + " and " + string(m.Kind))
		case m.Rows != n || m.Cols != n || n < 1 || len(m.Weights) != n*n:
			return nil, errors.New("explain: rollout is of square maps of one size, and these are " + size(first) + " and " + size(m))
		}
		layers[m.Layer] = append(layers[m.Layer], m)
	}
	var rolled []float64
	a, next := make([]float64, n*n), make([]float64, n*n)
	for l := range len(layers) {
		heads := layers[l]
		if heads == nil {
			return nil, errors.New("explain: rollout is of all layers from 0 on, and layer " + strconv.Itoa(l) + " is not there")
		}
		// In the order of heads, so that their order in maps changes no rounding.
		slices.SortFunc(heads, func(a, b *record.Map) int { return a.Head - b.Head })
		clear(a)
		for _, m := range heads {
			for i, w := range m.Weights {
				a[i] += float64(w) / float64(len(heads))
			}
		}
		for i := range n {
			row := a[i*n:][:n]
			sum := 0.0
			for j := range row {
				row[j] *= 0.5
				if j == i {
					row[j] += 0.5
				}
				sum += row[j]
			}
			for j := range row {
				row[j] /= sum
			}
		}
		if rolled == nil {
			rolled = slices.Clone(a)
			continue
		}
		clear(next)
		for i := range n {
			to := next[i*n:][:n]
			for k, v := range a[i*n:][:n] {
				if v != 0 {
					for j, w := range rolled[k*n:][:n] {
						to[j] += v * w
					}
				}
			}
		}
		rolled, next = next, rolled
	}
	out := &record.Map{Kind: first.Kind, Layer: len(layers) - 1, Head: -1, Rows: n, Cols: n, Mask: first.Mask, Weights: make([]float32, n*n)}
	for i, v := range rolled {
		out.Weights[i] = float32(v)
	}
	return out, nil
}

func size(m *record.Map) string {
	return strconv.Itoa(m.Rows) + " × " + strconv.Itoa(m.Cols) + " with " + strconv.Itoa(len(m.Weights)) + " weights"
}
