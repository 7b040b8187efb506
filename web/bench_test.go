//go:build !js

package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// BenchmarkEngine opens bench.html and reports its rows: the matrix product beside the plain loop,
// and the forward pass that the peers run too.
func BenchmarkEngine(b *testing.B) {
	tab := newTab(b, "")
	tab.do(chromedp.Navigate(site + "web/bench.html"))
	for get(tab, chromedp.Evaluate[string]("document.title")) != "done" {
		time.Sleep(time.Second)
	}
	rows := get(tab, chromedp.Evaluate[[]string](`[...document.querySelectorAll("pre.row")].map((row) => row.textContent)`))
	for _, row := range rows {
		var r struct {
			What, Shape string
			GFLOPS, MS  float64
			T           int
		}
		if err := json.Unmarshal([]byte(row), &r); err != nil {
			b.Fatal(err)
		}
		if r.What != "" {
			fmt.Printf("%s: %.1f GFLOP/s\n", r.What, r.GFLOPS)
		} else {
			fmt.Printf("forward pass, %s, %d tokens: %.1f ms\n", r.Shape, r.T, r.MS)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkKeystroke types a sentence of 12 words over and over and measures from the key's event
// to the painted heatmap of the finished translation.
func BenchmarkKeystroke(b *testing.B) {
	tab := newTab(b, "")
	tab.do(chromedp.Navigate(site + "#model=en-fr&view=heatmap&kind=cross&layer=2&head=3&text=The"))
	tab.until(root + `.querySelector("[data-state=ready]")`)
	times := get(tab, chromedp.Evaluate[[]float64](`(async () => {
		const sentence = "My old neighbour often tells me that his dog is very clever", root = `+root+`;
		const box = root.querySelector("textarea"), times = [];
		const painted = () => performance.getEntriesByName("heed-paint").length;
		while (times.length < 100) for (let n = 4; n <= sentence.length && times.length < 100; n++) {
			performance.clearMeasures("heed-paint");
			box.value = sentence.slice(0, n);
			const begin = performance.now();
			box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
			while (!painted()) await new Promise((next) => requestAnimationFrame(next));
			const paint = performance.getEntriesByName("heed-paint").at(-1);
			times.push(paint.startTime + paint.duration - begin);
		}
		return times;
	})()`, chromedp.EvalAwaitPromise))
	slices.Sort(times)
	at := func(share float64) float64 { return times[int(share*float64(len(times)-1))] }
	fmt.Printf("keystroke to painted heatmap over %d keystrokes: p50 %.1f ms, p95 %.1f ms\n", len(times), at(0.5), at(0.95))
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFirstView measures what a first visit costs, in a fresh profile: to the playground, to a chapter of
// the lessons and to a page of another origin with five elements. All of Heed's files come through a proxy that
// counts until the first view is painted.
func BenchmarkFirstView(b *testing.B) {
	target, err := url.Parse(site)
	if err != nil {
		b.Fatal(err)
	}
	for _, page := range []struct {
		name string
		at   func(b *testing.B, heed string) string
	}{
		{"playground", func(_ *testing.B, heed string) string { return heed + "#view=heatmap" }},
		{"lesson", func(_ *testing.B, heed string) string { return heed + "web/lessons/attention.html" }},
		{"elements", func(b *testing.B, heed string) string { return stranger(b, heed, head+five) }},
	} {
		b.Run(page.name, func(b *testing.B) {
			proxy := httputil.NewSingleHostReverseProxy(target)
			var mu sync.Mutex
			requests, bytes := 0, int64(0)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				c := &counter{ResponseWriter: w}
				proxy.ServeHTTP(c, r)
				mu.Lock()
				defer mu.Unlock()
				requests++
				bytes += c.n
			}))
			defer server.Close()
			tab := newTab(b, shifts+`globalThis.blocked = 0;
				new PerformanceObserver((list) => list.getEntries().forEach((e) => { blocked += Math.max(0, e.duration - 50); })).observe({ type: "longtask", buffered: true });`)
			tab.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(page.at(b, server.URL+"/")))
			painted := get(tab, chromedp.Evaluate[float64](`(async () => {
				while (!`+root+`?.querySelector("[data-request]")) await new Promise((next) => requestAnimationFrame(next));
				return performance.now();
			})()`, chromedp.EvalAwaitPromise))
			mu.Lock()
			b.ReportMetric(float64(bytes), "bytes")
			b.ReportMetric(float64(requests), "requests")
			mu.Unlock()
			tab.until(settled(0)) // what moves, or blocks, until all is there
			b.ReportMetric(painted, "ms-to-view")
			b.ReportMetric(get(tab, chromedp.Evaluate[float64](`performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0`)), "ms-to-paint")
			b.ReportMetric(get(tab, chromedp.Evaluate[float64]("blocked")), "ms-blocked") // of each task, what is beyond 50 ms
			b.ReportMetric(get(tab, chromedp.Evaluate[float64]("shifted")), "shift")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// counter counts the bytes of an answer's body.
type counter struct {
	http.ResponseWriter
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.n += int64(n)
	return n, err
}
