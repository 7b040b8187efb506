//go:build !js

package web_test

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestStalledDownload has the server stop in the middle of one element's model: the other element answers all the
// while, the silence is said, and both ways out help: another model, which ends the download, and another try.
func TestStalledDownload(t *testing.T) {
	t.Parallel()
	const weights = "/web/models/en-fr-attention/model.safetensors"
	whole, err := os.ReadFile("models/en-fr-attention/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	ended, well := make(chan bool, 4), make(chan bool)
	target := another(t, map[string]http.HandlerFunc{
		weights: func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-well:
				http.ServeFile(w, r, ".."+weights)
				return
			default:
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
			w.Write(whole[:1e6])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			ended <- true
		},
		"/post.html": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<!doctype html><html lang="en"><title>A post</title><link rel="icon" href="web/icon.svg"><link rel="stylesheet" href="web/heed.css"><script src="web/heed.js" defer></script>
				<heed-view editable>The dog barks.</heed-view><heed-view model="en-fr-attention">The cat sleeps.</heed-view>`)
		}})
	tab := newTab(t, events)
	tab.do(chromedp.EmulateViewport(800, 2400), chromedp.Navigate(target+"post.html"))
	tab.until(settled(0))
	loading := at(1) + `.querySelector("[part=progress]")?.textContent`
	tab.until(loading + `.includes("MB")`)
	tab.run(`const box = ` + at(0) + `.getElementById("text"); box.value = "The bird sings."; box.dispatchEvent(new InputEvent("input", { bubbles: true }))`)
	tab.until(at(0) + `.querySelector("[data-state=ready] [role=status]")?.textContent === ` + quote(native(t, "The bird sings.", nil).Output))
	tab.until(loading + `.includes("stopped sending") && [...` + at(1) + `.querySelectorAll("button")].some((b) => b.textContent === "Try again")`)

	tab.run(`document.querySelectorAll("heed-view")[1].model = "en-fr"`)
	<-ended
	tab.until(settled(1))
	tab.run(`document.querySelectorAll("heed-view")[1].model = "en-fr-attention"`)
	tab.until(loading + `.includes("stopped sending")`)
	close(well)
	tab.run(`[...` + at(1) + `.querySelectorAll("button")].find((b) => b.textContent === "Try again").click()`)
	<-ended
	tab.until(at(1) + `.querySelector("[data-state=ready]") && document.querySelectorAll("heed-view")[1].record.model === "en-fr-attention"`)
}

// TestComposition types by an input method and by a dead key: what is being composed stands in the box and is not run,
// what comes of it is.
func TestComposition(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "Hello ")
	box := root + `.getElementById("text")`
	tab.run(box + `.focus(); ` + box + `.setSelectionRange(99, 99); reported.length = 0`)
	compose := func(text string) {
		t.Helper()
		n := int64(len([]rune(text)))
		tab.do(call(input.ImeSetComposition, input.ImeSetCompositionParams{Text: text, SelectionStart: n, SelectionEnd: n}))
	}
	still := func(what, want string) {
		t.Helper()
		tab.run(`globalThis.rested = false; setTimeout(() => rested = true, 400)`)
		tab.until(`rested`)
		equal(t, what+" in the box", tab.said(box+`.value`), want)
		equal(t, "runs of "+what, get(tab, chromedp.Evaluate[int](`reported.filter((e) => e.type === "heed-record").length`)), 0)
	}
	for _, text := range []string{"に", "にほ", "にほん"} {
		compose(text)
	}
	still("what is composed", "Hello にほん")
	tab.do(call(input.InsertText, input.InsertTextParams{Text: "日本"}))
	tab.until(ready + ` && reported.filter((e) => e.type === "heed-record").at(-1)?.detail.text === "Hello 日本"`)
	tab.run(`reported.length = 0`)
	compose("´")
	still("a dead key", "Hello 日本´")
	tab.do(call(input.InsertText, input.InsertTextParams{Text: "é"}))
	tab.until(ready + ` && reported.filter((e) => e.type === "heed-record").at(-1)?.detail.text === "Hello 日本é"`)
	equal(t, "runs of an accented letter", get(tab, chromedp.Evaluate[int](`reported.filter((e) => e.type === "heed-record").length`)), 1)
}

// TestEndlessRecord opens Records by addresses whose servers never end: of one that sends all that it can no more is taken than a
// Record may have, and it is said so; one that sends a little now and then is told of for as long as the reader waits. Both times the
// page goes on with something else.
func TestEndlessRecord(t *testing.T) {
	t.Parallel()
	const begins = `{"format":"heed.record/1","text":"`
	var sent atomic.Int64
	left := make(chan bool, 2)
	target := another(t, map[string]http.HandlerFunc{
		"/flood.json": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, begins)
			for piece := []byte(strings.Repeat("a", 1<<20)); ; sent.Add(1 << 20) {
				if _, err := w.Write(piece); err != nil {
					left <- true
					return
				}
			}
		},
		"/drip.json": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, begins)
			for r.Context().Err() == nil {
				fmt.Fprint(w, strings.Repeat("a", 1000))
				w.(http.Flusher).Flush()
				time.Sleep(200 * time.Millisecond)
			}
			left <- true
		},
	})
	tab := newTab(t, watched)
	tab.excuse()
	tab.do(chromedp.Navigate(target + "#text=Hello."))
	tab.until(ready)
	before := get(tab, chromedp.Evaluate[float64](`memories.page.buffer.byteLength`))
	goesOn := func(text string) {
		t.Helper()
		tab.run(`location.hash = ` + quote(address("text", text)))
		tab.until(ready + ` && ` + output + ` === ` + quote(native(t, text, nil).Output))
		select {
		case <-left:
		case <-time.After(time.Minute):
			t.Error("the server is still asked")
		}
	}
	tab.run(`location.hash = "record=flood.json"`)
	tab.until(root + `?.querySelector("[role=alert]")?.textContent.includes("flood.json is too large: it has more than 209.7 MB")`)
	goesOn("I like tea.")
	if mb := sent.Load() >> 20; mb < 200 || mb > 300 {
		t.Errorf("the server sent %d MB", mb)
	}
	if after := get(tab, chromedp.Evaluate[float64](`memories.page.buffer.byteLength`)); after > before+50e6 {
		t.Errorf("the page's memory grew from %.0f to %.0f bytes", before, after)
	}
	tab.run(`location.hash = "record=drip.json"`)
	tab.until(root + `?.querySelector("[part=figure]")?.textContent.includes("Loading the record: 0.0 MB")`)
	goesOn("Good evening.")
}
