package tensor_test

import (
	"fmt"

	"heed/core/tensor"
)

// A product of two matrices, with scratch memory from an arena.
func ExampleMatMul() {
	var arena tensor.Arena
	a := tensor.From([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	b := tensor.From([]float32{1, 0, 0, 1, 1, 1}, 3, 2)
	c := arena.Matrix(2, 2)
	tensor.MatMul(&arena, c, a, b, false)
	fmt.Println(c.Row(0), c.Row(1))
	// Output: [4 5] [10 11]
}

// The view of one head in a matrix of two: it shares memory with the whole.
func ExampleMatrix_ColRange() {
	x := tensor.From([]float32{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4)
	head := x.ColRange(2, 4)
	head.Row(1)[0] = 70
	fmt.Println(head.Row(0), x.Row(1))
	// Output: [3 4] [5 6 70 8]
}
