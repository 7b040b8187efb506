package train

import (
	"math"

	"heed/core/grad"
	"heed/core/tensor"
)

// momentum is that of Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks").
const momentum = 0.95

// isHidden says whether a weight is a matrix between layers, and not a table, a bias or a gain.
func isHidden(p *grad.Param) bool { return p.Role == grad.Matrix && p.Rows > 1 }

// muonStep changes weight x by one step of Muon, the optimiser of Jordan et al. 2024 for the matrices
// between a network's layers: along the momentum m, made orthogonal, so that all directions of a matrix learn
// at one pace. Its length is that of Liu et al. 2025 ("Muon is Scalable for LLM Training", equation 4), so
// that one learning rate serves it and AdamW, which keeps the embeddings, biases and gains. The gradient is
// overwritten.
//
//	m = momentum*m + scale*gradient
//	x = (1 - rate*decay)*x - rate * 0.2 * √max(rows, cols) * orthogonal(scale*gradient + momentum*m)
func muonStep(ar *tensor.Arena, x tensor.Matrix, m, gradient []float32, rate, decay, scale float64) {
	g := gradient
	tensor.Scale(g, float32(scale), g)
	tensor.Scale(m, momentum, m)
	tensor.Add(m, g)
	tensor.AddScaled(g, momentum, m) // Nesterov's look ahead
	orthogonalize(ar, tensor.From(g, x.Rows, x.Cols))
	tensor.Scale(x.Data, float32(1-rate*decay), x.Data)
	tensor.AddScaled(x.Data, float32(-rate*0.2*math.Sqrt(float64(max(x.Rows, x.Cols)))), g)
}

// orthogonalize replaces g = U S Vᵀ by about U Vᵀ: five Newton–Schulz steps
//
//	g = a g + (b ggᵀ + c (ggᵀ)²) g
//
// with the coefficients of Jordan et al. 2024, which bring singular values to between 0.7 and 1.2. A zero
// matrix stays.
func orthogonalize(ar *tensor.Arena, g tensor.Matrix) {
	const a, b, c = 3.4445, -4.7750, 2.0315
	norm := math.Sqrt(float64(tensor.Dot(g.Data, g.Data)))
	if norm == 0 {
		return
	}
	mark := ar.Mark()
	defer ar.Release(mark)
	x := g
	if g.Rows > g.Cols { // the small side's products are cheaper
		x = ar.Matrix(g.Cols, g.Rows)
		tensor.Transpose(x, g)
	}
	tensor.Scale(x.Data, float32(1/norm), x.Data)
	n := x.Rows
	square, poly, next := ar.Matrix(n, n), ar.Matrix(n, n), ar.Matrix(n, x.Cols)
	for range 5 {
		tensor.MatMulT(ar, square, x, x, false)
		tensor.MatMul(ar, poly, square, square, false)
		tensor.Scale(poly.Data, c, poly.Data)
		tensor.AddScaled(poly.Data, b, square.Data)
		tensor.MatMul(ar, next, poly, x, false)
		tensor.AddScaled(next.Data, a, x.Data)
		copy(x.Data, next.Data)
	}
	if g.Rows > g.Cols {
		tensor.Transpose(g, x)
	}
}
