//go:build !js

package web_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"heed/core/model"
	"heed/core/transformer"
	"heed/core/weights"
)

// BenchmarkLongText draws 12 × 12 heads of 500 tokens in the grid, and types on: of each key it says what the page's main thread took, in
// its own time whatever else the machine does, all tasks together; and the longest task by the clock. The model is MiniLM with twice
// the layers, its weights drawn.
func BenchmarkLongText(b *testing.B) {
	m, err := model.Open(os.DirFS(fetched(b, "minilm")))
	if err != nil {
		b.Fatal(err)
	}
	c := m.Net.(*transformer.Model).Config
	c.EncoderLayers = 12
	net, err := transformer.New(c)
	if err != nil {
		b.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(1, 2)))
	m.Net = net
	dir := filepath.Join(b.TempDir(), "twelve")
	if err := m.Save(dir, weights.F16); err != nil {
		b.Fatal(err)
	}
	tab := newTab(b, `globalThis.tasks = [];
		new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask" });`)
	tab.do(call(performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}),
		chromedp.Navigate(site+"#"+address("text", animal, "view", "grid")))
	tab.until(ready)
	tab.dropPaths(dir)
	tab.shows("twelve")
	spent := func() (ms float64) {
		tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			r, err := cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
			for _, m := range r.Metrics {
				if m.Name == "TaskDuration" {
					ms = 1000 * m.Value
				}
			}
			return err
		}))
		return ms
	}
	text := strings.Repeat("The animal did not cross the street because it was too tired. ", 36)
	for _, word := range []string{"", "It ", "was ", "old. "} {
		text += word
		tab.run("tasks.length = 0")
		before := spent()
		tab.set("text", text)
		drawn := `((cells) => document.querySelector("heed-view").record.text === ` + quote(text) + ` && !!` + ready + ` && cells.length === 12 * 13 &&
			cells.every((cell) => !cell.ariaLabel.includes("not here yet")))([...` + root + `.querySelectorAll("[role=grid]:not([hidden]) [role=gridcell]")])`
		for !get(tab, chromedp.Evaluate[bool](drawn)) {
			time.Sleep(time.Second)
		}
		fmt.Printf("%d tokens, 12 × 12 heads: %.0f ms of the page's main thread; the longest task by the clock %.0f ms\n",
			len(strings.Fields(text))*14/12+2, spent()-before, get(tab, chromedp.Evaluate[float64]("Math.max(0, ...tasks)")))
	}
	b.ReportMetric(0, "ns/op")
}
