package recurrent

import (
	"math/rand/v2"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// BenchmarkStep is what one goroutine does for one training step: about 1,500 tokens, source and target
// together, as short or as joined sentences, forward and back, at a size that may ship.
func BenchmarkStep(b *testing.B) {
	for _, v := range []struct {
		name, attention string
		pairs, length   int
	}{{"fixed-15", "none", 50, 15}, {"fixed-75", "none", 10, 75}, {"additive-15", "additive", 50, 15}, {"additive-75", "additive", 10, 75},
		{"general-15", "general", 50, 15}, {"general-75", "general", 10, 75}} {
		b.Run(v.name, func(b *testing.B) {
			c := tiny()
			c.Vocab, c.Width, c.EncoderLayers, c.EncoderHidden, c.DecoderHidden, c.AttentionWidth = 6000, 256, 1, 256, 384, 192
			c.Attention, c.MaxPositions = v.attention, 128
			m, err := New(c)
			if err != nil {
				b.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 2))
			m.Init(r)
			m.SetDropout(0.1)
			var source, target grad.Sequences
			var labels []int
			for range v.pairs {
				ids := make([]int, v.length)
				for i := range ids {
					ids[i] = r.IntN(c.Vocab)
				}
				source.Add(ids...)
				target.Add(ids...)
				labels = append(labels, ids...)
			}
			p := &grad.Pass{Arena: new(tensor.Arena), Tape: grad.NewTape(&m.Params), Rand: rand.NewPCG(3, 4)}
			step := func() {
				p.Arena.Reset()
				out := m.Decode(p, &target, m.Encode(p, &source, attention.Hooks{}), &source, attention.Hooks{})
				p.CrossEntropy(m.Logits(p, out), labels, 0.1, 1)
				p.Tape.Backward()
				for _, w := range m.Params.List { // as an optimiser's step does
					w.Set(func(tensor.Matrix) {})
				}
			}
			step()
			for b.Loop() {
				step()
			}
			seconds := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(float64(2*len(labels))/seconds, "tokens/s")
			b.ReportMetric(products(m, v.length)*float64(len(labels))/seconds/1e9, "GFLOP/s")
			b.ReportMetric(float64(p.Arena.Size())/(1<<20), "arena-MB")
		})
	}
}

// products counts the floating-point operations of the matrix products of one pair of tokens, one a side,
// forward and back, when a source has n.
func products(m *Model, n int) float64 {
	macs := 0
	for _, w := range m.Params.List {
		if w.Rows > 1 && (w != m.target || m.Tied) {
			macs += w.Rows * w.Cols
		}
	}
	if m.scorer != nil {
		macs += n * (len(m.scorer.Keys(grad.NewPass(), grad.Const(tensor.New(1, m.Context()))).X.Data) + m.Context())
	}
	return 6 * float64(macs)
}
