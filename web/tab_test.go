//go:build !js

package web_test

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/record"
	heed "heed/core/run"
)

const (
	ready  = root + `.querySelector("[data-state=ready]")`
	output = root + `.querySelector("[role=status]").textContent`
	// events keeps what the elements report, from before they are there.
	events = `globalThis.reported = [];
		for (const type of ["heed-load", "heed-progress", "heed-record", "heed-select", "heed-step", "heed-error"])
			addEventListener(type, (e) => reported.push({ type, detail: e.detail }));`
)

// native runs a text on the model that the page shows. Arithmetic in the browser is another in the
// last digits, so numbers are compared with a tolerance.
func native(t *testing.T, text string, target *string) *record.Record {
	t.Helper()
	running.Lock() // a session runs one text at a time
	defer running.Unlock()
	opened.Do(func() {
		var m *model.Model
		if m, openError = model.Open(os.DirFS("models/en-fr")); openError == nil {
			m.Net.Weights().Compact(true) // as in the page
			session = heed.NewSession(m)
		}
	})
	if openError != nil {
		t.Fatal(openError)
	}
	r, err := session.Run(text, heed.Options{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	running   sync.Mutex
	opened    sync.Once
	session   *heed.Session
	openError error
)

// readIndex reads the list of models that the page has.
func readIndex(t testing.TB) *catalog.Index {
	t.Helper()
	data, err := os.ReadFile("models/index.json")
	if err != nil {
		t.Fatal(err)
	}
	x, err := catalog.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// opening is the head that the model opens with.
func opening(t *testing.T) catalog.Opening {
	t.Helper()
	return readIndex(t).Find("en-fr").Open
}

// show opens the page with these parts of its address and waits until its answer is painted.
func show(t *testing.T, parts ...string) *tab {
	t.Helper()
	tab := newTab(t, events)
	tab.do(chromedp.Navigate(site + "#" + address(parts...)))
	tab.until(ready)
	return tab
}

// address writes names and values as an address does.
func address(parts ...string) string {
	v := url.Values{}
	for i := 0; i < len(parts); i += 2 {
		v.Set(parts[i], parts[i+1])
	}
	return v.Encode()
}

// goTo changes the page's address, as a link within it does.
func (tab *tab) goTo(parts ...string) {
	tab.t.Helper()
	tab.run(`location.hash = ` + quote(address(parts...)))
}

// said is the value of a JavaScript expression that makes a string.
func (tab *tab) said(js string) string {
	tab.t.Helper()
	return get(tab, chromedp.Evaluate[string](js))
}

func (tab *tab) run(js string) {
	tab.t.Helper()
	get(tab, chromedp.Evaluate[chromedp.Void]("void (()=>{"+js+"})()"))
}

// press presses keys, one after the other, on whatever has the focus.
func (tab *tab) press(keys string, options ...chromedp.KeyOption) {
	tab.t.Helper()
	tab.do(chromedp.KeyEvent(keys, options...))
}

// set puts a text into a textbox, as pasting over all of it does.
func (tab *tab) set(box, text string) {
	tab.t.Helper()
	js, _ := json.Marshal(text)
	tab.run(`const box = ` + root + `.getElementById("` + box + `"); box.focus(); box.value = ` + string(js) + `;
		box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }))`)
}

// hash is the page's address, read.
func (tab *tab) hash() url.Values {
	tab.t.Helper()
	v, err := url.ParseQuery(strings.TrimPrefix(tab.said("location.hash"), "#"))
	if err != nil {
		tab.t.Fatal(err)
	}
	return v
}

// memory is what the page holds once all garbage is collected: bytes of Go's heap and of JavaScript's, nodes and listeners. Its
// metrics are to be enabled before.
func (tab *tab) memory() map[string]float64 {
	tab.t.Helper()
	const heap = `customElements.get("heed-view").heap()`
	for range 3 { // what Go has let go of, JavaScript can collect then
		get(tab, chromedp.Evaluate[float64](heap, chromedp.EvalAwaitPromise))
		tab.do(call(heapprofiler.CollectGarbage, cdp.Empty{}))
	}
	all := map[string]float64{"Go's heap": get(tab, chromedp.Evaluate[float64](heap, chromedp.EvalAwaitPromise))}
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		r, err := cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
		for _, m := range r.Metrics {
			if name := map[string]string{"JSHeapUsedSize": "JavaScript's heap", "JSEventListeners": "listeners", "Nodes": "nodes"}[m.Name]; name != "" {
				all[name] = m.Value
			}
		}
		return err
	}))
	return all
}

// record is the last Record that the page reported.
func (tab *tab) record() *record.Record {
	tab.t.Helper()
	tab.until(ready + ` && reported.some((e) => e.type === "heed-record")`)
	r, err := record.Parse([]byte(tab.said(`JSON.stringify(reported.filter((e) => e.type === "heed-record").at(-1).detail)`)))
	if err != nil {
		tab.t.Fatal(err)
	}
	return r
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

const cats = "Our two cats sleep on the old chair near the window."
