//go:build !js

package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// unpacked is the folder of an npm package, which is fetched once; without npm's registry the test is skipped.
func unpacked(t *testing.T, name, version string) string {
	t.Helper()
	dir, _ := filepath.Abs("../.cache/" + name + "-" + version)
	if _, err := os.Stat(dir + "/package/package.json"); err == nil {
		return dir + "/package"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := command(dir, "npm", "pack", "--silent", name+"@"+version); err != nil {
		t.Skipf("npm cannot fetch %s here, so it is not tested: %v\n%s", name, err, out)
	}
	if out, err := command(dir, "tar", "-xzf", name+"-"+version+".tgz"); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return dir + "/package"
}

// published serves a page, with what ./build.sh dist makes as heed/, and folders more beside it.
func published(t *testing.T, page string, folders map[string]string) string {
	t.Helper()
	dir, _ := packed(t)
	mux := http.NewServeMux()
	mux.Handle("/heed/", http.StripPrefix("/heed", http.FileServer(http.Dir(dir))))
	for name, folder := range folders {
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, http.FileServer(http.Dir(folder))))
	}
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/"
}

// TestGuide serves the page of web/GUIDES.md as it stands there, with the published folder beside it.
func TestGuide(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(published(t, examples(t, "GUIDES.md", "html", "<!doctype html>"), nil)))
	tab.until(settled(0))
	equal(t, "the translation", tab.said(output), native(t, "The black cat sleeps.", nil).Output)
}

// TestSlides shows the slides of web/GUIDES.md with a real reveal.js: a slide does not turn while a reader types
// in it or walks through its cells, and though slides are scaled, the pointer points at what is under it.
func TestSlides(t *testing.T) {
	t.Parallel()
	page := strings.Replace(examples(t, "GUIDES.md", "html", "reveal/dist"), "new Reveal()", "(globalThis.deck = new Reveal())", 1)
	tab := newTab(t, events)
	tab.do(chromedp.EmulateViewport(1400, 900), chromedp.Navigate(published(t, page, map[string]string{"reveal": unpacked(t, "reveal.js", "6.0.2")})))
	tab.until(settled(0))
	equal(t, "dark, as the slides are", get(tab, chromedp.Evaluate[bool](`document.querySelector("heed-view").matches(":state(dark)")`)), true)
	tab.until(`deck.isReady() && deck.getScale() > 1.1`)
	slide := func() int { return get(tab, chromedp.Evaluate[int](`deck.getIndices().h`)) }

	const cell = root + `.querySelectorAll("[role=gridcell]")[5]`
	middle := get(tab, chromedp.Evaluate[[]float64](`(() => { const b = `+cell+`.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`))
	tab.do(chromedp.MouseClickXY(middle[0], middle[1]))
	tab.until(`reported.some((e) => e.type === "heed-select")`)
	equal(t, "what is pointed at", tab.said(`(({ row, column }) => row + "," + column)(reported.find((e) => e.type === "heed-select").detail)`), "0,5")
	tab.press(kb.ArrowLeft)
	tab.press(kb.ArrowLeft)
	equal(t, "the slide after arrow keys within", slide(), 0)

	tab.run(`deck.slide(1)`)
	tab.until(settled(1))
	tab.run(at(1) + `.querySelector("#text").focus(); ` + at(1) + `.querySelector("#text").select()`)
	tab.press("I like tea. ")
	tab.press(kb.ArrowLeft)
	tab.until(`document.querySelectorAll("heed-view")[1].record.output === ` + quote(native(t, "I like tea.", nil).Output))
	equal(t, "the slide after typing", slide(), 1)
	equal(t, "paused by a full stop", get(tab, chromedp.Evaluate[bool](`deck.isPaused()`)), false)
	tab.run(at(1) + `.activeElement.blur()`)
	tab.press(kb.ArrowLeft)
	equal(t, "the slide after an arrow key outside", slide(), 0)
}
