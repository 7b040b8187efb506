//go:build !js

package web_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// memoryOf has each worker tell, when it is asked over a channel, how much memory its WebAssembly has.
const memoryOf = `{
	const hook = 'const instantiate = WebAssembly.instantiate; WebAssembly.instantiate = async (...all) => { const r = await instantiate(...all); const { mem } = (r.instance ?? r).exports; if (mem) new BroadcastChannel("memory").onmessage = function ({ data }) { if (data === "?") this.postMessage(mem.buffer.byteLength); }; return r; };';
	const Whole = Blob;
	globalThis.Blob = class extends Whole { constructor(parts, options) { super(String(parts?.[0]).includes("importScripts") ? [hook, ...parts] : parts, options); } };
	globalThis.engineMemory = () => new Promise((done) => { const c = new BroadcastChannel("memory"); let most = 0; c.onmessage = ({ data }) => { if (data !== "?") most = Math.max(most, data); }; c.postMessage("?"); setTimeout(() => { c.close(); done(most); }, 1000); });
}
`

// stroke has a box hold a text, as after a key, and returns the milliseconds until the picture of it is painted.
const stroke = `async (box, value) => {
	const painted = () => performance.getEntriesByName("heed-paint").length;
	performance.clearMeasures("heed-paint");
	box.value = value;
	const at = performance.now();
	box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
	while (!painted()) await new Promise((next) => requestAnimationFrame(next));
	const paint = performance.getEntriesByName("heed-paint").at(-1);
	return paint.startTime + paint.duration - at;
}`

// keys types the letters of a text one after the other, each when the picture of the one before is painted, and returns the
// milliseconds that each took, sorted.
const keys = `async (box, begin, more) => {
	const stroke = ` + stroke + `, times = [];
	for (let n = 1; n <= more.length; n++) times.push(await stroke(box, begin + more.slice(0, n)));
	return times.sort((a, b) => a - b);
}`

// BenchmarkReal measures other people's models in Chromium: MiniLM and SmolLM2, dropped on the page; and beside SmolLM2 what wllama, which is
// llama.cpp in WebAssembly and shows no attention, takes for the same file and text, where ./build.sh bench fetched it.
func BenchmarkReal(b *testing.B) {
	for _, of := range []struct{ name, path, view, text, more string }{
		{"MiniLM, 16 tokens", "minilm", "heatmap", "The animal didn't cross the street because it was too", " tired, old and wet"},
		{"SmolLM2, 32 tokens", "smollm2/*.gguf", "heatmap", "Once upon a time there was a little girl who had a red ball. She liked to play with her dog in the park near the old house", " of her friend"},
	} {
		b.Run(of.name, func(b *testing.B) {
			path := fetched(b, of.path)
			tab := newTab(b, events+memoryOf)
			tab.do(chromedp.Navigate(site + "#" + address("text", of.text, "view", of.view)))
			tab.until(ready)
			begin := get(tab, chromedp.Evaluate[float64]("performance.now()"))
			tab.dropPaths(path)
			get(tab, chromedp.Evaluate[chromedp.Void](`(async () => {
				while (!(`+root+`.querySelector("[name=model]:checked")?.value.startsWith("file:") && `+ready+`)) await new Promise((next) => setTimeout(next, 10));
			})()`, chromedp.EvalAwaitPromise))
			opened := get(tab, chromedp.Evaluate[float64]("performance.now()")) - begin
			tokens := len(tab.record().Tokens.Source)
			memory := get(tab, chromedp.Evaluate[float64]("engineMemory()", chromedp.EvalAwaitPromise))
			times := get(tab, chromedp.Evaluate[[]float64](fmt.Sprintf(`(%s)(%s.getElementById("text"), %q, %q)`, keys, root, of.text, of.more), chromedp.EvalAwaitPromise))
			fmt.Printf("%s: opened and drawn (lab.wasm's download included) after %.0f ms; %d tokens; %.0f MB of engine memory; a key to the repainted heatmap: median %.0f ms, fastest %.0f, slowest %.0f\n",
				of.name, opened, tokens, memory/1e6, times[len(times)/2], times[0], times[len(times)-1])
			if of.path != "minilm" {
				wrote := get(tab, chromedp.Evaluate[[]float64](`(async () => {
					const root = `+root+`, box = root.getElementById("text"), view = document.querySelector("heed-view");
					box.value = `+fmt.Sprintf("%q", of.text)+`;
					box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
					while (view.record?.text !== box.value || !root.querySelector("[data-state=ready]")) await new Promise((next) => setTimeout(next, 20));
					const shown = () => root.querySelector("[role=status]").textContent + box.value;
					const before = shown(), begin = performance.now();
					[...root.querySelectorAll(".writer button")][0].click();
					while (shown() === before) await new Promise((next) => setTimeout(next, 2));
					const first = performance.now() - begin, tokens = view.record.tokens.source.length;
					while (!root.querySelector("[data-state=ready]") || view.record.tokens.source.length === tokens) await new Promise((next) => setTimeout(next, 20));
					return [first, performance.now() - begin - first, view.record.tokens.source.length - tokens];
				})()`, chromedp.EvalAwaitPromise))
				fresh := get(tab, chromedp.Evaluate[float64](fmt.Sprintf(`(%s)(%s.getElementById("text"), %q)`, stroke, root, other32), chromedp.EvalAwaitPromise))
				fmt.Printf("%s: another text of %d tokens to its picture and what follows it: %.0f ms\n", of.name, len(tab.record().Tokens.Source), fresh)
				fmt.Printf("%s: written on, first token after %.0f ms, then %.0f tokens in %.0f ms: %.1f tokens/s\n", of.name, wrote[0], wrote[2]-1, wrote[1], (wrote[2]-1)/wrote[1]*1000)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("wllama", func(b *testing.B) {
		if _, err := os.Stat(peers + "node_modules/@wllama/wllama"); err != nil {
			b.Skip("wllama is not at hand: ./build.sh bench fetches it from npm")
		}
		model := "/models/smollm2/" + filepath.Base(fetched(b, "smollm2/*.gguf"))
		for _, threads := range []string{"1", "2"} {
			tab := newTab(b, "")
			tab.excuse()
			tab.do(chromedp.Navigate(benchSite(b) + "peers/wllama.html?" + url.Values{"model": {model}, "text": {other32}, "threads": {threads}}.Encode()))
			tab.finished(b)
			fmt.Println(tab.said(`document.querySelector("pre.row").textContent`))
		}
		b.ReportMetric(0, "ns/op")
	})
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("load of this machine: %s", load)
}

// other32 is a text of 32 tokens of SmolLM2, which begins as none that was there before.
const other32 = "My grandfather kept bees behind the old barn, and each summer he gave us a jar of dark honey, which we ate on bread, with a little butter"
