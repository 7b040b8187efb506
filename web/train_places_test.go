//go:build !js

package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"heed/core/view"
)

// In a page of another origin it trains, and is as light or dark as that page is, whatever the reader's system prefers.
func TestTrainForeign(t *testing.T) {
	t.Parallel()
	tab := newTab(t, trainEvents)
	tab.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}),
		chromedp.Navigate(stranger(t, site, `<!doctype html><html lang="en"><meta charset="utf-8"><title>A post on black and white</title><link rel="icon" href="data:,">
			<link rel="stylesheet" href="loud.css"><script src="HEED/train.js" defer></script><body><heed-train task="copy" width="16" batch="4" steps="30"></heed-train>`)))
	tab.until(trainDrawn)
	is := func(p *view.Palette) string {
		return trainPicture + `.includes("` + p.Color(view.Paint{Role: view.Paper}).CSS() + `") && matchMedia("(prefers-color-scheme: dark)").matches`
	}
	ink := `getComputedStyle(` + trainRoot + `.querySelector(".look")).color`
	tab.until(is(&view.Light))
	equal(t, "the paper under the map", tab.said(`getComputedStyle(`+trainRoot+`.querySelector(".picture rect")).fill`), "none")
	equal(t, "the ink on white", tab.said(ink), "rgb(96, 99, 108)")
	tab.run(`document.body.className = "night"`)
	tab.until(is(&view.Dark))
	equal(t, "the ink on black", tab.said(ink), "rgb(158, 162, 169)")
	tab.play()
	if last := get(tab, chromedp.Evaluate[int](`screens.at(-1).step`)); last != 30 {
		t.Errorf("it ends at step %d", last)
	}
	tab.run(trainButton("Open in the playground") + `.click()`)
	equal(t, "where the playground can be had", tab.said(trainRoot+`.querySelector("[role=status] a").href`), site+"web/train.html#train=copy&width=16&batch=4&steps=30")
}

// The published page trains without a network after a visit, and the copy of train.js with a hash in its name asks for no
// other file.
func TestTrainPublished(t *testing.T) {
	t.Parallel()
	dir, said := packed(t)
	copied := regexp.MustCompile(`web/train\.[0-9a-f]{8}\.js`).FindString(said)
	if copied == "" {
		t.Fatalf("pack.mjs printed %q", said)
	}
	var down atomic.Bool
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		if down.Load() {
			panic(http.ErrAbortHandler)
		}
		if r.URL.Path == "/post" {
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte(`<!doctype html><title>A post</title><link rel="icon" href="data:,"><script src="/` + copied + `" defer></script><heed-train width="16" batch="4"></heed-train>`))
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	tab := newTab(t, trainEvents)
	tab.do(chromedp.Navigate(server.URL + "/post"))
	tab.until(trainDrawn)
	tab.mu.Lock()
	for _, address := range tab.requests {
		if strings.Contains(address, "/web/") && !regexp.MustCompile(`\.[0-9a-f]{8}\.`).MatchString(address) {
			t.Errorf("%s was asked for", address)
		}
	}
	tab.mu.Unlock()

	tab = newTab(t, trainEvents)
	tab.excuse() // a network that is down is an error on the console
	visit := func() {
		tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/web/train.html#train=copy&width=16&batch=4"))
		tab.until(trainDrawn)
	}
	visit()
	for _, name := range []string{copyOf(t, dir, "lab.wasm.gz"), copyOf(t, dir, "train.js"), copyOf(t, dir, "train.css"), "train.html"} {
		tab.run(`(async () => { while (!await caches.match("` + name + `")) await new Promise((later) => setTimeout(later, 100)); globalThis.kept = "` + name + `"; })()`)
		tab.until(`globalThis.kept === "` + name + `"`)
	}
	down.Store(true)
	visit()
	tab.run(trainButton("Step") + `.click()`)
	tab.until(`screens.at(-1)?.step === 1`)
}

// What the lesson calls the controls by is what they are called.
func TestTrainLesson(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(site + "web/lessons/watch-it-learn.html"))
	tab.run(`document.getElementById("learn-2").scrollIntoView()`)
	tab.until(`document.getElementById("learn-2").shadowRoot?.querySelector(".picture svg")`)
	names := `[...document.getElementById("learn-2").shadowRoot.querySelectorAll("label, option, button")].map((e) => e.textContent)`
	tab.until(names + `.some((name) => name.startsWith("all of"))`)
	unknown := tab.said(`[...document.querySelectorAll("figure ~ p")].filter((p) => /Press|Under|Change one/.test(p.textContent)).flatMap((p) => [...p.querySelectorAll("em")])
		.map((em) => em.textContent).filter((name) => !` + names + `.includes(name)).join("; ")`)
	equal(t, "what no control is called", unknown, "")
}
