//go:build !js

package web_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/chromedp/chromedp"
)

// BenchmarkAsking measures every explanation in Chromium, in the engine's one thread, and prints its table of BENCH.md.
func BenchmarkAsking(b *testing.B) {
	var t table
	t.asking(b)
	fmt.Print(t.String())
	b.ReportMetric(0, "ns/op")
}

// askings are what is asked, with what is set for it; its answer is there when the Record has the member.
var askings = []struct {
	name, model, view, member string
	set                       map[string]string
}{
	{"every head off", "en-fr", "ablation", "ablation", nil},
	{"every head its mean", "en-fr", "ablation", "ablatedWith", map[string]string{"with": "mean"}},
	{"every layer off", "en-fr", "ablation", "ablation", map[string]string{"ablate": "layers"}},
	{"every word off", "en-fr", "ablation", "ablation", map[string]string{"ablate": "positions"}},
	{"each layer of each word patched", "en-fr", "patch", "patch", map[string]string{"patch": "text:I like coffee."}},
	{"each head of each word patched", "en-fr", "patch", "patch", map[string]string{"patch": "text:I like coffee.", "at": "heads"}},
	{"each state patched", "en-fr-attention", "patch", "patch", map[string]string{"patch": "text:I like coffee."}},
	{"gradient × input", "en-fr", "attribution", "attribution", map[string]string{"attribute": "gradient-input"}},
	{"integrated gradients", "en-fr", "attribution", "attribution", map[string]string{"attribute": "integrated-gradients"}},
	{"attention × gradient", "en-fr", "attribution", "attribution", map[string]string{"attribute": "attention-gradient"}},
	{"leave one out", "en-fr", "attribution", "attribution", map[string]string{"attribute": "leave-one-out"}},
	{"direct, by head and layer", "en-fr", "attribution", "attribution", map[string]string{"attribute": "direct"}},
	{"why this score", "en-fr", "why", "why", nil},
	{"what heads do, over the examples", "en-fr", "grid", "heads", map[string]string{"roles": "1"}},
	{"other weights, 40 steps", "en-fr-attention", "adversary", "adversary", nil},
	{"steered", "stories", "predictions", "changes", map[string]string{"steer": "decoder.2=4", "toward": "The cat.", "away": "The dog."}},
}

// askedTexts are two texts of about 8, of 16 and of 32 tokens each.
func askedTexts() map[int][2]string {
	const noun = "I see a red car and a white "
	return map[int][2]string{
		8:  {"I see a red house.", "I see a red horse."},
		16: {noun + "house and she is happy.", noun + "horse and she is happy."},
		32: {noun + "house and she is happy and " + noun[:len(noun)-1] + " dog and my brother is happy.", noun + "horse and she is happy and " + noun[:len(noun)-1] + " dog and my brother is happy."},
	}
}

// asking is the table of what asks why.
func (t *table) asking(b *testing.B) {
	t.section("Asking why", "From the question to the event that brings the answer, of texts of about so many tokens, in one thread: the shorter of two texts.", "what", "8", "16", "32")
	tabs, texts := map[string]*tab{}, askedTexts()
	for _, of := range askings {
		tab := tabs[of.model]
		if tab == nil {
			tab = newTab(b, "")
			at := []string{"model", of.model, "text", "I like tea.", "view", "heatmap"}
			if of.model == "en-fr" {
				at = append(at, "kind", "cross", "layer", "2", "head", "4")
			}
			tab.do(chromedp.Navigate(site + "#" + address(at...)))
			tab.until(ready)
			tabs[of.model] = tab
		}
		set, err := json.Marshal(of.set)
		if err != nil {
			b.Fatal(err)
		}
		cells := []string{of.name}
		for _, length := range []int{8, 16, 32} {
			best := math.Inf(1)
			for _, text := range texts[length] {
				best = min(best, get(tab, chromedp.Evaluate[float64](`(async () => {
					const v = document.querySelector("heed-view"), text = `+quote(text)+`, set = `+string(set)+` ?? {};
					const told = (when) => new Promise((done) => v.addEventListener("heed-record", function look({ detail }) { if (when(detail)) { v.removeEventListener("heed-record", look); done(detail); } }));
					for (const name of ["ablate", "with", "patch", "at", "attribute", "roles", "steer", "toward", "away"]) v[name] = null;
					let came = told((r) => r.text === text);
					v.view = "heatmap"; v.text = "";
					v.text = text;
					await came;
					came = told((r) => r.text === text && r.`+of.member+`);
					const at = performance.now();
					Object.assign(v, set);
					v.view = `+quote(of.view)+`;
					await came;
					return performance.now() - at;
				})()`, chromedp.EvalAwaitPromise)))
			}
			cells = append(cells, fmt.Sprintf("%.0f", best))
			fmt.Printf("%s, %d tokens: %.0f ms\n", of.name, length, best)
		}
		t.row(cells...)
	}
}
