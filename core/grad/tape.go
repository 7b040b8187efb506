package grad

import (
	"slices"

	"heed/core/tensor"
)

// Tape records the operations of one forward pass and holds the gradients of the weights. What an
// operation was given (ids, spans) and what it took from the arena must stay as it is until Backward,
// which may change the gradients of values on its way; a build with the tag debug panics where it did
// not. Several tapes over the same Params serve several cores.
type Tape struct {
	back  []func()
	of    *Params         // nil where the weights are frozen
	grads []tensor.Matrix // by the index of a Param
	check []func()        // of a build for debugging: panic where something has changed since
}

// taped reports whether operations are to be recorded. Where it never is, the compiler leaves the way back out.
func (p *Pass) taped() bool { return gradients && p.Tape != nil }

// NewTape returns a tape with zeroed gradients for the weights. With nil the weights are frozen: the
// tape takes no memory for their gradients and Backward computes none, but only those with respect to
// the values between the operations, which is what attributions need. It panics in a program that was built for
// inference alone.
func NewTape(ps *Params) *Tape {
	if !gradients {
		fail("NewTape", "this program was built with the tag inference, so it has no gradients")
	}
	t := &Tape{of: ps}
	if ps == nil {
		return t
	}
	t.grads = make([]tensor.Matrix, 0, len(ps.List))
	for _, p := range ps.List {
		p.keepValues()
		t.grads = append(t.grads, tensor.New(p.Rows, p.Cols))
	}
	return t
}

// Frozen reports whether the tape computes no gradients of weights.
func (t *Tape) Frozen() bool { return t.of == nil }

// Grad returns the gradient of a weight, which Backward adds to; nothing where the weights are
// frozen. It panics at a weight of other Params.
func (t *Tape) Grad(p *Param) tensor.Matrix {
	if t.Frozen() {
		return tensor.Matrix{}
	}
	if p.index >= len(t.grads) || t.of.List[p.index] != p {
		fail("Grad", p.Name, "of", tensor.Shape(p.Rows, p.Cols), "is not one of the tape's weights")
	}
	return t.grads[p.index]
}

// rowGrad is Grad of a weight of one row, or unused where the weights are frozen.
func (t *Tape) rowGrad(p *Param, unused []float32) []float32 {
	if t.Frozen() {
		return unused[:p.Cols]
	}
	return t.Grad(p).Data
}

// Backward runs the recorded operations in reverse and forgets them. The caller has added the gradient
// of the loss to the values that the loss reads, or CrossEntropy has.
func (t *Tape) Backward() {
	for _, check := range t.check {
		check()
	}
	t.check = t.check[:0]
	for i := len(t.back) - 1; i >= 0; i-- {
		t.back[i]()
	}
	clear(t.back)
	t.back = t.back[:0]
}

// record adds a step to the tape. Callers ask taped first, so that inference makes no closure.
func (p *Pass) record(f func()) {
	p.Tape.back = append(p.Tape.back, f)
	if tensor.Debug {
		arena, mark := p.Arena, p.Arena.Mark()
		p.Tape.check = append(p.Tape.check, func() {
			if !arena.Holds(mark) {
				fail("Backward", "the arena was reset, or its memory released, since the forward pass")
			}
		})
	}
}

// watch sees to it, in a build for debugging, that what an operation was given is the same when the tape
// goes back.
func watch[T comparable](p *Pass, op string, given []T) {
	if tensor.Debug && p.taped() {
		was := slices.Clone(given)
		p.Tape.check = append(p.Tape.check, func() {
			if !slices.Equal(given, was) {
				fail("Backward", "what", op, "was given has changed since: perhaps a Sequences was reset too early")
			}
		})
	}
}
