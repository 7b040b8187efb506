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

	layer, row         int           // how far Roll is: layers of which all is mixed, and rows of the next one
	text, output, next tensor.Matrix // what the layers of the text and of the output have made so far, and the next one's rows
}

// Step is one layer's mixing: a row is one position's share of each column. What attention brings and
// what stays sum to 1. Both are made by Roll.
type Step struct {
	tensor.Matrix           // what attention brings
	Stays         []float32 // by row, what stays by the residual connection

	maps []record.Map // that it is the mean of
}

// NewFlow finds the steps of the maps of r, which are to be of all layers from 0 on; an error names
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
	layers, heads := 0, false      // whether there are others than those that are means already
	maps := map[int][]record.Map{} // by layer
	for i := range r.Maps {
		m := &r.Maps[i]
		if m.Kind != k {
			continue
		}
		if err := r.CheckMap(m); err != nil {
			return nil, err
		}
		layers, heads = max(layers, m.Layer+1), heads || m.Head >= 0
		maps[m.Layer] = append(maps[m.Layer], *m)
	}
	if layers == 0 {
		return nil, say.Error("there is no map of the kind ", string(k))
	}
	var all []Step
	for l := range layers {
		s := Step{maps: maps[l]}
		if heads {
			s.maps = slices.DeleteFunc(s.maps, func(m record.Map) bool { return m.Head < 0 })
		}
		if len(s.maps) == 0 {
			return nil, say.Error("there is no map of the kind ", string(k), " of layer ", l)
		}
		all = append(all, s)
	}
	return all, nil
}

// mean makes the step, as far as there is room for the weights of its heads.
func (s *Step) mean(room func(weights int) bool) bool {
	if s.Stays != nil {
		return true
	}
	one := &s.maps[0]
	if !room(len(s.maps) * len(one.Weights)) {
		return false
	}
	m := (&record.Record{Maps: s.maps}).Mean(one.Kind, one.Layer)
	s.Matrix, s.Stays = tensor.From(m.Weights, m.Rows, m.Cols), make([]float32, m.Rows)
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
	return true
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
func (f *Flow) Rollout() *record.Map { return f.Roll(func(int) bool { return true }) }

// Roll goes on with the rollout as long as there is room, which is asked for before each piece of work, by the number
// of weights whose reading takes as long. It is nil until all is done, and the same map from then on.
func (f *Flow) Roll(room func(weights int) bool) *record.Map {
	for ; f.layer < len(f.Text); f.layer++ {
		if s := &f.Text[f.layer]; !s.mean(room) || !f.mix(s, nil, &f.text, room) {
			return nil
		}
	}
	n := f.text.Rows
	for ; f.layer < len(f.Text)+len(f.Output); f.layer++ {
		at := f.layer - len(f.Text)
		s, cross := &f.Output[at], &f.Cross[at]
		if at == 0 && f.output.Data == nil {
			f.output = identity(s.maps[0].Rows, s.maps[0].Rows+n, n)
		}
		if !s.mean(room) || !cross.mean(room) || !f.mix(s, cross, &f.output, room) {
			return nil
		}
	}
	e := f.text
	if f.Output != nil {
		e = f.output
	}
	return &record.Map{Kind: record.Rollout, Rows: e.Rows, Cols: e.Cols, Weights: e.Data}
}

// Weights is how many weights all steps have.
func (f *Flow) Weights() (n int) {
	for _, steps := range [][]Step{f.Text, f.Output, f.Cross} {
		for _, s := range steps {
			n += len(s.maps[0].Weights)
		}
	}
	return n
}

// Left is the share of the layers that Roll has not mixed yet.
func (f *Flow) Left() float64 {
	all := len(f.Text) + len(f.Output)
	return float64(all-f.layer) / float64(all)
}

// mix has x, whose rows are those of the step's columns, become what the step makes of it, and cross of that and of the
// text. An empty x is an identity.
func (f *Flow) mix(s, cross *Step, x *tensor.Matrix, room func(weights int) bool) bool {
	const (
		block = 64     // rows at once
		each  = 1 << 7 // multiplications that take as long as a weight that is read
	)
	var ar tensor.Arena
	if cols := max(x.Cols, s.Cols); f.next.Rows != s.Rows || f.next.Cols != cols {
		f.next = tensor.New(s.Rows, cols)
	}
	for ; f.row < s.Rows; f.row += block {
		end := min(f.row+block, s.Rows)
		work := s.Cols * f.next.Cols
		if cross != nil {
			work += f.text.Rows * f.text.Cols
		}
		if !room((end - f.row) * work / each) {
			return false
		}
		y := f.next.RowRange(f.row, end)
		if x.Data == nil {
			for i := range y.Rows {
				copy(y.Row(i), s.Row(f.row+i))
				y.Row(i)[f.row+i] += s.Stays[f.row+i]
			}
			continue
		}
		tensor.MatMul(&ar, y, s.RowRange(f.row, end), *x, false)
		for i := range y.Rows {
			tensor.AddScaled(y.Row(i), s.Stays[f.row+i], x.Row(f.row+i))
			if cross != nil {
				tensor.Scale(y.Row(i), cross.Stays[f.row+i], y.Row(i))
			}
		}
		if cross != nil {
			tensor.MatMul(&ar, y.ColRange(0, f.text.Rows), cross.RowRange(f.row, end), f.text, true)
		}
	}
	*x, f.next, f.row = f.next, *x, 0 // whose room is that of the next one
	return true
}

// Products is how many multiplications Rollout takes.
func (f *Flow) Products() float64 {
	n, m := float64(f.Text[0].maps[0].Rows), 0.0
	if f.Output != nil {
		m = float64(f.Output[0].maps[0].Rows)
	}
	return float64(len(f.Text)-1)*n*n*n + float64(len(f.Output))*m*(m*(n+m)+n*n)
}

// identity has ones from the given column on.
func identity(rows, cols, from int) tensor.Matrix {
	m := tensor.New(rows, cols)
	for i := range rows {
		m.Row(i)[from+i] = 1
	}
	return m
}
