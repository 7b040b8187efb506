//go:build js && wasm

// Package bench times the engine in a browser: web/bench.html runs it, out of lab.wasm. Its rows have the form in
// which other runtimes report the same work, a Transformer encoder with a vocabulary head that hands
// out its logits and every attention map.
package bench

import (
	"math/rand/v2"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/json"
	"heed/core/tensor"
	"heed/core/transformer"
	"heed/wasm/bridge"
)

// Main runs every benchmark and calls done when the last row is out.
func Main(row func(json string), done func()) {
	go func() {
		product(row)
		for _, s := range []struct {
			name                             string
			layers, width, heads, ffn, vocab int
		}{{"small", 6, 256, 8, 1024, 4096}, {"minilm", 6, 384, 12, 1536, 8192}} {
			m, err := transformer.New(transformer.Config{Vocab: s.vocab, Width: s.width, EncoderLayers: s.layers, DecoderLayers: 1,
				EncoderHeads: s.heads, DecoderHeads: s.heads, EncoderFFN: s.ffn, DecoderFFN: 1, Activation: "gelu",
				MaxPositions: 512, PreNorm: true, LearnedPosition: true})
			if err != nil {
				panic(err)
			}
			m.Init(rand.New(rand.NewPCG(1, 1)))
			for _, t := range []int{16, 64, 128} {
				runtime, threads, ms := "heed", 1, forward(m, t)
				say(row, func(o *json.Object) {
					o.Member("runtime").String(&runtime)
					o.Member("threads").Int(&threads)
					o.Member("shape").String(&s.name)
					o.Member("T").Int(&t)
					o.Member("ms").Float(&ms)
				})
			}
		}
		done()
	}()
}

func say(row func(string), fields func(*json.Object)) {
	b, err := json.Write(fields)
	if err != nil {
		panic(err)
	}
	row(string(b))
	bridge.Yield()
}

// best is the shortest of n runs, in milliseconds.
func best(n int, f func()) float64 {
	least := 1e9
	for range n {
		begin := bridge.Now()
		f()
		least = min(least, bridge.Now()-begin)
	}
	return least
}

// product times the matrix product at 96×384×1536 beside the plain loop.
func product(row func(string)) {
	const m, k, n = 96, 384, 1536
	r := rand.New(rand.NewPCG(1, 2))
	fill := func(x tensor.Matrix) tensor.Matrix {
		for i := range x.Data {
			x.Data[i] = float32(r.NormFloat64())
		}
		return x
	}
	a, b, dst := fill(tensor.New(m, k)), fill(tensor.New(k, n)), tensor.New(m, n)
	p := tensor.Pack(b)
	var ar tensor.Arena
	report := func(what string, ms float64) {
		gflops := 2 * m * k * n / ms / 1e6
		say(row, func(o *json.Object) {
			o.Member("what").String(&what)
			o.Member("gflops").Float(&gflops)
		})
	}
	report("matrix product 96x384x1536", best(200, func() { tensor.MatMulRight(&ar, dst, a, p, false) }))
	report("the plain loop", best(3, func() { plain(dst, a, b) }))
}

// plain is the loop that the kernel stands beside.
func plain(dst, a, b tensor.Matrix) {
	for i := range a.Rows {
		for j := range b.Cols {
			var s float32
			for k := range a.Cols {
				s += a.Data[i*a.Stride+k] * b.Data[k*b.Stride+j]
			}
			dst.Data[i*dst.Stride+j] = s
		}
	}
}

// forward times one pass over t tokens, every map copied out.
func forward(m *transformer.Model, t int) float64 {
	var s grad.Sequences
	ids := make([]int, t)
	for i := range ids {
		ids[i] = i * 7 % 1000
	}
	s.Add(ids...)
	p := grad.NewPass()
	var maps []float32
	return best(15, func() {
		p.Arena.Reset()
		maps = maps[:0]
		x := m.Encode(p, &s, attention.Hooks{Map: func(am *attention.Map) {
			for i := range am.Weights.Rows {
				maps = append(maps, am.Weights.Row(i)...)
			}
		}})
		m.Logits(p, x)
	})
}
