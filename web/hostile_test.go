//go:build !js

package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// longest traces what a tab does meanwhile, and returns the most processor time of one task of its main thread, in milliseconds:
// how busy the machine is with other things, does not count. A browser traces for one tab at a time.
func (tab *tab) longest(during func()) float64 {
	tab.t.Helper()
	type event struct {
		Name      string  `json:"name"`
		Phase     string  `json:"ph"`
		Process   int     `json:"pid"`
		Thread    int     `json:"tid"`
		Took      float64 `json:"tdur"` // microseconds of the processor
		Arguments struct {
			Name string `json:"name"`
		} `json:"args"`
	}
	var mu sync.Mutex
	mains, most := map[[2]int]bool{}, map[[2]int]float64{}
	complete := make(chan bool, 1)
	ctx, cancel := context.WithCancel(tab.ctx)
	defer cancel()
	if err := chromedp.Listen(ctx, func(e any) {
		switch e := e.(type) {
		case *tracing.EventDataCollected:
			mu.Lock()
			defer mu.Unlock()
			for _, raw := range e.Value {
				var x event
				if json.Unmarshal(raw, &x) != nil {
					continue
				}
				at := [2]int{x.Process, x.Thread}
				switch {
				case x.Phase == "M" && x.Name == "thread_name" && x.Arguments.Name == "CrRendererMain":
					mains[at] = true
				case x.Phase == "X":
					most[at] = max(most[at], x.Took)
				}
			}
		case *tracing.EventTracingComplete:
			complete <- true
		}
	}); err != nil {
		tab.t.Fatal(err)
	}
	tab.do(call(tracing.Start, tracing.StartParams{TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"toplevel"}, ExcludedCategories: []string{"*"}}}))
	func() {
		defer func() { // also where the test ends there
			if _, err := chromedp.Run(ctx, call(tracing.End, cdp.Empty{})); err == nil {
				<-complete
			}
		}()
		during()
	}()
	mu.Lock()
	defer mu.Unlock()
	longest := 0.0
	for at, took := range most {
		if mains[at] {
			longest = max(longest, took/1000)
		}
	}
	return longest
}

// alone is what a task of so many milliseconds takes where nothing else runs, as far as a loop tells that takes 45 ms there: other work
// takes the caches, and a core or half of it.
func (tab *tab) alone(took float64) float64 {
	if took <= 200 {
		return took
	}
	return took / max(1, get(tab, chromedp.Evaluate[float64](`(() => {
		const began = performance.now();
		let x = 1; for (let i = 0; i < 3e7; i++) x = Math.imul(x ^ i, 0x9E3779B1); globalThis.spun = x;
		return performance.now() - began;
	})()`))/45)
}

// watching notes how long tasks of the page's main thread take.
const watching = `globalThis.longest = (() => {
		let most = 0;
		const note = (entries) => { for (const { duration } of entries) most = Math.max(most, duration); };
		const watch = new PerformanceObserver((list) => note(list.getEntries()));
		watch.observe({ type: "longtask" });
		return () => { note(watch.takeRecords()); return most; };
	})();`

// shown opens an address and waits until the page has shown what is there, or has said why not.
func (tab *tab) shown(address string) {
	tab.t.Helper()
	tab.excuse()
	tab.do(chromedp.Navigate(address))
	tab.until(root + `?.querySelector("[role=alert], [data-state=ready] figcaption, button.allow")?.textContent.match(/^(?!Drawing: )/)`)
	tab.run(`globalThis.calm = false; requestIdleCallback(() => calm = true)`)
	tab.until(`calm`)
}

// moves fails a test whose page, which runs watching, stood still, and returns for how many milliseconds it did: work that grew faster
// than what there is took from 2 to 100 seconds of a task. The page is to stand still for 200 ms at most, which BenchmarkHostile
// measures, and which no test asks: it would fail because a machine is slow, or busy.
func (tab *tab) moves() float64 {
	tab.t.Helper()
	const most = 2000.0
	took := get(tab, chromedp.Evaluate[float64]("longest()"))
	if took > most {
		took = tab.alone(took)
	}
	if took > most {
		tab.t.Errorf("the page stood still for %.0f ms", took)
	}
	return took
}

func times(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }

// TestRecordWhenRead: the object of a Record from an address, which may be large, is made when a script first reads it, and is then one.
func TestRecordWhenRead(t *testing.T) {
	tab := newTab(t, `globalThis.told = []; addEventListener("heed-record", (event) => told.push(event));`)
	tab.do(chromedp.Navigate(site + "#record=web/models/en-fr/example.json"))
	tab.until(`told.length > 0`)
	equal(t, "is made", tab.said(`String("get" in Object.getOwnPropertyDescriptor(told[0], "detail"))`), "true")
	equal(t, "the Record", tab.said(`document.querySelector("heed-view").record.model`), "en-fr")
	equal(t, "is made, read", tab.said(`String("get" in Object.getOwnPropertyDescriptor(told[0], "detail"))`), "false")
	equal(t, "is one", tab.said(`String(told[0].detail === document.querySelector("heed-view").record && told[0].detail.maps.length > 0)`), "true")
}

// TestFrameMessages gives the frame form hundreds of addresses at random, made of what it takes and of what it does not. The element
// has attributes of its own alone, nothing is thrown, and what the page around is told is a height.
func TestFrameMessages(t *testing.T) {
	t.Parallel()
	names := []string{"model", "view", "kind", "layer", "head", "text", "target", "theme", "controls", "editable", "threshold", "token", "key", "words", "special", "height",
		"onclick", "style", "id", "class", "slot", "is", "__proto__", "constructor", "loading", "record", "steps", "", "a b", "\u202e", "<img src=x onerror=alert(1)>"}
	values := []string{"", "en-fr", "links", "heatmap", "tower", "cross", "-1", "1e99", "NaN", "mean", "1,2,3", "0", "full", "none", "dark", "auto", "url(//x)", "javascript:alert(1)",
		"\u202e\u0301\u0301", strings.Repeat("a", 5000), "%", "&#", "[{\"say\":1}]", "{\"__proto__\":1}", "\x00", "\"><script>alert(1)</script>"}
	random := rand.New(rand.NewPCG(18, 6))
	tab := newTab(t, `globalThis.alert = () => { throw new Error("a script ran"); };
		globalThis.listens = 0;
		const add = EventTarget.prototype.addEventListener;
		EventTarget.prototype.addEventListener = function (type, ...more) {
			if (type === "message" && (this ?? globalThis) === globalThis) listens++;
			return add.call(this ?? globalThis, type, ...more);
		};`)
	tab.excuse() // a name that is no model's is asked for
	tab.do(chromedp.Navigate(another(t, map[string]http.HandlerFunc{"/frame.html": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><title>Around</title><link rel="icon" href="data:,"><iframe src="embed.html#text=Hello." width="600" height="400"></iframe>`)
	}}) + "frame.html"))
	tab.run(`globalThis.told = []; addEventListener("message", ({ data }) => told.push(data))`)
	const inner = `document.querySelector("iframe").contentDocument.querySelector("heed-view")`
	tab.until(inner + `?.shadowRoot?.querySelector("[data-state=ready]")`)
	// It takes no message from another window, of whatever kind.
	const frame = `document.querySelector("iframe").contentWindow`
	equal(t, "listeners to messages", tab.said(`String(`+frame+`.listens + (`+frame+`.onmessage ? 1 : 0))`), "0")
	before := tab.said(inner + `.outerHTML + ` + inner + `.record.text`)
	tab.run(`for (const message of [null, 0, "x", [], {}, { heed: "height", height: 1e9 }, { heed: "differ", differ: ["index.html"], version: "x" }, { type: "exit", header: '{"error":"x"}' }, { role: "engine", module: null },
		{ type: "result", header: "{}", data: new ArrayBuffer(8) }, JSON.parse('{"__proto__":{"heed":1}}')]) ` + frame + `.postMessage(message, "*"); globalThis.posted = false; setTimeout(() => posted = true, 100)`)
	tab.until(`posted`)
	equal(t, "what the messages changed", tab.said(inner+`.outerHTML + `+inner+`.record.text`), before)
	for range 300 {
		parts := []string{}
		for range random.IntN(6) {
			parts = append(parts, names[random.IntN(len(names))], values[random.IntN(len(values))])
		}
		tab.run(`document.querySelector("iframe").contentWindow.location.hash = ` + quote(address(parts...)))
	}
	tab.run(`document.querySelector("iframe").contentWindow.location.hash = "text=The+end."`)
	tab.until(inner + `?.record?.text === "The end."`)
	equal(t, "attributes that are not the element's", tab.said(`[...`+inner+`.attributes].map((a) => a.name).filter((name) => !document.querySelector("iframe").contentWindow.customElements.get("heed-view").observedAttributes.includes(name)).join()`), "")
	equal(t, "messages that are no height", tab.said(`told.filter((m) => !(Object.keys(m).join() === "heed,height" && m.heed === "height" && m.height > 0 && m.height < 1e6)).map((m) => JSON.stringify(m)).join()`), "")
	if get(tab, chromedp.Evaluate[int](`told.length`)) == 0 {
		t.Error("no height was told")
	}
	tab.mu.Lock()
	defer tab.mu.Unlock()
	for _, problem := range tab.problems {
		if strings.Contains(problem, "uncaught") {
			t.Error(problem)
		}
	}
}

// longAddresses are addresses of up to 200 kB, by what a test of one is called. (What the page's state makes of more kinds, as long, is
// measured in package state.)
func longAddresses() map[string]string {
	list := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	return map[string]string{
		"unknown settings": site + "#text=I+like+tea.&" + list(20_000, "x%d=1&"),
		"a long word":      site + "#text=" + strings.Repeat("x", 60_000),
		"a text, replaced": site + "#text=" + list(10_000, "w%d+")[:50_000] + "&replace=" + list(2500, "%d=a,"),
		"a model":          site + "#model=" + strings.Repeat("a", 60_000),
	}
}

// TestLongAddresses opens long addresses. The page answers or says why not, and does not stand still.
func TestLongAddresses(t *testing.T) {
	t.Parallel()
	for name, address := range longAddresses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := newTab(t, watching)
			tab.shown(address)
			t.Logf("%.0f ms", tab.moves())
		})
	}
}
