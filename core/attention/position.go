package attention

import (
	"math"

	"heed/core/grad"
	"heed/core/tensor"
)

// Sinusoids is the table of fixed positions, n×width, in Marian's layout: row i holds
// sin(i / 10000^(2j/width)) for j < width/2, then the cosines (Vaswani et al. 2017, section 3.5, which
// interleaves them).
func Sinusoids(n, width int) tensor.Matrix {
	t := tensor.New(n, width)
	half := (width + 1) / 2
	for j := range width {
		slower := math.Pow(10000, 2*float64(j%half)/float64(width)) // a power a column: it takes longer than the sine
		for i := range n {
			angle := float64(i) / slower
			if j < half {
				t.Row(i)[j] = float32(math.Sin(angle))
			} else {
				t.Row(i)[j] = float32(math.Cos(angle))
			}
		}
	}
	return t
}

// Rotary holds rotary positions (Su et al. 2021, section 3.2): queries and keys are turned by angles that
// grow with their positions, so that a score depends on how far apart they are.
type Rotary struct {
	cos, sin    tensor.Matrix // positions × pairs
	interleaved bool
}

// NewRotary returns the rotations of so many positions: position i turns pair j of a head by i times
// frequencies[j]. There may be fewer pairs than half a head's width; the rest of the head stays.
// interleaved pairs neighbours (as in GPT-J), otherwise the halves of what is turned are paired (as in
// GPT-NeoX and Llama).
func NewRotary(positions int, frequencies []float64, interleaved bool) *Rotary {
	r := &Rotary{tensor.New(positions, len(frequencies)), tensor.New(positions, len(frequencies)), interleaved}
	for i := range positions {
		for j, f := range frequencies {
			sin, cos := math.Sincos(float64(i) * f)
			r.sin.Row(i)[j], r.cos.Row(i)[j] = float32(sin), float32(cos)
		}
	}
	return r
}

// Frequencies returns the width/2 angular frequencies, in radians a position, of Su et al. 2021 (section 3.2.2) for
// heads of which width numbers are turned: base^(-2j/width), base being 10000 there.
func Frequencies(width int, base float64) []float64 {
	f := make([]float64, width/2)
	for j := range f {
		f[j] = math.Pow(base, -2*float64(j)/float64(width))
	}
	return f
}

// Apply turns x, N×(heads·width), in place: row i is at positions[i].
func (r *Rotary) Apply(p *grad.Pass, x grad.Value, positions []int, heads int) {
	p.Rotate(x, r.cos, r.sin, positions, heads, r.interleaved)
}

// Turn turns one head's query or key at a position, in place.
func (r *Rotary) Turn(x []float64, position int) {
	pairs := r.cos.Cols
	for j := range pairs {
		a, b := j, j+pairs
		if r.interleaved {
			a, b = 2*j, 2*j+1
		}
		cos, sin := float64(r.cos.Row(position)[j]), float64(r.sin.Row(position)[j])
		x[a], x[b] = x[a]*cos-x[b]*sin, x[a]*sin+x[b]*cos
	}
}

// Relative is a bias on scores by how far the key is from the query (Raffel et al. 2020, section 2.1;
// T5). Layers may share it.
type Relative struct {
	Table         *grad.Param // buckets × heads
	Bidirectional bool        // half of the buckets are for keys after the query
	MaxDistance   int         // from here on all distances share the last bucket, except for those that have one of their own
}

// Bucket returns the bucket of a query and a key, as T5 has it (relative_position_bucket in
// github.com/google-research/text-to-text-transfer-transformer): one for each near distance, and
// then buckets that grow with the logarithm of the distance.
func (r *Relative) Bucket(query, key int) int {
	buckets, first, distance := r.Table.Rows, 0, query-key
	if r.Bidirectional {
		buckets /= 2
		if distance < 0 {
			first, distance = buckets, -distance
		}
	}
	distance = max(distance, 0)
	near := buckets / 2
	if distance < near {
		return first + distance
	}
	if near == 0 || distance >= r.MaxDistance {
		return first + max(0, buckets-1)
	}
	far := near + int(math.Log(float64(distance)/float64(near))/math.Log(float64(r.MaxDistance)/float64(near))*float64(buckets-near))
	return first + min(far, buckets-1)
}
