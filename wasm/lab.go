//go:build js && wasm && lab

package main

// What the first view does not need: models in other forms than ours, explanations of a run, training, and the
// benchmarks. Imported for their effect, such packages say to those that use them that they are there; what a model
// lacks without them is an error that wraps say.ErrLab, at which the page starts lab.wasm.
import (
	_ "heed/core/foreign"
	"heed/core/run"
	"heed/core/view"
	"heed/wasm/bench"
	"heed/wasm/bridge"
	"heed/wasm/engine"
	"heed/wasm/learn"
	_ "heed/wasm/opening"
)

func init() {
	engine.Explain((*run.Session).Ask)
	engine.Small = view.Small
	roles["learn"] = learn.Main
	roles["bench"] = func() { bench.Main(bridge.Part(), bridge.Print, bridge.Done) }
}
