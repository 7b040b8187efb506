//go:build !js

package web_test

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// hostileRecords are files that a reader can be sent to by an address, each as large in one way as a Record may be, or larger.
func hostileRecords() map[string]string {
	file := func(text, tokens, rest string) string {
		return `{"format":"heed.record/1","model":"x","task":"fill","text":"` + text + `","tokens":{"source":[` + tokens + `]},` + rest + `}`
	}
	word := func(text string) string { return `{"text":"` + text + `","id":1,"start":0,"end":1,"word":0}` }
	heatmap := func(layer, head, n int) string {
		return fmt.Sprintf(`{"kind":"self","layer":%d,"head":%d,"rows":%d,"cols":%d,"weights":[%s]}`, layer, head, n, n, times(n*n, fmt.Sprintf("%.6f", 1/float64(n))))
	}
	maps := func(layers, heads int) string {
		var b strings.Builder
		for l := range layers {
			for h := range heads {
				fmt.Fprintf(&b, `{"kind":"self","layer":%d,"head":%d,"rows":1,"cols":1,"weights":[1]},`, l, h)
			}
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	layers := func(n, size int) string {
		var b strings.Builder
		weights := times(size*size, "0.1")
		for l := range n {
			fmt.Fprintf(&b, `{"kind":"self","layer":%d,"head":0,"rows":%d,"cols":%d,"weights":[%s]},`, l, size, size, weights)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	var predictions strings.Builder
	const candidate = `{"text":"a","id":1,"p":0.001}`
	candidates := times(200, candidate)
	for i := range 1000 {
		fmt.Fprintf(&predictions, `{"position":%d,"top":[%s]},`, i, candidates)
	}
	explained := func(rest string) string {
		return `{"format":"heed.record/1","model":"x","task":"translation","text":"a","output":"a","tokens":{"source":[` + times(64, word("a")) + `],"target":[` + times(129, word("a")) + `]},"maps":[],` + rest + `}`
	}
	each := func(n int, one func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(one(i) + ",")
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	words := func(n int) string { return `"` + strings.Repeat("a ", n) + `"` }
	long := 20_000_000 // of which there may be nine times as much, which takes seconds to send
	if os.Getenv("HEED_FAULTS") != "" {
		long *= 9
	}
	blanks := strings.Repeat(" ", long)
	return map[string]string{
		"a far head":        file("a", word("a"), `"maps":[{"kind":"self","layer":95,"head":63,"rows":1,"cols":1,"weights":[1]}]`),
		"16,000 maps":       file("a", word("a"), `"maps":[`+maps(80, 200)+`]`),
		"40,000 maps":       file("a", word("a"), `"maps":[`+maps(200, 200)+`]`),
		"a large map":       file("a", times(1500, word("a")), `"maps":[`+heatmap(0, 0, 1500)+`]`),
		"the largest map":   file("a", times(2048, word("a")), `"maps":[`+heatmap(0, 0, 2048)+`]`),
		"four large maps":   file("a", times(1024, word("a")), `"maps":[`+layers(4, 1024)+`]`),
		"1,000 layers":      file("a", times(64, word("a")), `"maps":[`+layers(1000, 64)+`]`),
		"too large a map":   file("a", times(2100, word("a")), `"maps":[`+layers(1, 2100)+`]`),
		"many tokens":       file("a", times(32_000, word("a")), `"maps":[]`),
		"too many tokens":   file("a", times(100_000, word("a")), `"maps":[]`),
		"long tokens":       file("a", times(12, word(strings.Repeat("ab ", 1300))), `"maps":[`+heatmap(0, 0, 12)+`]`),
		"combining marks":   file("a", times(12, word("a"+strings.Repeat("\u0301\u0488", 1000))), `"maps":[`+heatmap(0, 0, 12)+`]`),
		"a long text":       file(strings.Repeat("word ", 13_000), word("a"), `"maps":[`+heatmap(0, 0, 1)+`]`),
		"too long a text":   file(strings.Repeat("word ", 1_000_000), word("a"), `"maps":[`+heatmap(0, 0, 1)+`]`),
		"long notices":      file("a", word("a"), `"notices":[`+times(100, `"`+strings.Repeat("n", 4000)+`"`)+`],"maps":[`+heatmap(0, 0, 1)+`]`),
		"predictions":       file("a", times(1000, word("a")), `"maps":[],"predictions":[`+strings.TrimSuffix(predictions.String(), ",")+`]`),
		"a deep nest":       file("a", word("a"), `"maps":[],"other":`+strings.Repeat("[", 3_000_000)+strings.Repeat("]", 3_000_000)),
		"too long a number": file("a", word("a"), `"maps":[{"kind":"self","layer":0,"head":0,"rows":1,"cols":1,"weights":[0.`+strings.Repeat("1", 30_000_000)+`]}]`),
		"blanks":            file("a", blanks+word("a")+blanks[:len(blanks)/20], `"maps":[`+heatmap(0, 0, 1)+`]`),
		"too many values":   explained(`"context":{"rows":1,"cols":1,"values":[` + times(long/2, "0") + `]}`),
		"too late a fault":  file("a", word("a"), `"maps":[`+heatmap(0, 0, 1)+`],`+blanks+"x"),

		"parts":        explained(`"ablation":[` + times(4096, `{"part":"ffn","kind":"self","layer":1,"delta":1}`) + `]`),
		"long outputs": explained(`"ablation":[` + times(8, `{"part":"ffn","kind":"self","layer":1,"delta":1,"output":`+words(32_000)+`}`) + `]`),
		"cells of heads": explained(`"ablation":[` + each(1<<16, func(i int) string {
			return fmt.Sprintf(`{"part":"heads","kind":"self","layer":%d,"head":%d,"delta":1}`, i/64, i%64)
		}) + `]`),
		"wide heads": explained(`"ablation":[` + each(1<<16, func(i int) string {
			return fmt.Sprintf(`{"part":"heads","kind":"self","layer":%d,"head":%d,"delta":1}`, i%64, i/64)
		}) + `]`),
		"patches": explained(`"patch":[` + each(1<<16, func(i int) string {
			return fmt.Sprintf(`{"kind":"self","layer":%d,"position":%d,"recovered":1}`, i/64, i%64)
		}) + `]`),
		"two long texts": explained(`"patch":[{"kind":"self","layer":0,"position":0,"recovered":1}],"donor":{"text":` + words(32_000) + `,"output":` + words(32_000) + `,"own":` + words(31_999) + `,"position":0,"token":"a","other":"b","base":0,"full":1}`),
		"attributions":   file("a", times(32_000, word("a")), `"maps":[],"attribution":{"method":"rollout","position":31999,"token":"a","id":1,"value":0,"source":[`+times(32_000, "0")+`],"gap":0}`),
		"why":            file("a", times(32_000, word("a")), `"maps":[],"why":{"kind":"self","layer":0,"head":0,"row":31999,"col":31999,"score":1,"parts":[`+times(200_000, `{"query":"ffn.1","key":"bias","value":1}`)+`]}`),
		"an adversary":   explained(`"adversary":{"keys":[` + times(128, `"a"`) + `],"rows":[` + times(128, `{"token":"a","weights":[`+times(128, "0")+`],"other":[`+times(128, "0")+`],"distance":0,"change":0}`) + `],"same":true}`),
		"a lens": explained(`"predictions":[{"position":0,"top":[` + candidate + `]}],"lens":[` + each(900, func(l int) string {
			return fmt.Sprintf(`{"layer":%d,"predictions":[`, l) + each(128, func(i int) string { return fmt.Sprintf(`{"position":%d,"top":[`, i) + candidate + `]}` }) + `]}`
		}) + `]`),
		"a wide context": explained(`"context":{"rows":1,"cols":65536,"values":[` + times(65536, "0.5") + `],"states":[` + times(64*65536, "0.5") + `]}`),
		"contexts":       explained(`"context":{"rows":128,"cols":32768,"values":[` + times(128*32768, "0.5") + `]}`),
		"a wide detail":  explained(`"detail":{"kind":"self","layer":0,"head":0,"row":0,"score":"dot","scale":1,"q":[` + times(65536, "0.5") + `],"k":[` + times(64*65536, "0.5") + `],"v":[` + times(64*65536, "0.5") + `],"scores":[` + times(64, "0") + `],"weights":[` + times(64, "0") + `],"output":[` + times(65536, "0.5") + `]}`),
	}
}

// shows are the settings of an address with which what a file holds is drawn; the others are tried in several views.
var shows = map[string]string{"parts": "ablation", "long outputs": "ablation", "cells of heads": "ablation", "wide heads": "ablation", "patches": "patch", "two long texts": "patch", "attributions": "attribution",
	"why": "why", "an adversary": "adversary", "a lens": "predictions&lens=1", "a wide context": "context", "contexts": "context", "a wide detail": "steps&layer=0&head=0"}

const difference = "compare&compare=0.0,1.0"

// faulty are files in views in which the page once stood still, besides those that shows names.
var faulty = map[string][]string{"a far head": {"tower"}, "16,000 maps": {"tower", difference}, "the largest map": {"tower", difference}, "1,000 layers": {"heatmap", "flow"}}

// viewsOf are the views in which a file is opened: those in which it was ever found at fault, else one that goes by its name. With
// HEED_FAULTS=all (or names of files with a comma between) it is each view; those of what is refused are alike.
func viewsOf(name string) []string {
	if v := shows[name]; v != "" {
		return []string{v}
	}
	views := []string{"links", "heatmap", "grid", "tower", "strips", "steps", "context", "flow", "predictions", "ablation", difference}
	switch {
	case wanted(name) && name != "blanks" && !strings.HasPrefix(name, "too "):
		return views
	case faulty[name] != nil:
		return faulty[name]
	}
	return views[len(name)%len(views):][:1]
}

// hostile are the addresses of hostileRecords, each in its views, by what a test of one is called.
func hostile(t testing.TB) map[string]string {
	answers, paths := map[string]http.HandlerFunc{}, map[string]string{}
	for name, file := range hostileRecords() {
		paths[name] = strings.ReplaceAll(name, " ", "-") + ".json"
		answers["/"+paths[name]] = func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, file) }
	}
	target, addresses := another(t, answers), map[string]string{}
	for name, path := range paths {
		for i, v := range viewsOf(name) {
			addresses[name+"/"+v] = fmt.Sprintf("%s?%s%d#record=%s&view=%s&kind=self", target, path, i, path, v)
		}
	}
	return addresses
}

// TestHostileRecords opens by addresses what is as large as may be. The page shows something or says why not, and does not stand still.
func TestHostileRecords(t *testing.T) {
	t.Parallel()
	for name, address := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab, began := newTab(t, watching), time.Now()
			tab.shown(address)
			refused := tab.said(`String(`+root+`.querySelector("[role=alert]") !== null)`) == "true"
			if of, _, _ := strings.Cut(name, "/"); refused != (of == "40,000 maps" || of == "a deep nest" || strings.HasPrefix(of, "too ")) {
				t.Errorf("refused: %v", refused)
			}
			t.Logf("%s: %.0f ms, %.1f s: %.300q", name, tab.moves(), time.Since(began).Seconds(), tab.said(root+`.querySelector("[role=alert], [data-state=ready] figcaption").textContent`))
		})
	}
}

// TestLabelsTakeTurns: what a cell is called may take as long as there are tokens, so a row of many is labelled some cells at a time.
func TestLabelsTakeTurns(t *testing.T) {
	t.Parallel()
	file := hostileRecords()["the largest map"]
	target := another(t, map[string]http.HandlerFunc{"/map.json": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, file) }})
	tab := newTab(t, `globalThis.most = 0;`)
	tab.do(chromedp.Navigate(target + "#record=map.json&view=tower&kind=self"))
	tab.until(root + `?.querySelector("[role=gridcell]")`)
	tab.run(`new MutationObserver((all) => { most = Math.max(most, all.length); }).observe(` + root + `.querySelector("[role=grid]"),
		{ attributeFilter: ["aria-label"], subtree: true })`) // it is told of once a task
	tab.until(allLabelled)
	if most := get(tab, chromedp.Evaluate[int]("most")); most == 0 || most > 1024 {
		t.Errorf("%d cells are labelled at once", most)
	}
}

// allLabelled holds once all cells have their labels, but for those of a hidden row.
const allLabelled = `[...` + root + `.querySelectorAll("[role=gridcell]")].every((cell) => cell.hidden || cell.parentElement.hidden || cell.ariaLabel)`

// BenchmarkHostile opens what TestHostileRecords and TestLongAddresses open, with HEED_FAULTS=all each file in each view, and says of each
// how many milliseconds of the processor's time the longest task of the page's main thread takes, as it would run alone on the
// machine. It is to be 200 at most.
func BenchmarkHostile(b *testing.B) {
	addresses := hostile(b)
	maps.Copy(addresses, longAddresses())
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		b.Run(name, func(b *testing.B) {
			least := math.Inf(1)
			for range 3 { // of which the shortest counts: other work can make each of them longer
				tab := newTab(b, "")
				least = min(least, tab.alone(tab.longest(func() {
					tab.shown(addresses[name])
					tab.until(allLabelled)
				})))
				if least <= 200 {
					break
				}
			}
			b.ReportMetric(least, "ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
