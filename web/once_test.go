//go:build !js

package web_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// counting counts, by element, what is painted and what is told: each painting of a view begins by clearing
// its canvas.
const counting = `globalThis.count = { paints: [], labels: [], events: [] };
	const which = (host) => [...document.querySelectorAll("heed-view")].indexOf(host);
	const add = (list, host) => { const n = which(host); if (n >= 0) list[n] = (list[n] ?? 0) + 1; };
	const clear = CanvasRenderingContext2D.prototype.clearRect, label = Element.prototype.setAttribute;
	CanvasRenderingContext2D.prototype.clearRect = function (...args) { add(count.paints, this.canvas.getRootNode().host); return clear.apply(this, args); };
	Element.prototype.setAttribute = function (name, value) { if (name === "aria-label" && this.role) add(count.labels, this.getRootNode().host); return label.call(this, name, value); };
	for (const type of ["heed-load", "heed-record", "heed-select", "heed-error"])
		addEventListener(type, (e) => count.events.push([which(e.composedPath()[0]), type, ...(type === "heed-select" ? [e.detail.view, e.detail.layer, e.detail.head, e.detail.row ?? "", e.detail.column ?? ""] : [])].join(" ")));
	globalThis.rest = () => new Promise((done) => { let n = 12; const next = () => (--n ? requestAnimationFrame(next) : setTimeout(done, 500)); next(); });
	globalThis.reset = () => { count.paints = []; count.labels = []; count.events = []; };`

type counted struct {
	Paints, Labels []int
	Events         []string
}

// counts rests until nothing more comes of what was done, and returns what was counted.
func (tab *tab) counts() (c counted) {
	tab.t.Helper()
	said := get(tab, chromedp.Evaluate[string](`rest().then(() => JSON.stringify({ paints: Array.from(count.paints, (n) => n ?? 0), labels: Array.from(count.labels, (n) => n ?? 0), events: count.events }))`, chromedp.EvalAwaitPromise))
	if err := json.Unmarshal([]byte(said), &c); err != nil {
		tab.t.Fatal(err)
	}
	return c
}

// TestOnce wants what one key or click asks for to be done once, in the element that it was meant for, and told
// once, as it is.
func TestOnce(t *testing.T) {
	t.Parallel()
	tab := newTab(t, counting)
	tab.do(chromedp.EmulateViewport(1024, 3200), chromedp.Navigate(stranger(t, site, head+five)))
	for n := range 5 {
		tab.until(settled(n))
	}
	tab.run(at(2) + `.querySelector("textarea").focus()`)
	tab.counts()
	tab.run(`reset()`)
	tab.press("!")
	c := tab.counts()
	equal(t, "paintings of five elements after a key in the third", fmt.Sprint(c.Paints), "[0 0 1]")
	equal(t, "what is told of it", fmt.Sprint(c.Events), "[2 heed-record]")

	tab = newTab(t, counting)
	tab.do(chromedp.Navigate(site + "#" + address("text", "The cat")))
	tab.until(ready)
	for _, key := range []struct{ view, paints string }{{"links", "[1]"}, {"heatmap", "[1]"}, {"grid", "[1]"}, {"tower", "[1]"}, {"steps", "[1]"}, {"flow", "[1]"}, {"predictions", "[1]"}} {
		tab.goTo("text", "The cat sleeps", "view", key.view)
		tab.until(ready + ` && ` + root + `.querySelector(".stage[data-view=` + key.view + `]")`)
		tab.run(root + `.querySelector("textarea").focus(); ` + root + `.querySelector("textarea").setSelectionRange(99, 99)`)
		tab.counts()
		tab.run(`reset()`)
		tab.press(".")
		c = tab.counts()
		equal(t, "paintings after a key in "+key.view, fmt.Sprint(c.Paints), key.paints)
		equal(t, "what is told of it in "+key.view, fmt.Sprint(c.Events), "[0 heed-record]")
		t.Logf("%s: %v labels", key.view, c.Labels)
	}

	for _, click := range []struct{ what, view, cell, events string }{
		{"a picture of the grid", "grid", `[aria-label^='layer 1 head 3']`, "[0 heed-select heatmap 1 3  ]"},
		{"a cell", "heatmap", `[aria-rowindex='2'] [aria-colindex='3']`, "[0 heed-select heatmap 2 4 1 2]"},
		{"a word", "links", `[role=group][aria-label="Looking"] [aria-posinset='2']`, "[0 heed-select links 2 4 1 ]"},
	} {
		tab.goTo("text", "The cat sleeps.", "view", click.view, "kind", "cross", "layer", "2", "head", "4")
		tab.until(ready + ` && ` + root + `.querySelector(` + quote(click.cell) + `)`)
		x, y := tab.middle(root + `.querySelector(` + quote(click.cell) + `)`)
		tab.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
		tab.counts()
		tab.run(`reset()`)
		tab.do(chromedp.MouseClickXY(x, y))
		c = tab.counts()
		equal(t, "paintings after a click on "+click.what, fmt.Sprint(c.Paints), "[1]")
		equal(t, "what is told of a click on "+click.what, fmt.Sprint(c.Events), click.events)
	}
}
