//go:build !js

package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// isolated serves the site with the headers of serve.go -isolate, without which a page has one thread.
func isolated(t *testing.T) string {
	t.Helper()
	target, err := url.Parse(site)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

// helpers keeps the page's second threads.
const helpers = `globalThis.helpers = []; globalThis.Worker = class extends Worker {
	constructor(address, options) { super(address, options); if (options.name === "heed helper") helpers.push(this); }
};`

// TestThreads compares what a page with two threads shows with what it shows with one, before and after its second thread is ended.
func TestThreads(t *testing.T) {
	t.Parallel()
	text := strings.TrimSpace(strings.Repeat("The black cat sleeps on the red sofa in the old house, and a dog looks at it. ", 4))
	numbers := root + `.host.record.maps.flatMap((map) => [...map.weights])`
	var want []float64
	for _, test := range []struct {
		name, site, threads string
		helpers             int
	}{
		{"not isolated", site, "&threads=2", 0},
		{"isolated", isolated(t), "&threads=2", 1},
		{"isolated, with one", isolated(t), "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			tab := newTab(t, helpers)
			tab.do(chromedp.Navigate(test.site + "#model=fill&view=heatmap&" + address("text", text) + test.threads))
			tab.until(ready)
			equal(t, "helpers", get(tab, chromedp.Evaluate[int]("helpers.length")), test.helpers)
			if test.threads != "" {
				equal(t, "the address", get(tab, chromedp.Evaluate[bool](`location.hash.includes("threads=2")`)), true)
			}
			for again := range 3 { // the first time the helper may not be there yet
				got := get(tab, chromedp.Evaluate[[]float64](numbers))
				if want == nil {
					want = got
				}
				if len(got) == 0 || len(got) != len(want) {
					t.Fatalf("%d numbers, not %d", len(got), len(want))
				}
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("run %d: number %d is %g, not %g", again, i, got[i], want[i])
					}
				}
				if again == 1 {
					tab.run("helpers.forEach((helper) => helper.terminate())")
				}
				for _, text := range []string{text + " And", text} {
					tab.run(`const box = ` + root + `.getElementById("text"); box.value = ` + quote(text) + `;
						box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }))`)
					tab.until(ready + ` && ` + root + `.host.record.text === ` + quote(text))
				}
			}
		})
	}
}

// TestIsolatedDist packs with isolate. Where the host can be told, _headers tells it; where not, the service worker isolates the page
// from the second visit on.
func TestIsolatedDist(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.Command("node", "pack.mjs", dir, "quick", "isolate").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	headers, err := os.ReadFile(filepath.Join(dir, "_headers"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/*\n", "Cross-Origin-Opener-Policy: same-origin\n", "Cross-Origin-Embedder-Policy: require-corp\n", "Cross-Origin-Resource-Policy: cross-origin\n"} {
		if !strings.Contains(string(headers), want) {
			t.Errorf("_headers lacks %q:\n%s", want, headers)
		}
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	tab := newTab(t, helpers)
	visit := func(isolated bool, threads int) {
		t.Helper()
		tab.do(chromedp.Navigate(server.URL + "/?" + strconv.FormatBool(isolated) + "#model=fill&threads=2&" + address("text", "The cat sleeps.")))
		tab.until(ready)
		equal(t, "isolated", get(tab, chromedp.Evaluate[bool]("crossOriginIsolated")), isolated)
		equal(t, "helpers", get(tab, chromedp.Evaluate[int]("helpers.length")), threads)
	}
	visit(false, 0)
	tab.until(`navigator.serviceWorker.controller !== null`)
	visit(true, 1)
	// What the host sends on, the service worker hands on as it is.
	tab.do(chromedp.Navigate(server.URL + "/web/lessons/index.html"))
	equal(t, "where the host sends who asks for a folder's index", tab.said("location.pathname"), "/web/lessons/")
	equal(t, "isolated", get(tab, chromedp.Evaluate[bool]("crossOriginIsolated")), true)
}
