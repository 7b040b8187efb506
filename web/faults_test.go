//go:build !js

package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// faults are the ways in which a file can fail to come. Each answers with the file's bytes, or not.
var faults = []struct {
	name   string
	always bool // tried at each run of the tests; the others with HEED_FAULTS=all
	answer func(w http.ResponseWriter, r *http.Request, file []byte)
}{
	{"missing", false, func(w http.ResponseWriter, r *http.Request, file []byte) { http.NotFound(w, r) }},
	{"500", false, func(w http.ResponseWriter, r *http.Request, file []byte) { http.Error(w, "broken", 500) }},
	{"a quarter", false, func(w http.ResponseWriter, r *http.Request, file []byte) { w.Write(file[:len(file)/4]) }},
	{"half", true, func(w http.ResponseWriter, r *http.Request, file []byte) { w.Write(file[:len(file)/2]) }},
	{"one byte short", false, func(w http.ResponseWriter, r *http.Request, file []byte) { w.Write(file[:len(file)-1]) }},
	{"one bit flipped", true, func(w http.ResponseWriter, r *http.Request, file []byte) {
		damaged := bytes.Clone(file)
		damaged[len(file)/2] ^= 1
		w.Write(damaged)
	}},
	{"a web page", false, func(w http.ResponseWriter, r *http.Request, file []byte) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><title>Not here</title>")
	}},
	{"silent half-way", true, func(w http.ResponseWriter, r *http.Request, file []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(file)))
		w.Write(file[:len(file)/2])
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
	}},
	{"a byte a second", false, func(w http.ResponseWriter, r *http.Request, file []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(file)))
		for i := range file[:min(len(file), 60)] {
			w.Write(file[i : i+1])
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Second):
			}
		}
	}},
}

// firstVisit are the files that a first visit asks for, with their types.
var firstVisit = map[string]string{
	"heed.css": "text/css", "view.css": "text/css", "heed.js": "text/javascript", "wasm_exec.js": "text/javascript", "heed.wasm.gz": "application/gzip",
	"models/index.json": "application/json", "models/en-fr/config.json": "application/json", "models/en-fr/tokenizer.json": "application/json",
	"models/en-fr/model.safetensors": "application/octet-stream", "models/en-fr/example.json": "application/json",
}

// TestFaults breaks each file of a first visit in each way. Within 25 seconds the page says a sentence, or shows the right
// answer in spite of it, and never a wrong one; once the file is well, trying again helps.
func TestFaults(t *testing.T) {
	t.Parallel()
	const text = "She bought a red car last week."
	want := native(t, text, nil).Output
	var mu sync.Mutex
	matrix := map[string]string{}
	t.Cleanup(func() {
		for name := range firstVisit {
			var row strings.Builder
			for _, fault := range faults {
				fmt.Fprintf(&row, " | %s", matrix[name+" "+fault.name])
			}
			t.Logf("%s%s", name, row.String())
		}
	})
	for name, kind := range firstVisit {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults {
			if !fault.always && os.Getenv("HEED_FAULTS") != "all" {
				continue
			}
			t.Run(path.Base(name)+" "+fault.name, func(t *testing.T) {
				t.Parallel()
				var well atomic.Bool
				answers := map[string]http.HandlerFunc{"/web/" + name: func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", kind)
					w.Header().Set("Cache-Control", "no-cache")
					if well.Load() {
						w.Write(file)
						return
					}
					fault.answer(w, r, file)
				}}
				if name == "heed.css" && (fault.name == "silent half-way" || fault.name == "a byte a second") {
					t.Skip("browsers wait for a style sheet before they paint a page at all, or run its scripts")
				}
				address := serving(t, post+`<heed-view model="en-fr" editable>`+text+`</heed-view>`, nil, answers)
				tab := newTab(t, "")
				tab.excuse()
				began := time.Now()
				go chromedp.Run(tab.ctx, chromedp.Navigate(address))
				const view = `document.querySelector("heed-view")`
				// What is said: an alert, what the style sheet says where the script is missing, the state of a download; or the answer.
				state := `(() => { const v = ` + view + `; if (!v) return "";
					const alert = v.shadowRoot?.querySelector("[role=alert]"); if (alert) return "said: " + alert.textContent;
					if (!v.shadowRoot) { const after = getComputedStyle(v, "::after"); return after.visibility === "visible" && after.content !== "none" ? "style: " + after.content : ""; }
					if (v.record && v.shadowRoot.querySelector("[data-state=ready]")) return "answer: " + v.record.output;
					const waits = v.shadowRoot.querySelector("[part=loading], [part=progress]")?.textContent;
					return performance.now() > 22000 && waits ? "waits: " + waits : ""; })()`
				var said string
				for said == "" {
					if time.Since(began) > 40*time.Second {
						t.Fatal("nothing is said")
					}
					time.Sleep(200 * time.Millisecond)
					said, _ = chromedp.Run(tab.ctx, chromedp.Evaluate[string](state))
				}
				took := time.Since(began)
				how, what, _ := strings.Cut(said, ": ")
				mu.Lock()
				matrix[name+" "+fault.name] = fmt.Sprintf("%s %.0f s", how, took.Seconds())
				mu.Unlock()
				t.Logf("%.1f s: %s", took.Seconds(), said)
				if how == "answer" {
					equal(t, "the answer", what, want)
					return
				}
				if len(what) < 10 {
					t.Errorf("the page says %q", said)
				}
				well.Store(true)
				if how == "said" {
					tab.run(`[...` + root + `.querySelectorAll("button")].find((b) => b.textContent === "Try again").click()`)
				} else {
					go chromedp.Run(tab.ctx, chromedp.Reload())
				}
				for range 300 {
					time.Sleep(200 * time.Millisecond)
					if output, _ := chromedp.Run(tab.ctx, chromedp.Evaluate[string](`document.querySelector("heed-view").record.output`)); output != "" {
						equal(t, "the answer of another try", output, want)
						return
					}
				}
				t.Errorf("trying again does not help: %s", tab.said(view+`?.shadowRoot?.textContent ?? "no element"`))
			})
		}
	}
}
