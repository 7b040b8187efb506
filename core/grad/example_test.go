package grad_test

import (
	"fmt"

	"heed/core/grad"
	"heed/core/tensor"
)

// Inference: a Pass without a tape.
func ExamplePass_Linear() {
	var weights grad.Params
	layer := grad.NewLinear(&weights, "layer", 2, 3)
	layer.W.Set(func(w tensor.Matrix) { copy(w.Data, []float32{1, 0, 0, 1, 1, 1}) }) // [out, in]
	layer.B.Set(func(b tensor.Matrix) { copy(b.Data, []float32{0, 0, 10}) })

	x := tensor.From([]float32{3, 4}, 1, 2)
	y := layer.Forward(grad.NewPass(), grad.Const(x))
	fmt.Println(y.X.Row(0))
	// Output: [3 4 17]
}

// One step of training: the forward pass on a tape, the loss, and the way back.
func ExampleTape() {
	var weights grad.Params
	layer := grad.NewLinear(&weights, "layer", 2, 2)

	tape := grad.NewTape(&weights)
	p := &grad.Pass{Arena: new(tensor.Arena), Tape: tape}
	for step := range 3 {
		p.Arena.Reset()
		x := tensor.From([]float32{1, 0, 0, 1}, 2, 2)
		logits := layer.Forward(p, grad.Const(x))
		loss, _ := p.CrossEntropy(logits, []int{1, 0}, 0, 1)
		tape.Backward()
		for _, w := range weights.List {
			g := tape.Grad(w)
			w.Set(func(x tensor.Matrix) { tensor.AddScaled(x.Data, -1, g.Data) })
			clear(g.Data)
		}
		fmt.Printf("step %d: loss %.3f\n", step, loss)
	}
	// Output:
	// step 0: loss 1.386
	// step 1: loss 0.627
	// step 2: loss 0.389
}

// A gradient with respect to the input, as attributions need it: the weights are frozen, so the tape
// computes and keeps none of theirs.
func ExampleNewTape_frozen() {
	var weights grad.Params
	layer := grad.NewLinear(&weights, "layer", 2, 1)
	layer.W.Set(func(w tensor.Matrix) { copy(w.Data, []float32{3, -5}) })

	p := &grad.Pass{Arena: new(tensor.Arena), Tape: grad.NewTape(nil)}
	x := grad.Value{X: tensor.From([]float32{1, 2}, 1, 2), G: tensor.New(1, 2)}
	y := layer.Forward(p, x)
	y.G.Row(0)[0] = 1 // of what the gradient is to be
	p.Tape.Backward()
	fmt.Println(y.X.Row(0), x.G.Row(0))
	// Output: [-7] [3 -5]
}
