//go:build !js

package web_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"heed/core/record"
	"heed/core/view"
)

// middle is where on the screen the middle of an element is, which is scrolled there first.
func (tab *tab) middle(js string) (x, y float64) {
	tab.t.Helper()
	tab.until(js) // names of parts come a moment after the picture
	at := get(tab, chromedp.Evaluate[[]float64](`(() => {
		const e = `+js+`;
		e.scrollIntoView({ block: "center", inline: "center" });
		const b = e.getBoundingClientRect();
		return [b.x + b.width / 2, b.y + b.height / 2];
	})()`))
	return at[0], at[1]
}

// word is the element of a word in the links, by what is said of it first.
func word(part, text string) string {
	group := map[string]string{"query": "Looking", "key": "Looked at"}[part]
	return root + `.querySelector('[role=group][aria-label="` + group + `"] [aria-label^="` + text + ` "]')`
}

func cellOf(label string) string {
	return root + `.querySelector('[role=gridcell][aria-label^="` + label + `"]')`
}

// selected are the spoken names of what is locked, up to their first number.
func (tab *tab) selected() string {
	tab.t.Helper()
	return tab.said(`[...` + root + `.querySelectorAll("[aria-selected=true]")].map((e) => e.ariaLabel.split(/ looks at | is looked/)[0]).join()`)
}

func (tab *tab) tap(js string) {
	tab.t.Helper()
	x, y := tab.middle(js)
	tab.do(chromedp.MouseClickXY(x, y))
}

// TestLockedWord keeps a word open by a click while the text changes, in links and heatmap.
func TestLockedWord(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", cats, "view", "links", "kind", "cross", "layer", "1", "head", "3")
	want := native(t, cats, nil)
	tab.tap(word("query", "chats"))
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("token") !== null`)
	row, _ := strconv.Atoi(tab.hash().Get("token"))
	if got := strings.TrimSpace(want.Queries(record.Cross)[row].Text); got != "chats" {
		t.Errorf("token %d is locked, which is %q", row, got)
	}
	equal(t, "what is locked", tab.selected(), "chats")
	// The pointer may go; the word stays open while another text comes.
	tab.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 3, 3))
	tab.set("text", strings.Replace(cats, "window", "door", 1))
	tab.until(ready + ` && ` + root + `.querySelector("[role=status]").textContent.includes("porte")`)
	equal(t, "what is locked after typing", tab.selected(), "chats")
	// A second click frees it, a key may be locked too, and Escape frees that.
	tab.tap(word("query", "chats"))
	tab.until(`!location.hash.includes("token=")`)
	equal(t, "what is locked", tab.selected(), "")
	tab.tap(word("key", "cats"))
	tab.until(`location.hash.includes("key=")`)
	equal(t, "what is locked", tab.selected(), "cats")
	tab.press(kb.Escape)
	tab.until(`!location.hash.includes("key=")`)
	equal(t, "what is locked", tab.selected(), "")

	// In the heatmap a cell, a row and a column; by keyboard too.
	tab.click("input[name=view][value=heatmap]")
	tab.until(cellOf("chats looks at cats"))
	tab.tap(cellOf("chats looks at cats"))
	tab.until(`location.hash.includes("key=") && location.hash.includes("token=")`)
	tab.until(root + `.querySelector("[role=gridcell][aria-selected=true]")?.ariaLabel.startsWith("chats looks at cats")`)
	tab.press(" ")
	tab.until(`!location.hash.includes("key=")`)
	tab.press(kb.ArrowRight)
	tab.press(" ")
	tab.until(root + `.querySelector("[role=gridcell][aria-selected=true]")?.ariaLabel.startsWith("chats looks at sleep")`)
	// What is locked is what the steps take apart.
	tab.click("input[name=view][value=steps]")
	tab.until(`location.hash.includes("view=steps")`)
	sleep := slices.IndexFunc(want.Keys(record.Cross), func(k record.Token) bool { return strings.TrimSpace(k.Text) == "sleep" })
	equal(t, "the query and the key of the steps", tab.hash().Get("token")+" "+tab.hash().Get("key"), fmt.Sprint(row, sleep))
}

// TestHeadsInColor shows several heads at once, by pointer and by keyboard, each in a colour of its own.
func TestHeadsInColor(t *testing.T) {
	t.Parallel()
	tab := newTab(t, events+`globalThis.colors = {};
		const draw = CanvasRenderingContext2D.prototype.bezierCurveTo;
		CanvasRenderingContext2D.prototype.bezierCurveTo = function (...args) { colors[this.strokeStyle] = (colors[this.strokeStyle] ?? 0) + 1; return draw.apply(this, args); };
		CanvasRenderingContext2D.prototype.clearRect = function () { colors = {}; this.reset(); };`)
	tab.do(chromedp.Navigate(site + "#" + address("text", cats, "view", "links", "kind", "self", "layer", "1", "head", "0")))
	tab.until(ready)
	head := func(value string) string { return root + `.querySelector("input[name=head][value='` + value + `']")` }
	heads := func(want string) {
		t.Helper()
		tab.until(`new URLSearchParams(location.hash.slice(1)).get("head") === "` + want + `"`)
		on := want
		if want == "0,1,2,3,4,5" {
			on += ",all"
		}
		equal(t, "the heads that are on", tab.said(`[...`+root+`.querySelectorAll("input[name=head]")].filter((e) => e.checked).map((e) => e.value).join()`), on)
	}
	tab.tap(head("2"))
	heads("0,2")
	tab.tap(head("5"))
	heads("0,2,5")

	// The canvas shows each head's links in its colour, as many as the scene has, and the legend's.
	scene, err := view.Build(tab.record(), view.State{View: view.Links, Kind: record.Self, Layer: 1, Heads: record.Heads(0, 2, 5)}, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, m := range scene.Marks {
		if c, ok := m.(view.Curve); ok {
			want[view.Light.Color(c.Paint).CSS()]++
		}
	}
	tab.run(`colors = {}; dispatchEvent(new Event("resize"))`)
	tab.until(`Object.keys(colors).length > 0`)
	got := get(tab, chromedp.Evaluate[map[string]int](`colors`))
	if fmt.Sprint(got) != fmt.Sprint(want) || len(want) != 4 {
		t.Errorf("curves by colour: %v, want %v", got, want)
	}
	equal(t, "the caption", tab.said(root+`.querySelector("figcaption").textContent`), scene.Caption)
	// Whoever listens hears whose weight it is, as the model has it.
	r := native(t, cats, nil)
	var first string
	for i, q := range r.Queries(record.Self) {
		if strings.TrimSpace(q.Text) != "cats" {
			continue
		}
		best := record.Map{}
		at, w := 0, float32(0)
		for _, h := range []int{0, 2, 5} {
			m := r.Find(record.Self, 1, h)
			for j := range m.Cols {
				if m.At(i, j) > w {
					best, at, w = *m, j, m.At(i, j)
				}
			}
		}
		first = "cats looks at " + strings.TrimSpace(r.Keys(record.Self)[at].Text) + " " + view.Format(float64(w)) + " in head " + strconv.Itoa(best.Head)
	}
	if label := tab.said(word("query", "cats") + `.ariaLabel`); !strings.HasPrefix(label, first) {
		t.Errorf("it is said that %q, want %q first", label, first)
	}

	// A double click shows a head alone, and one more all.
	solo := func(want string) {
		x, y := tab.middle(head("2"))
		tab.do(chromedp.MouseClickXY(x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
		heads(want)
	}
	solo("2")
	solo("0,1,2,3,4,5")
	tab.tap(head("all"))
	heads("mean")
	// By keyboard: one tab stop, arrow keys, Space, and Enter for one alone.
	tab.run(head("mean") + `.focus()`)
	tab.press(kb.ArrowRight + kb.ArrowRight + " ")
	heads("1")
	tab.press(kb.ArrowRight + " ")
	heads("1,2")
	tab.press(kb.Enter)
	heads("2")
	equal(t, "tab stops", tab.said(`String([...`+root+`.querySelectorAll("input[name=head]")].filter((e) => e.tabIndex === 0).length)`), "1")
	// In a heatmap one is chosen, as there is one matrix.
	tab.click("input[name=view][value=heatmap]")
	tab.until(root + `.querySelector("input[name=head]").type === "radio"`)
	tab.tap(head("4"))
	heads("4")
}

// TestArcsInPage lays links out on one line, whose words the keyboard walks.
func TestArcsInPage(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", cats, "view", "links", "kind", "self", "layer", "0", "head", "1")
	tab.tap(root + `.querySelector("input[name=layout][value=arcs]")`)
	tab.until(`location.hash.includes("layout=arcs")`)
	words := func() []string {
		return get(tab, chromedp.Evaluate[[]string](`[...`+root+`.querySelectorAll("[role=option]")].filter((e) => e.checkVisibility() && e.ariaLabel)
			.map((e) => { const b = e.getBoundingClientRect(); return Math.round(b.y) + " " + Math.round(b.x); })`))
	}
	want := len(native(t, cats, nil).Tokens.Source)
	tab.until(`[...` + root + `.querySelectorAll("[role=option]")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().width > 0).length === ` + strconv.Itoa(want))
	lines := map[string]bool{}
	for _, w := range words() {
		y, _, _ := strings.Cut(w, " ")
		lines[y] = true
	}
	if len(lines) != 1 {
		t.Errorf("the words lie on %d lines: %v", len(lines), words())
	}
	tab.run(root + `.querySelector("[role=listbox]").focus()`)
	tab.press(kb.ArrowRight + kb.ArrowRight + " ")
	tab.until(`location.hash.includes("token=2")`)
	// Attention between two texts has columns, and no such choice.
	tab.run(`const k = ` + root + `.getElementById("kind"); k.value = "cross"; k.dispatchEvent(new Event("change"))`)
	tab.until(ready + ` && !` + root + `.querySelector("input[name=layout]").checkVisibility()`)
}

// TestWordsInPage merges pieces to words, with the weights that the definition gives.
func TestWordsInPage(t *testing.T) {
	t.Parallel()
	const text = "The unhappy children slept while their grandmother was singing."
	tab := show(t, "text", text, "view", "heatmap", "kind", "cross", "layer", "1", "head", "3", "special", "0")
	r := native(t, text, nil)
	w := r.Words()
	if len(w.Tokens.Source) == len(r.Tokens.Source) {
		t.Fatal("no word of the sentence has pieces")
	}
	tab.tap(root + `.getElementById("words")`)
	tab.until(cellOf("malheureux looks at unhappy"))
	if !tab.hash().Has("words") {
		tab.until(`location.hash.includes("words=1")`)
	}
	cells := get(tab, chromedp.Evaluate[[]string](`[...`+root+`.querySelectorAll("[role=gridcell]")].filter((e) => e.checkVisibility()).map((e) => e.ariaLabel)`))
	m := w.Find(record.Cross, 1, 3)
	n := 0
	for i, q := range w.Queries(record.Cross) {
		for j, k := range w.Keys(record.Cross) {
			if q.Special || k.Special {
				continue
			}
			name, number, _ := cutLast(cells[n], ", ")
			n++
			got, err := strconv.ParseFloat(number, 64)
			if want := strings.TrimSpace(q.Text) + " looks at " + strings.TrimSpace(k.Text); name != want || err != nil || math.Abs(got-float64(m.At(i, j))) > 0.0051 {
				t.Fatalf("cell %d: %q, want %q and %v", n, cells[n-1], want, m.At(i, j))
			}
		}
	}
	equal(t, "cells", len(cells), n)
	if caption := tab.said(root + `.querySelector("figcaption").textContent`); !strings.Contains(caption, "merged to words") || !strings.Contains(caption, "hidden") {
		t.Error(caption)
	}
	// What is locked stays what it is when pieces come back, and opens to the pieces' steps.
	tab.tap(cellOf("malheureux looks at unhappy"))
	tab.until(root + `.querySelector("[aria-selected=true]")?.ariaLabel.startsWith("malheureux looks at unhappy")`)
	tab.tap(root + `.getElementById("words")`)
	tab.until(root + `.querySelector("[aria-selected=true]")?.ariaLabel.startsWith("malheure looks at un,")`)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// TestFingers taps, presses long, pinches and scrolls.
func TestFingers(t *testing.T) {
	tab := newTab(t, events)
	touches := int64(2)
	tab.do(call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true}),
		call(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true, MaxTouchPoints: touches}),
		chromedp.Navigate(site+"#"+address("text", cats, "view", "heatmap", "kind", "cross", "layer", "1", "head", "3")))
	tab.until(ready + ` && ` + cellOf("chats looks at cats"))
	touch := func(kind input.DispatchTouchEventType, at ...float64) {
		p := input.DispatchTouchEventParams{Type: kind, TouchPoints: []*input.TouchPoint{}}
		for i := 0; i < len(at); i += 2 {
			id := float64(i)
			p.TouchPoints = append(p.TouchPoints, &input.TouchPoint{X: at[i], Y: at[i+1], ID: &id})
		}
		tab.do(call(input.DispatchTouchEvent, p))
	}
	tap := func(x, y float64) {
		touch(input.DispatchTouchEventTypeTouchStart, x, y)
		touch(input.DispatchTouchEventTypeTouchEnd)
	}
	selected := root + `.querySelector("[aria-selected=true]")`
	x, y := tab.middle(cellOf("chats looks at cats"))
	tap(x, y)
	tab.until(selected + `?.ariaLabel.startsWith("chats looks at cats")`)
	time.Sleep(500 * time.Millisecond) // or the two taps are a double one
	tap(x, y)
	tab.until(`!` + selected)

	// A long press says the value, and locks, selects and opens nothing.
	tab.run(`globalThis.menus = 0; addEventListener("contextmenu", (e) => { menus += !e.defaultPrevented; })`)
	heard := root + `.querySelector("figure > p[aria-live]").textContent`
	x, y = tab.middle(cellOf("vieille looks at old"))
	touch(input.DispatchTouchEventTypeTouchStart, x, y)
	tab.until(heard + `.startsWith("vieille looks at old, ")`)
	touch(input.DispatchTouchEventTypeTouchEnd)
	r := native(t, cats, nil)
	if _, number, _ := cutLast(tab.said(heard), ", "); !strings.HasPrefix(number, "0.") {
		t.Errorf("the long press says %q", number)
	} else if v, _ := strconv.ParseFloat(number, 64); !slices.ContainsFunc(r.Find(record.Cross, 1, 3).Weights, func(w float32) bool { return math.Abs(float64(w)-v) < 0.0005 }) {
		t.Errorf("no weight of the head is %v", v)
	}
	time.Sleep(100 * time.Millisecond)
	equal(t, "what a long press leaves", tab.said(`String(menus) + getSelection() + !`+selected), "0true")

	// Two fingers zoom about their middle; a double tap goes back.
	wide := `Math.round(` + root + `.querySelector("[role=grid]").getBoundingClientRect().width)`
	before := get(tab, chromedp.Evaluate[float64](wide))
	x, y = tab.middle(cellOf("vieille looks at old"))
	touch(input.DispatchTouchEventTypeTouchStart, x-20, y, x+20, y)
	for i := range 5 {
		d := 20 + 5*float64(i)
		touch(input.DispatchTouchEventTypeTouchMove, x-d, y, x+d, y)
	}
	touch(input.DispatchTouchEventTypeTouchEnd)
	tab.until(wide + ` > ` + strconv.FormatFloat(1.5*before, 'f', 0, 64))
	at := get(tab, chromedp.Evaluate[[]float64](`(() => { const b = `+cellOf("vieille looks at old")+`.getBoundingClientRect(); return [b.x, b.right, b.y, b.bottom]; })()`))
	if x < at[0]-8 || x > at[1]+8 || y < at[2]-8 || y > at[3]+8 {
		t.Errorf("the cell under the fingers at %v, %v is now at %v", x, y, at)
	}
	equal(t, "the page's own zoom", get(tab, chromedp.Evaluate[float64](`visualViewport.scale`)), 1)
	x, y = at[0]/2+at[1]/2, at[2]/2+at[3]/2
	time.Sleep(500 * time.Millisecond)
	tap(x, y)
	tap(x, y)
	tab.until(wide + ` === ` + strconv.FormatFloat(before, 'f', 0, 64))

	// One finger scrolls the page, and locks nothing.
	tab.run(`scrollTo(0, 200)`)
	time.Sleep(500 * time.Millisecond)
	tab.until(`scrollY === 200`)
	touch(input.DispatchTouchEventTypeTouchStart, 200, 600)
	for i := range 8 {
		touch(input.DispatchTouchEventTypeTouchMove, 200, 600-25*float64(i))
	}
	touch(input.DispatchTouchEventTypeTouchEnd)
	tab.until(`scrollY > 260`)
	tab.until(`!` + selected)
}

// TestNothingJumps types on while heads are chosen, a word is locked and the page is scrolled.
func TestNothingJumps(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "Our two cats", "view", "links", "kind", "cross", "layer", "1", "head", "1,3", "token", "1")
	tab.until(root + `.querySelector("[aria-selected=true]")`)
	tab.run(`scrollTo(0, 120);
		globalThis.made = 0;
		new MutationObserver((all) => { made += all.length; }).observe(` + root + `.querySelector(".controls"), { childList: true, subtree: true });
		globalThis.seen = new Set();
		const root = ` + root + `, canvas = root.querySelector(".stage canvas");
		const state = () => JSON.stringify([scrollY, canvas.width, canvas.getBoundingClientRect().x, root.querySelectorAll("[aria-selected=true]").length,
			[...root.querySelectorAll("input[name=head]:checked")].map((e) => e.value), root.querySelector(".scroll").hidden]);
		const look = () => { seen.add(state()); requestAnimationFrame(look); };
		look();`)
	for n := len("Our two cats") + 1; n <= len(cats); n++ {
		tab.set("text", cats[:n])
		tab.until(ready)
	}
	seen := get(tab, chromedp.Evaluate[[]string](`[...seen]`))
	if len(seen) != 1 || !strings.HasPrefix(seen[0], "[120,") || !strings.Contains(seen[0], `["1","3"],false]`) {
		t.Errorf("while typing there was to be seen (scroll, width, left, locked, heads, hidden): %v", seen)
	}
	equal(t, "changes of the controls", get(tab, chromedp.Evaluate[int](`made`)), 0)
}
