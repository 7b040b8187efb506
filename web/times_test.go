//go:build !js

package web_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// BenchmarkReal measures other people's models in Chromium, and prints their table of BENCH.md.
func BenchmarkReal(b *testing.B) {
	var t table
	t.real(b)
	fmt.Print(t.String())
	b.ReportMetric(0, "ns/op")
}

// hasReal reports whether ./build.sh models was run.
func hasReal() bool {
	for _, pattern := range []string{"minilm", "smollm2/*.gguf"} {
		if found, _ := filepath.Glob("../.cache/models/" + pattern); len(found) == 0 {
			return false
		}
	}
	return true
}

// bring drops a model on the page of a tab, and returns the milliseconds until a text is drawn, with lab.wasm's download, and the
// engine's memory then.
func bring(b *testing.B, tab *tab, pattern, text string) (ms, bytes float64) {
	tab.do(chromedp.Navigate(site + "#" + address("text", text, "view", "heatmap")))
	tab.until(ready)
	begin := get(tab, chromedp.Evaluate[float64]("performance.now()"))
	tab.dropPaths(fetched(b, pattern))
	ms = get(tab, chromedp.Evaluate[float64](`(async () => {
		while (!(`+root+`.querySelector("[name=model]:checked")?.value.startsWith("file:") && `+ready+`)) await new Promise((next) => setTimeout(next, 10));
		return performance.now();
	})()`, chromedp.EvalAwaitPromise)) - begin
	return ms, get(tab, chromedp.Evaluate[float64]("engineMemory()", chromedp.EvalAwaitPromise))
}

// rounds is how often each of two runtimes has its turn: they alternate, so that other work falls on both.
const rounds = 7

// written is what a runtime took in its turns: to the first token after a new text, to the next after a word more, and how many
// tokens it then wrote in a second.
type written struct{ First, More, Speed []float64 }

func (w *written) add(first, more, speed float64) {
	w.First, w.More, w.Speed = append(w.First, first), append(w.More, more), append(w.Speed, speed)
}

// heedWrites has a page that shows SmolLM2 read a new text, read a word more, and write on. What it shows after a key has
// the picture and the next tokens.
func (tab *tab) heedWrites(text, word string) (first, more, speed float64) {
	all := get(tab, chromedp.Evaluate[[]float64](`(async () => {
		const root = `+root+`, box = root.getElementById("text"), view = document.querySelector("heed-view"), stroke = `+stroke+`;
		const pause = () => new Promise((next) => setTimeout(next, 2)), ready = () => root.querySelector("[data-state=ready]");
		const first = await stroke(box, `+quote(text)+`), more = await stroke(box, `+quote(text+word)+`);
		while (view.record?.text !== box.value || !ready()) await pause();
		const shown = () => root.querySelector("[role=status]").textContent + box.value;
		const before = shown(), begin = performance.now(), had = view.record.tokens.source.length;
		root.querySelector(".writer button").click();
		while (shown() === before) await pause();
		const began = performance.now();
		while (!ready() || view.record.tokens.source.length === had) await pause();
		return [first, more, (view.record.tokens.source.length - had - 1) / (performance.now() - began) * 1000];
	})()`, chromedp.EvalAwaitPromise))
	return all[0], all[1], all[2]
}

// real is the table of other people's models: MiniLM and SmolLM2, dropped on the page, and beside SmolLM2 what wllama, which is llama.cpp
// in WebAssembly and shows no attention, takes for the same file and texts, where ./build.sh bench fetched it.
func (t *table) real(b *testing.B) {
	const most = "The animal didn't cross the street because it was too"
	mini := newTab(b, events+memoryOf)
	miniOpened, miniBytes := bring(b, mini, "minilm", most)
	strokes := get(mini, chromedp.Evaluate[[]float64](fmt.Sprintf(`(%s)(%s.getElementById("text"), %q, %q)`, keys, root, most, " tired, old and wet"), chromedp.EvalAwaitPromise))
	mini.do(chromedp.Navigate("about:blank"))

	ours := newTab(b, events+memoryOf)
	opened, bytes := bring(b, ours, "smollm2/*.gguf", "Once upon a time")
	runtimes := []string{"Heed"}
	times := map[string]*written{"Heed": {}}
	tabs := map[string]*tab{"Heed": ours}
	peerOpened := map[string]float64{}
	if _, err := os.Stat(peers + "node_modules/@wllama/wllama"); err == nil {
		model := "/models/smollm2/" + filepath.Base(fetched(b, "smollm2/*.gguf"))
		address := benchSite(b)
		for _, threads := range []string{"1", "2"} {
			name := "wllama, " + map[string]string{"1": "1 thread", "2": "2 threads"}[threads]
			tab := newTab(b, "")
			tab.excuse()
			tab.do(chromedp.Navigate(address + "peers/wllama.html?" + url.Values{"model": {model}, "threads": {threads}}.Encode()))
			tab.finished(b)
			runtimes = append(runtimes, name)
			times[name], tabs[name] = &written{}, tab
			peerOpened[name] = get(tab, chromedp.Evaluate[float64]("opened"))
		}
	} else {
		fmt.Println("wllama is not at hand: ./build.sh bench fetches it from npm")
	}
	begins := []string{"My", "His", "Her", "Our", "Your", "Their", "The", "One", "That"}
	for round := range rounds {
		text := begins[round] + rest32
		for _, name := range runtimes {
			var first, more, speed float64
			if name == "Heed" {
				first, more, speed = ours.heedWrites(text, " and")
			} else {
				all := get(tabs[name], chromedp.Evaluate[[]float64](fmt.Sprintf("turn(%q, %q)", text, " and"), chromedp.EvalAwaitPromise))
				first, more, speed = all[0], all[1], all[2]
			}
			times[name].add(first, more, speed)
			fmt.Printf("%s: %.0f %.0f ms, %.1f tokens/s\n", name, first, more, speed)
		}
	}
	load, _ := os.ReadFile("/proc/loadavg")
	t.section("Other people's models", fmt.Sprintf("MiniLM (90 MB of float32) and SmolLM2-135M-Instruct (98 MB, Q4_1), dropped on the page; lab.wasm's download is in the time to open.\n"+
		"A key at 16 tokens of MiniLM: median %.0f ms to its repainted heatmap, fastest %.0f. Beside SmolLM2 stands wllama 3.8 (llama.cpp in WebAssembly), in\nthe same Chromium, on the same file and texts of 32 tokens; "+
		"Heed's times have the picture of the attention in them, and the next tokens.\nMedians of %d turns each, which alternate; load %s. × is the peer's time by ours, or our speed by its: above 1 Heed is faster.",
		median(strokes), slices.Min(strokes), rounds, strings.Fields(string(load) + " ?")[0]),
		"model and runtime", "open, ms", "engine, MB", "first token after 32 tokens, ms", "×", "a key after them, ms", "×", "tokens/s", "×")
	t.row("MiniLM, Heed", fmt.Sprintf("%.0f", miniOpened), fmt.Sprintf("%.0f", miniBytes/1e6), "", "", "", "", "", "")
	for _, name := range runtimes {
		w, h := times[name], times["Heed"]
		open, memory := fmt.Sprintf("%.0f", opened), fmt.Sprintf("%.0f", bytes/1e6)
		if name != "Heed" {
			open, memory = fmt.Sprintf("%.0f", peerOpened[name]), ""
		}
		beside := func(ours, theirs float64) string {
			if name == "Heed" {
				return ""
			}
			return fmt.Sprintf("%.2f", theirs/ours)
		}
		t.row("SmolLM2, "+name, open, memory, fmt.Sprintf("%.0f", median(w.First)), beside(median(h.First), median(w.First)),
			fmt.Sprintf("%.0f", median(w.More)), beside(median(h.More), median(w.More)),
			fmt.Sprintf("%.1f", median(w.Speed)), beside(median(w.Speed), median(h.Speed)))
	}
}

// rest32 makes a text of 32 tokens of SmolLM2, after a word of one token.
const rest32 = " grandfather kept bees behind the old barn, and each summer he gave us a jar of dark honey, which we ate on bread, with a little butter"
