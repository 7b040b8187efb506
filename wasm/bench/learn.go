//go:build js && wasm

package bench

import (
	"heed/core/json"
	"heed/core/learn"
)

// learned is the decoder that is timed as it learns: about 0.37 million weights, as TinyGPT has by default.
var learned = learn.Given{"task": "induction", "layers": "3", "width": "112", "heads": "4", "ffn": "1", "positions": "learned", "steps": "400"}

// steps times training steps: the mean of the fastest of several rounds.
func steps(row func(string)) {
	setting, _, err := learned.Setting("")
	if err != nil {
		panic(err)
	}
	n, err := learn.New(setting)
	if err != nil {
		panic(err)
	}
	const rounds, each = 3, (learn.Every - 1) / 3 // before the first measure, which is none of a step
	var ms, tokens float64                        // of the fastest round
	for range rounds {
		var seen float64
		took := best(1, func() {
			for range each {
				p, err := n.Step()
				if err != nil {
					panic(err)
				}
				seen += float64(p.Tokens)
			}
		})
		if ms == 0 || took/seen < ms/tokens {
			ms, tokens = took, seen
		}
	}
	say(row, func(o *json.Object) {
		runtime, what, weights := "heed", "a training step", n.Model.Net.Weights().Count()
		step, t := ms/each, int(tokens/each)
		o.Member("runtime").String(&runtime)
		o.Member("what").String(&what)
		o.Member("count").Int(&weights)
		o.Member("T").Int(&t)
		o.Member("ms").Float(&step)
	})
}
