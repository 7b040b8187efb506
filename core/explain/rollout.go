package explain

import (
	"slices"

	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// Flow is a Record's attention as steps that each pass on what reached the positions before: the mean
// over the heads of each layer, and the residual connection, which counts as much as attention does.
// Notation: N source tokens, T tokens put into a decoder that has an encoder.
type Flow struct {
	Text   []Step // by layer, of the stack that reads the text, an encoder or a decoder alone: N×N
	Output []Step // by layer, of a decoder over an encoder, T×T; none otherwise
	Cross  []Step // by layer, that decoder's look at the encoder's output, T×N
}

// Step is one layer's mixing: a row is one position's share of each column. What attention brings and
// what stays sum to 1.
type Step struct {
	tensor.Matrix           // what attention brings
	Stays         []float32 // by row, what stays by the residual connection
}

// NewFlow makes the steps of the maps of r, which are to be of all layers from 0 on; an error names
// what is not there. r is a Record of a Transformer that passes Validate.
//
// It is attention rollout after Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers",
// section 3: W is the mean over the heads of a layer, and
//
//	A = 0.5 W + 0.5 I
//
// whose rows are made to sum to 1, as they do except for heads that are switched off.
func NewFlow(r *record.Record) (f *Flow, err error) {
	f = &Flow{}
	own := record.Self
	if len(r.Tokens.Target) > 0 {
		if f.Output, err = steps(r, record.Decoder); err != nil {
			return nil, err
		}
		if f.Cross, err = steps(r, record.Cross); err != nil {
			return nil, err
		}
		if len(f.Output) != len(f.Cross) {
			return nil, say.Error("there are ", len(f.Output), " layers of decoder self-attention and ", len(f.Cross), " of cross-attention; expected as many of both")
		}
	} else if slices.ContainsFunc(r.Maps, func(m record.Map) bool { return m.Kind == record.Decoder }) {
		own = record.Decoder
	}
	f.Text, err = steps(r, own)
	return f, err
}

// steps makes the steps of the layers of a kind.
func steps(r *record.Record, k record.Kind) ([]Step, error) {
	rows, cols, layers := len(r.Queries(k)), len(r.Keys(k)), 0
	var heads []int                // not those that are means already, if there are others
	maps := map[int][]record.Map{} // by layer
	for i := range r.Maps {
		m := &r.Maps[i]
		if m.Kind != k {
			continue
		}
		if err := r.CheckMap(m); err != nil {
			return nil, err
		}
		layers = max(layers, m.Layer+1)
		maps[m.Layer] = append(maps[m.Layer], *m)
		if m.Head >= 0 && !slices.Contains(heads, m.Head) {
			heads = append(heads, m.Head)
		}
	}
	if layers == 0 {
		return nil, say.Error("there is no map of the kind ", string(k))
	}
	var all []Step
	for l := range layers {
		m := (&record.Record{Maps: maps[l]}).Mean(k, l, heads...)
		if m == nil {
			return nil, say.Error("there is no map of the kind ", string(k), " of layer ", l)
		}
		s := Step{tensor.From(m.Weights, rows, cols), make([]float32, rows)}
		for i := range s.Stays {
			row := s.Row(i)
			seen, mask := m.Row(i)
			clear(row[len(seen):]) // nothing comes from where none may look, whatever a file says
			for j, v := range mask {
				row[j] *= float32(v)
			}
			s.Stays[i] = 1 / (1 + tensor.Sum(row))
			tensor.Scale(row, s.Stays[i], row)
		}
		all = append(all, s)
	}
	return all, nil
}

// Rollout is how much of each token put in reaches each position through all layers, were attention
// and the residual connections all that mixes them: a map of the kind Rollout whose rows sum to 1. Of
// one stack (Abnar & Zuidema 2020, section 3)
//
//	R(0) = A(0),  R(l) = A(l) R(l-1)
//
// A decoder over an encoder mixes twice in a layer. With E the encoder's rollout, A(l) and B(l) the
// mixing by masked self-attention and by cross-attention (B's residual half is kept apart as b), the
// share of the source X and that of the decoder's own input Y follow
//
//	X(-1) = 0,  X(l) = b A(l) X(l-1) + B(l) E
//	Y(-1) = I,  Y(l) = b A(l) Y(l-1)
//
// so that a row of X and of Y sum to 1 together. The paper has no such case; this is the same
// recursion over both stacks, as Ferrando et al. 2022, "Towards Opening the Black Box of Neural Machine
// Translation", section 3, run it over contributions in place of attention weights.
func (f *Flow) Rollout() *record.Map {
	var ar tensor.Arena
	n := f.Text[0].Rows
	e := f.Text[0].alone()
	for _, s := range f.Text[1:] {
		e = s.onto(&ar, e)
	}
	if f.Output != nil {
		z := identity(f.Output[0].Rows, n+f.Output[0].Rows, n)
		for l, s := range f.Output {
			z = s.onto(&ar, z)
			cross := f.Cross[l]
			for i, stays := range cross.Stays {
				tensor.Scale(z.Row(i), stays, z.Row(i))
			}
			tensor.MatMul(&ar, z.ColRange(0, n), cross.Matrix, e, true)
		}
		e = z
	}
	return &record.Map{Kind: record.Rollout, Rows: e.Rows, Cols: e.Cols, Weights: e.Data}
}

// Products is how many multiplications Rollout takes.
func (f *Flow) Products() float64 {
	n, m := float64(f.Text[0].Rows), 0.0
	if f.Output != nil {
		m = float64(f.Output[0].Rows)
	}
	return float64(len(f.Text)-1)*n*n*n + float64(len(f.Output))*m*(m*(n+m)+n*n)
}

// alone returns what the step makes of an identity.
func (s *Step) alone() tensor.Matrix {
	y := tensor.New(s.Rows, s.Cols)
	copy(y.Data, s.Data)
	for i, stays := range s.Stays {
		y.Row(i)[i] += stays
	}
	return y
}

// onto returns what the step makes of x, whose rows are those of the step's columns.
func (s *Step) onto(ar *tensor.Arena, x tensor.Matrix) tensor.Matrix {
	y := tensor.New(s.Rows, x.Cols)
	tensor.MatMul(ar, y, s.Matrix, x, false)
	for i, stays := range s.Stays {
		tensor.AddScaled(y.Row(i), stays, x.Row(i))
	}
	return y
}

// identity has ones from the given column on.
func identity(rows, cols, from int) tensor.Matrix {
	m := tensor.New(rows, cols)
	for i := range rows {
		m.Row(i)[from+i] = 1
	}
	return m
}
