package tensor

// Rotate turns the pairs of a row by angles, in place (Su et al. 2021, equation 34):
//
//	a, b = x[i], x[i+n]
//	x[i], x[i+n] = a*cos[i] - b*sin[i], a*sin[i] + b*cos[i]
//
// for i < n = len(cos), the pairs being those of the row's two halves (as in GPT-NeoX and Llama). With
// interleaved set they are x[2i] and x[2i+1] (as in the paper and GPT-J). It panics unless x has 2n
// numbers and sin n.
func Rotate(x, cos, sin []float32, interleaved bool) {
	n := len(cos)
	sameLen(len(sin), n)
	sameLen(len(x), 2*n)
	if interleaved {
		for i, c := range cos {
			a, b, s := x[2*i], x[2*i+1], sin[i]
			x[2*i], x[2*i+1] = a*c-b*s, a*s+b*c
		}
		return
	}
	i := 0
	for ; i+lanes <= n; i += lanes {
		p, q := ptr(x, i), ptr(x, n+i)
		a, b, c, s := load(p), load(q), load(ptr(cos, i)), load(ptr(sin, i))
		store(p, a.Mul(c).Sub(b.Mul(s)))
		store(q, a.Mul(s).Add(b.Mul(c)))
	}
	leave()
	for ; i < n; i++ {
		a, b, c, s := x[i], x[n+i], cos[i], sin[i]
		x[i], x[n+i] = a*c-b*s, a*s+b*c
	}
}

// RotateBack undoes Rotate, and so takes a gradient of its result to one of its argument: it turns by
// the angles' negatives.
func RotateBack(x, cos, sin []float32, interleaved bool) {
	n := len(cos)
	sameLen(len(sin), n)
	sameLen(len(x), 2*n)
	if interleaved {
		for i, c := range cos {
			a, b, s := x[2*i], x[2*i+1], sin[i]
			x[2*i], x[2*i+1] = a*c+b*s, b*c-a*s
		}
		return
	}
	i := 0
	for ; i+lanes <= n; i += lanes {
		p, q := ptr(x, i), ptr(x, n+i)
		a, b, c, s := load(p), load(q), load(ptr(cos, i)), load(ptr(sin, i))
		store(p, a.Mul(c).Add(b.Mul(s)))
		store(q, b.Mul(c).Sub(a.Mul(s)))
	}
	leave()
	for ; i < n; i++ {
		a, b, c, s := x[i], x[n+i], cos[i], sin[i]
		x[i], x[n+i] = a*c+b*s, b*c-a*s
	}
}
