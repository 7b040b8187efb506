package train

import (
	"math"
	"sync"

	"heed/core/model"
	"heed/core/tensor"
)

// optimizer is Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), β₁ 0.9, β₂
// 0.98 as in Vaswani et al. 2017; of the weights in muon it is Muon, and with sgd of all of them gradient descent with
// momentum (Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning").
type optimizer struct {
	first, second [][]float32 // moments, by weight; AdamW alone has second ones
	decay         float64
	muon          []bool // by weight
	sgd           bool
	arenas        sync.Pool
}

const (
	beta1   = 0.9
	beta2   = 0.98
	epsilon = 1e-9

	sgdMomentum = 0.9
)

// newOptimizer returns the optimiser that the options ask for: AdamW, Muon for the matrices between layers and AdamW
// for the rest, or SGD.
func newOptimizer(options Options, net model.Net) *optimizer {
	o := &optimizer{decay: options.WeightDecay, sgd: options.Optimizer == SGD, arenas: sync.Pool{New: func() any { return new(tensor.Arena) }}}
	for _, p := range net.Weights().List {
		muon := options.Optimizer == Muon && isHidden(p)
		o.muon = append(o.muon, muon)
		o.first = append(o.first, make([]float32, p.Rows*p.Cols))
		var second []float32
		if !muon && !o.sgd {
			second = make([]float32, p.Rows*p.Cols)
		}
		o.second = append(o.second, second)
	}
	return o
}

// update applies one step, the step'th counted from 1, to the values x of weight i. Biases, gains and embeddings of
// one row do not decay.
func (o *optimizer) update(i int, x tensor.Matrix, gradient []float32, step int, rate, scale float64) {
	if o.muon[i] {
		ar := o.arenas.Get().(*tensor.Arena)
		muonStep(ar, x, o.first[i], gradient, rate, o.decay, scale)
		o.arenas.Put(ar)
		return
	}
	keep := float32(1)
	if x.Rows > 1 {
		keep = float32(1 - rate*o.decay)
	}
	if o.sgd {
		tensor.Scale(o.first[i], sgdMomentum, o.first[i])
		tensor.AddScaled(o.first[i], float32(scale), gradient)
		tensor.Scale(x.Data, keep, x.Data)
		tensor.AddScaled(x.Data, float32(-rate), o.first[i])
		return
	}
	a := tensor.Adam{Beta1: beta1, Beta2: beta2, Epsilon: epsilon, Scale: float32(scale), Keep: keep,
		Rate:   float32(rate / (1 - math.Pow(beta1, float64(step)))),
		Second: float32(1 / (1 - math.Pow(beta2, float64(step))))}
	tensor.AdamStep(&a, x.Data, o.first[i], o.second[i], gradient)
}

// rate is the learning rate of a step counted from 1: linear warm-up, then half a cosine down to
// 0 (Loshchilov & Hutter 2017), or the peak until the cooldown, a line to 0 (Hägele et al. 2024).
func (o Options) rate(step int) float64 {
	if step <= o.Warmup {
		return o.LearningRate * float64(step) / float64(o.Warmup)
	}
	if o.Cooldown > 0 {
		left := float64(o.Steps-step) / (o.Cooldown * float64(o.Steps))
		return o.LearningRate * max(0, min(1, left))
	}
	done := float64(step-o.Warmup) / float64(max(1, o.Steps-o.Warmup))
	return o.LearningRate * 0.5 * (1 + math.Cos(math.Pi*min(1, done)))
}
