//go:build !js

package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

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

// BenchmarkViews types at the end of texts of several lengths, a key every 150 milliseconds, and measures what
// the page's main thread does for each, in its own time whatever else the machine does: script, style and layout
// (key), and with these everything else it does (tasks), of which most is painting where no graphics card does
// that. It measures in the same way how a pointer is followed, besides how long it takes from a key to the
// picture, with the engine's run, and the memory of the process that holds the tab, page and engine together.
func BenchmarkViews(b *testing.B) {
	const story = "Once upon a time there was a little girl who had a red ball. She liked to play with her dog in the park near the old house. "
	for _, tokens := range []int{32, 64, 256, 512} {
		words := strings.Fields(strings.Repeat(story, 1+tokens/24))
		text := strings.Join(words[:(tokens-20)*10/11], " ") + " "
		for _, v := range []string{"links&head=0,1,2,3,4,5", "heatmap&head=mean", "grid", "tower&head=mean", "steps", "flow", "predictions", "predictions&lens=1"} {
			b.Run(strconv.Itoa(tokens)+"/"+v, func(b *testing.B) {
				tab := newTab(b, "")
				tab.do(call(performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}),
					chromedp.EmulateViewport(1280, 900), chromedp.Navigate(site+"#model=stories&kind=decoder&layer=1&view="+v+"&"+address("text", text)))
				tab.until(ready)
				spent := func() (own, all float64) {
					tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
						r, err := cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
						for _, m := range r.Metrics {
							switch m.Name {
							case "ScriptDuration", "LayoutDuration", "RecalcStyleDuration":
								own += 1000 * m.Value
							case "TaskDuration":
								all = 1000 * m.Value
							}
						}
						return err
					}))
					return own, all
				}
				measure := func(name string, do func(i int)) {
					var own, all []float64
					const warm = 10
					for i := range 50 {
						before, beforeAll := spent()
						do(i)
						time.Sleep(150 * time.Millisecond)
						if after, afterAll := spent(); i >= warm {
							own, all = append(own, after-before), append(all, afterAll-beforeAll)
						}
					}
					slices.Sort(own)
					slices.Sort(all)
					b.ReportMetric(own[len(own)/2], name+"-p50-ms")
					b.ReportMetric(own[len(own)*95/100], name+"-p95-ms")
					b.ReportMetric(all[len(all)*95/100], name+"-tasks-p95-ms")
				}
				measure("key", func(i int) {
					tab.run(`const box = ` + root + `.getElementById("text"); box.value += "` + string("play "[i%5]) + `";
						box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }))`)
				})
				tab.until(ready)
				drawn := get(tab, chromedp.Evaluate[[]float64](`performance.getEntriesByName("heed-paint").map((e) => e.duration).sort((a, b) => a - b)`))
				b.ReportMetric(drawn[len(drawn)/2], "picture-p50-ms")
				measure("pointer", func(i int) {
					tab.run(`const stage = ` + root + `.querySelector(".stage"), box = stage.getBoundingClientRect();
						stage.dispatchEvent(new PointerEvent("pointermove", { clientX: box.x + box.width * 0.7, clientY: box.y + 60 + 31 * ` + strconv.Itoa(i%20) + ` }))`)
				})
				if mb := rendererMB(); mb > 0 {
					b.ReportMetric(mb, "MB")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// BenchmarkModels opens every model one after the other in one page and reports the memory of the process that
// holds it.
func BenchmarkModels(b *testing.B) {
	tab := newTab(b, "")
	tab.do(chromedp.Navigate(site + "#model=en-fr"))
	for i, m := range readIndex(b).Models {
		tab.run(`location.hash = "#model=` + m.ID + `"`)
		tab.until(ready + ` && ` + root + `.querySelector("footer").textContent.includes(` + quote(m.Title) + `)`)
		time.Sleep(2 * time.Second)
		b.ReportMetric(rendererMB(), "MB-"+strconv.Itoa(i+1)+"-models")
	}
	b.ReportMetric(0, "ns/op")
}

// rendererMB is the memory that the largest renderer of the tests' browser holds, in MB; 0 where the system has
// no /proc.
func rendererMB() (most float64) {
	field := func(pid, name string) string {
		status, _ := os.ReadFile("/proc/" + pid + "/status")
		_, value, _ := strings.Cut(string(status), "\n"+name+":")
		value, _, _ = strings.Cut(strings.TrimSpace(value), "\n")
		return strings.TrimSuffix(value, " kB")
	}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		if line, _ := os.ReadFile(f); !strings.Contains(string(line), "--type=renderer") {
			continue
		}
		pid := filepath.Base(filepath.Dir(f))
		ours := pid
		for ours != "" && ours != "0" && ours != strconv.Itoa(os.Getpid()) {
			ours = field(ours, "PPid")
		}
		if kB, err := strconv.ParseFloat(field(pid, "VmRSS"), 64); err == nil && ours == strconv.Itoa(os.Getpid()) {
			most = max(most, kB*1024/1e6)
		}
	}
	return most
}
