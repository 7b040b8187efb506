//go:build js && wasm

// Package bench times the engine in a browser: web/bench.html runs it, out of lab.wasm. Its rows have the form in
// which other runtimes report the same work, a Transformer encoder with a vocabulary head that hands
// out its logits and every attention map.
package bench

import (
	"heed/core/attention"
	"heed/core/grad"
	"heed/core/json"
	"heed/core/tensor"
	"heed/core/transformer"
	"heed/wasm/bridge"
)

// Main runs the benchmarks, or the part of them that is named, and calls done when the last row is out.
func Main(part string, row func(json string), done func()) {
	go func() {
		for _, p := range []struct {
			name string
			run  func(row func(json string))
		}{{"product", product}, {"forward", forward}, {"models", models}, {"learn", steps}} {
			if part == "" || part == p.name {
				p.run(row)
			}
		}
		done()
	}()
}

// shapes are the networks that every runtime is timed on.
var shapes = []struct {
	name                             string
	layers, width, heads, ffn, vocab int
}{{"small", 6, 256, 8, 1024, 4096}, {"minilm", 6, 384, 12, 1536, 8192}}

// forward times a pass of each shape at several lengths.
func forward(row func(string)) {
	for _, s := range shapes {
		m, err := transformer.New(transformer.Config{Vocab: s.vocab, Width: s.width, EncoderLayers: s.layers, DecoderLayers: 1,
			EncoderHeads: s.heads, DecoderHeads: s.heads, EncoderFFN: s.ffn, DecoderFFN: 1, Activation: "gelu",
			MaxPositions: 512, PreNorm: true, LearnedPosition: true})
		if err != nil {
			panic(err)
		}
		for _, p := range m.Params.List {
			if p.Rows > 1 {
				p.Set(draw)
			}
		}
		for _, runtime := range []string{"heed", "heed-int"} {
			m.Params.Compact(runtime == "heed-int")
			for _, t := range []int{16, 64, 128} {
				threads, ms := bridge.Threads(), pass(m, t)
				say(row, func(o *json.Object) {
					o.Member("runtime").String(&runtime)
					o.Member("threads").Int(&threads)
					o.Member("shape").String(&s.name)
					o.Member("T").Int(&t)
					o.Member("ms").Float(&ms)
				})
			}
		}
	}
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

// product times the matrix product at 96×384×1536 beside the plain loop, and that of a single row.
func product(row func(string)) {
	const m, k, n = 96, 384, 1536
	a, b, dst := drawn(m, k), drawn(n, k), tensor.New(m, n)
	var ar tensor.Arena
	report := func(what string, ms float64) {
		gops := 2 * m * k * n / ms / 1e6
		say(row, func(o *json.Object) {
			o.Member("what").String(&what)
			o.Member("gops").Float(&gops)
		})
	}
	packed, bytes := tensor.PackT(b), tensor.PackInt8T(b)
	report("matrix product 96x384x1536, float32", best(200, func() { tensor.MatMulRight(&ar, dst, a, packed, false) }))
	report("matrix product 96x384x1536, int8", best(200, func() { tensor.MatMulRight(&ar, dst, a, bytes, false) }))
	report("the plain loop", best(1, func() { plain(dst, a, b) }))
	logits(row)
}

// logits times one row times 192×6000, as each token that is generated needs it: the time goes into reading the
// weights, so the speed of reading memory stands beside it.
func logits(row func(string)) {
	const k, n = 192, 6000
	x, w, dst := drawn(1, k), drawn(n, k), tensor.New(1, n)
	var ar tensor.Arena
	report := func(what string, bytes int, ms float64) {
		speed := float64(bytes) / ms / 1e6
		say(row, func(o *json.Object) {
			o.Member("what").String(&what)
			o.Member("ms").Float(&ms)
			o.Member("GB/s").Float(&speed)
		})
	}
	for _, right := range []struct {
		name string
		tensor.Right
	}{{"float32", tensor.PackT(w)}, {"int8", tensor.PackInt8T(w)}} {
		report("one row x 192x6000, "+right.name, right.Bytes(), best(100, func() { tensor.MatMulRight(&ar, dst, x, right.Right, false) }))
	}
	report("adding up as many numbers as that has, float32", 4*k*n, best(100, func() { tensor.Sum(w.Data) }))
}

// plain is the loop that the kernel stands beside: dst = a·bᵀ.
func plain(dst, a, b tensor.Matrix) {
	for i := range a.Rows {
		for j := range b.Rows {
			var s float32
			for k := range a.Cols {
				s += a.Data[i*a.Stride+k] * b.Data[j*b.Stride+k]
			}
			dst.Data[i*dst.Stride+j] = s
		}
	}
}

// draw fills a matrix with what a weight that is shipped holds: integers from -127 to 127 times a number.
func draw(x tensor.Matrix) {
	seed := uint32(1)
	for i := range x.Rows {
		row := x.Row(i)
		for j := range row {
			seed = seed*1664525 + 1013904223
			row[j] = float32(int(seed>>24)%255-127) * (0.05 / 127)
		}
		row[0] = 127 * (0.05 / 127)
	}
}

func drawn(rows, cols int) tensor.Matrix {
	x := tensor.New(rows, cols)
	draw(x)
	return x
}

// pass times one pass over t tokens, every map copied out.
func pass(m *transformer.Model, t int) float64 {
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
