package run

import (
	"math"

	"heed/core/model"
	"heed/core/record"
	"heed/core/tensor"
)

// embed reads a text by an encoder that predicts nothing: its attention, and, if it is asked for, the vector of the
// whole.
func (s *Session) embed(r *record.Record, o Options, done *finished) error {
	if _, _, there := s.readSource(r, o, done); !there {
		return nil
	}
	v := pooled(s.Model.Pooling, done.encoded.X)
	if !tensor.Finite(v) {
		return errOverflow
	}
	if o.Vector {
		r.Vector = v
	}
	return nil
}

// pooled makes one vector of those of all tokens (Reimers & Gurevych 2019, section 3).
func pooled(p model.Pooling, x tensor.Matrix) []float32 {
	v := make([]float32, x.Cols)
	copy(v, x.Row(0))
	if !p.First {
		for i := 1; i < x.Rows; i++ {
			tensor.Add(v, x.Row(i))
		}
		tensor.Scale(v, 1/float32(x.Rows), v)
	}
	if !p.Long {
		if length := math.Sqrt(float64(tensor.Dot(v, v))); length > 0 {
			tensor.Scale(v, float32(1/length), v)
		}
	}
	return v
}

// Cosine is how near two vectors are: the cosine of the angle between them, 0 where one has no direction. It panics
// where they have not the same length.
func Cosine(a, b []float32) float64 {
	length := math.Sqrt(float64(tensor.Dot(a, a)) * float64(tensor.Dot(b, b)))
	if length == 0 {
		return 0
	}
	return float64(tensor.Dot(a, b)) / length
}
