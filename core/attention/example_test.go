package attention_test

import (
	"fmt"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// A hook sees each head's weights just after softmax, and may change them: here it lets every query look
// at the first key alone.
func ExampleHooks() {
	var weights grad.Params
	identity := func(name string) grad.Linear {
		l := grad.NewLinear(&weights, name, 2, 2)
		l.W.Set(func(w tensor.Matrix) { copy(w.Data, []float32{1, 0, 0, 1}) })
		return l
	}
	m := &attention.MultiHead{Kind: attention.Self, Heads: 1,
		Query: identity("query"), Key: identity("key"), Value: identity("value"), Out: identity("out")}

	p := grad.NewPass()
	x := grad.Const(tensor.From([]float32{0, 8, 8, 0}, 2, 2))
	q, k, v := m.Project(p, x, x, nil)
	y := m.Attend(p, q, k, v, []grad.Span{{Q0: 0, Q1: 2, K0: 0, K1: 2}}, attention.Hooks{Map: func(am *attention.Map) {
		for i := range am.Weights.Rows {
			fmt.Printf("query %d: %.2f\n", i, am.Weights.Row(i))
			copy(am.Weights.Row(i), []float32{1, 0})
		}
	}})
	fmt.Println(y.X.Row(0), y.X.Row(1))
	// Output:
	// query 0: [1.00 0.00]
	// query 1: [0.00 1.00]
	// [0 8] [0 8]
}
