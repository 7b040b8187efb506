//go:build !js

package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// timed is a row that a page of benchmarks prints: wasm/bench, or a peer in wasm/bench/peers.
type timed struct {
	Runtime, Shape       string  // a forward pass
	Threads, T           int     //
	MS                   float64 // the shortest of several
	What, Model, Weights string  // something else
	GOPS, P50, P95, MB   float64
	Speed                float64 `json:"GB/s"`
	Count                int     // weights of a network that learns
}

// turns is how often each page of benchmarks has its turn, which is once with -short. They go round, and the best of
// each row counts, so that a drift of the machine's speed falls on all alike.
func turns() int {
	if testing.Short() {
		return 1
	}
	return 3
}

// peers is where ./build.sh bench puts what Heed is timed beside.
const peers = "../.cache/peers/"

// benchSite serves Heed and its peers from one origin.
func benchSite(b *testing.B) string {
	files := http.NewServeMux()
	for at, dir := range map[string]string{"heed": "..", "peers": "../wasm/bench/peers", "onnx": peers + "onnx",
		"models": "../.cache/models", "wllama": peers + "node_modules/@wllama/wllama/esm",
		"ort": peers + "node_modules/onnxruntime-web/dist", "tf": peers + "node_modules/@tensorflow/tfjs/dist",
		"tfwasm": peers + "node_modules/@tensorflow/tfjs-backend-wasm/dist"} {
		files.Handle("/"+at+"/", http.StripPrefix("/"+at, http.FileServer(http.Dir(dir))))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin") // without which there are no two threads
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		files.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	return server.URL + "/"
}

// BenchmarkTable measures Heed beside what else would run such models in a browser, and writes BENCH.md. The peers
// come from npm, by ./build.sh bench; without them their columns stay empty.
func BenchmarkTable(b *testing.B) {
	pages := []string{"heed/web/bench.html?part=forward", "heed/web/bench.html?part=forward&threads=2", "heed/web/bench.html?part=product"}
	_, err := os.Stat(peers + "onnx/minilm.onnx")
	if err == nil {
		pages = append(pages, "peers/ort.html?threads=1", "peers/ort.html?threads=2", "peers/tf.html")
	} else {
		fmt.Println("The peers are not at hand, so their columns stay empty: ./build.sh bench fetches them from npm.")
	}
	address := benchSite(b)

	best := map[timed]timed{}
	for range turns() {
		for _, page := range pages {
			fmt.Println("timing", page)
			for _, r := range rowsOf(b, address+page) {
				key := timed{Runtime: r.Runtime, Shape: r.Shape, Threads: r.Threads, T: r.T, What: r.What}
				if old, ok := best[key]; !ok || r.MS < old.MS || r.GOPS > old.GOPS {
					best[key] = r
				}
			}
		}
	}
	var t table
	t.head(b)
	t.forward(best)
	t.products(best)
	t.models(rowsOf(b, address+"heed/web/bench.html?part=models"))
	t.keys(b)
	t.asking(b)
	if hasReal() {
		t.real(b)
	} else {
		fmt.Println("MiniLM and SmolLM2 are not in .cache/models, so their table is left out: ./build.sh models fetches them.")
	}
	if err := os.WriteFile("BENCH.md", []byte(t.String()), 0o666); err != nil {
		b.Fatal(err)
	}
	fmt.Print(t.String())
	b.ReportMetric(0, "ns/op")
}

// rowsOf opens a page of benchmarks and returns its rows once it is through.
func rowsOf(b *testing.B, address string) (rows []timed) { return benchTab(b).rows(b, address) }

// benchTab is a tab for pages of benchmarks.
func benchTab(b *testing.B) *tab {
	tab := newTab(b, "")
	tab.excuse() // peers print what is no error of ours
	return tab
}

// rows are those of a page of benchmarks.
func (tab *tab) rows(b *testing.B, address string) (rows []timed) {
	tab.do(chromedp.Navigate(address))
	tab.finished(b)
	for _, line := range get(tab, chromedp.Evaluate[[]string](`[...document.querySelectorAll("pre.row")].map((row) => row.textContent)`)) {
		var r timed
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			b.Fatal(line, err)
		}
		rows = append(rows, r)
	}
	tab.do(chromedp.Navigate("about:blank"))
	return rows
}

// finished waits until the page says that it is through. While it works it may not answer for long.
func (tab *tab) finished(b *testing.B) {
	for began := time.Now(); time.Since(began) < 5*time.Minute; time.Sleep(200 * time.Millisecond) {
		title, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("document.title"))
		if err != nil {
			b.Fatal(err)
		}
		if title == "done" {
			return
		}
	}
	b.Fatal("the page of benchmarks is not through after 5 minutes")
}

// table is BENCH.md.
type table struct{ strings.Builder }

// section begins a table of Markdown.
func (t *table) section(title, text string, columns ...string) {
	fmt.Fprintf(t, "\n## %s\n\n%s\n\n", title, text)
	t.row(columns...)
	t.WriteString("|" + strings.Repeat(" --- |", len(columns)) + "\n")
}

func (t *table) row(cells ...string) { t.WriteString("| " + strings.Join(cells, " | ") + " |\n") }

func (t *table) head(b *testing.B) {
	version := get(newTab(b, ""), chromedp.Evaluate[string](`/Chrome.[\d.]+/.exec(navigator.userAgent)[0].replace("/", " ")`))
	cpu := "an unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, name, ok := strings.Cut(string(info), "model name\t: "); ok {
			cpu, _, _ = strings.Cut(name, "\n")
		}
	}
	load := ""
	if l, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = fmt.Sprintf(" Other work went on beside it where this is more than 1: load %s.", strings.Fields(string(l))[0])
	}
	fmt.Fprintf(t, "# How fast Heed is\n\nWritten by `./build.sh bench` on %s: %s, %d cores, %s, %s.%s Times are in\nmilliseconds, the shortest of many runs, or percentiles where it says so. Trust the ratios, which come of one run.\n",
		time.Now().UTC().Format("2 January 2006"), cpu, runtime.NumCPU(), version, runtime.Version(), load)
}

// forward is the table of whole passes.
func (t *table) forward(best map[timed]timed) {
	t.section("A forward pass", "A Transformer encoder of 6 layers with a vocabulary head; logits and every attention map are handed out. `small` is 256 wide, "+
		"with 8 heads and 4,096 pieces, `minilm` 384, 12 and 8,192.\nPeers: onnxruntime-web 1.30 and TensorFlow.js 4.22, both on their WebAssembly backends. "+
		"× is the peer's time by ours, of int8 on as many threads.",
		"shape", "tokens", "Heed float32", "Heed int8", "onnxruntime", "×", "TensorFlow.js", "×", "Heed int8, 2 threads", "onnxruntime, 2 threads", "×")
	for _, shape := range []string{"small", "minilm"} {
		for _, n := range []int{16, 64, 128} {
			ms := func(runtime string, threads int) float64 {
				return best[timed{Runtime: runtime, Threads: threads, Shape: shape, T: n}].MS
			}
			cells := []string{shape, fmt.Sprint(n), fmt.Sprintf("%.1f", ms("heed", 1)), fmt.Sprintf("**%.1f**", ms("heed-int", 1))}
			for _, row := range []struct {
				runtime string
				threads int
			}{{"onnxruntime-web", 1}, {"tfjs-wasm", 1}, {"onnxruntime-web", 2}} {
				peer, ours := ms(row.runtime, row.threads), ms("heed-int", row.threads)
				if row.threads > 1 {
					cells = append(cells, fmt.Sprintf("**%.1f**", ours))
				}
				if peer == 0 {
					cells = append(cells, "", "")
				} else {
					cells = append(cells, fmt.Sprintf("%.1f", peer), fmt.Sprintf("%.2f", peer/ours))
				}
			}
			t.row(cells...)
		}
	}
}

// products is the table of single matrix products.
func (t *table) products(best map[timed]timed) {
	t.section("Matrix products", "The first is of a whole text, the second that of each token that is generated: its time goes into reading the weights, so the\nspeed of reading memory stands beside it.",
		"product", "10⁹ operations a second", "ms", "GB/s")
	var names []string
	for key := range best {
		if key.What != "" {
			names = append(names, key.What)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		cell := func(format string, v float64) string {
			if v == 0 {
				return ""
			}
			return fmt.Sprintf(format, v)
		}
		r := best[timed{What: name}]
		t.row(name, cell("%.1f", r.GOPS), cell("%.3f", r.MS), cell("%.0f", r.Speed))
	}
}

// models is the table of what the engine does for a key.
func (t *table) models(rows []timed) {
	t.section("A key in the engine", "Each model's first example is typed key by key. That is the engine's part, without the page's; and the memory that the weights take.",
		"model", "weights", "p50", "p95", "MB")
	for _, r := range rows {
		t.row("`"+r.Model+"`", r.Weights, fmt.Sprintf("%.1f", r.P50), fmt.Sprintf("%.1f", r.P95), fmt.Sprintf("%.1f", r.MB))
	}
}

// keys is the table of what a reader waits for.
func (t *table) keys(b *testing.B) {
	t.section("From a key to the picture", "From the key's event to the painted heatmap of the whole output, over 100 keys. The slower processor slows down the page, not its worker.",
		"what", "p50", "p95")
	const story = "Once upon a time there was a little girl who had a red ball. She liked to play with her dog in the park near the old house. One day the ball rolled away and she ran after it. Her mom said that she should not go into the dark forest, but the girl wanted her ball. She "
	for _, k := range []struct {
		name, address, fixed, typed string
		slower                      float64
	}{
		{"`en-fr`, 12 words with their translation", "#model=en-fr&view=heatmap&kind=cross&layer=2&head=3&text=The", "", "My old neighbour often tells me that his dog is very clever", 1},
		{"the same, on a processor that is 4 times as slow", "#model=en-fr&view=heatmap&kind=cross&layer=2&head=3&text=The", "", "My old neighbour often tells me that his dog is very clever", 4},
		{"`stories`, 64 tokens, typing at the end", "#model=stories&view=heatmap&kind=decoder&layer=1&head=0&text=The", story, "liked to play in the park with her dog", 1},
	} {
		p50, p95 := keystrokes(b, k.address, k.fixed, k.typed, k.slower)
		t.row(k.name, fmt.Sprintf("%.1f", p50), fmt.Sprintf("%.1f", p95))
	}
}

// keystrokes types a text behind another, again and again, and measures from each key's event to the painted picture.
func keystrokes(b *testing.B, address, fixed, typed string, slower float64) (p50, p95 float64) {
	tab := newTab(b, "")
	tab.do(chromedp.Navigate(site + address))
	tab.until(root + `.querySelector("[data-state=ready]")`)
	tab.do(call(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: slower}))
	tab.run(`globalThis.times = [], globalThis.typing = (async () => {
		const fixed = ` + quote(fixed) + `, typed = ` + quote(typed) + `, box = ` + root + `.querySelector("textarea"), stroke = ` + stroke + `;
		while (times.length < 110) for (let n = 4; n <= typed.length && times.length < 110; n++)
			times.push(await stroke(box, fixed + typed.slice(0, n)));
		document.title = "done";
	})()`)
	tab.finished(b)
	times := get(tab, chromedp.Evaluate[[]float64]("times"))[10:] // the first ones warm up
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*95/100]
}
