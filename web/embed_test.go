//go:build !js

package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// stranger serves a page of somebody else, from an origin of its own, under a Content-Security-Policy
// that lets in Heed's origin, at the address heed, and nothing more than Heed asks for. In the page, HEED
// stands for Heed's folder.
func stranger(t testing.TB, heed, page string) string {
	t.Helper()
	policy := strings.ReplaceAll("default-src 'none'; script-src 'self' HEED 'wasm-unsafe-eval'; worker-src 'self' blob:; "+
		"connect-src 'self' HEED; style-src 'self' HEED; img-src 'self' data:; frame-src HEED", "HEED", heed)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, strings.ReplaceAll(page, "HEED", heed+"web"))
		case "/article.css":
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, article)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

const head = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A post about attention</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="article.css">
<link rel="stylesheet" href="HEED/heed.css">
<script src="HEED/heed.js" defer></script>
`

const article = `:root { font: 18px/1.6 "Helvetica Neue", Arial, sans-serif; color: #222; background: #fff; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
button { background: hotpink; } p { letter-spacing: 0.01em; } figure { border: 5px solid red; }
@media (prefers-color-scheme: dark) { :root { color: #ddd; background: #1b1b1d; } }
`

// shifts counts, from the first byte on, what moves without anybody's doing.
const shifts = `globalThis.shifted = 0; globalThis.moved = [];
	const what = (v) => String(JSON.stringify(v)).slice(0, 120);
	new PerformanceObserver((list) => list.getEntries().filter((e) => !e.hadRecentInput).forEach((e) => {
		shifted += e.value;
		for (const s of e.sources) moved.push(what(s.node?.outerHTML ?? s.node?.textContent) + what(s.previousRect) + what(s.currentRect));
	})).observe({ type: "layout-shift", buffered: true });
	globalThis.workers = 0; const Theirs = Worker;
	globalThis.Worker = class extends Theirs { constructor(...args) { super(...args); workers++; } };`

// at is the shadow root of the nth element.
func at(n int) string { return fmt.Sprintf(`document.querySelectorAll("heed-view")[%d].shadowRoot`, n) }

// settled holds when the nth element has painted its answer.
func settled(n int) string { return at(n) + `?.querySelector("[data-state=ready] [data-request]")` }

// TestStrangersPage has five elements on somebody else's page, on an origin of its own and under a strict
// policy: they work, share one engine, fetch each file once, move nothing, and change nothing of the page.
func TestStrangersPage(t *testing.T) {
	prose := `<p>A translator that has attention looks back at the sentence for each word that it writes. Point at a word to see which.</p>`
	var mu sync.Mutex
	asked := map[string]int{} // by path
	target, _ := url.Parse(site)
	proxy := httputil.NewSingleHostReverseProxy(target)
	heed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	defer heed.Close()
	tab := newTab(t, shifts)
	tab.do(chromedp.EmulateViewport(1024, 3200), chromedp.Navigate(stranger(t, heed.URL+"/", head+`<h1>What a translator looks at</h1>`+prose+`
		<heed-view model="en-fr" view="links" layer="2" head="3">The black cat sleeps.</heed-view>`+prose+`
		<heed-view model="en-fr" view="heatmap" controls="none">She bought a red car last week.</heed-view>`+prose+`
		<heed-view model="en-fr" view="heatmap" editable>I like tea.</heed-view>`+prose+`
		<heed-view model="en-fr" view="links" controls="none">Good evening.
			<img alt="" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='300' height='200'/%3E"></heed-view>`+prose+`
		<heed-view model="en-fr" view="grid" kind="self" controls="minimal">The dog barks.</heed-view>`+prose+`<button>Theirs</button>`)))
	for n, text := range []string{"The black cat sleeps.", "She bought a red car last week.", "I like tea.", "Good evening.", "The dog barks."} {
		tab.until(settled(n))
		equal(t, text, tab.said(at(n)+`.querySelector("[role=status]").textContent`), native(t, text, nil).Output)
	}
	equal(t, "engines", get(tab, chromedp.Evaluate[int]("workers")), 1)
	equal(t, "layout shift", get(tab, chromedp.Evaluate[float64]("shifted")), 0)
	if moved := get(tab, chromedp.Evaluate[[]string]("moved")); len(moved) > 0 {
		t.Errorf("moved: %q", moved)
	}
	for js, want := range map[string]string{
		`getComputedStyle(document.body).fontFamily`:                               `"Helvetica Neue", Arial, sans-serif`,
		`getComputedStyle(document.querySelector("button")).backgroundColor`:       "rgb(255, 105, 180)",
		`getComputedStyle(` + at(0) + `.querySelector("figure")).borderTopWidth`:   "0px",
		`getComputedStyle(` + at(2) + `.querySelector("button")).backgroundColor`:  "rgba(0, 0, 0, 0)",
		`String(Object.keys(globalThis).filter((k) => /heed|^Go$|^fs$/i.test(k)))`: "",
	} {
		equal(t, js, tab.said(js), want)
	}
	mu.Lock()
	defer mu.Unlock()
	for path, n := range asked {
		if most := map[string]int{"/web/heed.js": 2, "/web/wasm_exec.js": 2, "/web/models/index.json": 2}[path]; n > max(1, most) { // window and worker
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
	equal(t, "downloads of the model", asked["/web/models/en-fr/model.safetensors"], 1)
}

func TestShots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Skip()
	}
	page := stranger(t, site, head+`<h1>What a translator looks at</h1>
<p>A translator that has attention looks back at the sentence for each word that it writes. Point at a word to see which.</p>
<heed-view model="en-fr" view="links" layer="2" head="3">The black cat sleeps.</heed-view>
<p>The same as a matrix, without anything around it, one more paragraph of prose so that one sees how they stand together.</p>
<heed-view model="en-fr" view="heatmap" controls="none">She bought a red car last week.</heed-view>
<p>And one to type in, which takes more room than the others and still does not move what comes after it.</p>
<heed-view model="en-fr" view="heatmap" editable>I like tea.</heed-view>
<p>The end.</p>`)
	for _, width := range []int64{1440, 390} {
		for _, scheme := range []string{"light", "dark"} {
			tab := newTab(t, "")
			tab.excuse()
			prefer(tab, scheme)
			tab.do(chromedp.EmulateViewport(width, 2600))
			tab.do(chromedp.Navigate(page))
			for n := range 3 {
				tab.until(fmt.Sprintf(`document.querySelectorAll("heed-view")[%d].shadowRoot.querySelector("[data-state=ready] [data-request]")`, n))
			}
			shot := get(tab, chromedp.CaptureScreenshot())
			if err := os.WriteFile(fmt.Sprintf("%s/%d-%s.png", dir, width, scheme), shot, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
