//go:build !js

package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// foreignModel answers for the model en-fr-attention with the same model whose tokenizer has a normaliser, which none of
// the shipped ones has: heed.wasm cannot open it, lab.wasm can.
func foreignModel(t *testing.T) map[string]http.HandlerFunc {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile("models/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	sum := func(data []byte) []byte {
		h := sha256.Sum256(data)
		return []byte(hex.EncodeToString(h[:]))
	}
	old, index := read("en-fr-attention/tokenizer.json"), read("index.json")
	tokenizer := bytes.Replace(old, []byte(`"normalizer":null`), []byte(`"normalizer":{"type":"NFC"}`), 1)
	at := bytes.Index(index, []byte(`"id": "en-fr-attention"`))
	entry := bytes.Replace(index[at:], sum(old), sum(tokenizer), 1)
	entry = bytes.Replace(entry, []byte(`"bytes": `+strconv.Itoa(len(old))), []byte(`"bytes": `+strconv.Itoa(len(tokenizer))), 1)
	index = append(index[:at:at], entry...)
	answer := func(data []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.Write(data) }
	}
	return map[string]http.HandlerFunc{
		"/web/models/en-fr-attention/tokenizer.json": answer(tokenizer), "/web/models/index.json": answer(index),
		"/post.html": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<!doctype html><html lang="en"><title>A post</title><link rel="icon" href="web/icon.svg"><link rel="stylesheet" href="web/heed.css"><script src="web/heed.js" defer></script>
				<heed-view editable>The dog barks.</heed-view><heed-view model="en-fr-attention">The cat sleeps.</heed-view>`)
		}}
}

// TestLab has a model that takes lab.wasm beside one that does not. First lab.wasm does not come: that is said, and the
// other model goes on. Then it does, with progress, and both are answered.
func TestLab(t *testing.T) {
	t.Parallel()
	packed, err := os.ReadFile("lab.wasm.gz")
	if err != nil {
		t.Fatal(err)
	}
	answers := foreignModel(t)
	var well atomic.Bool
	asked, go_on := make(chan bool, 8), make(chan bool)
	answers["/web/lab.wasm.gz"] = func(w http.ResponseWriter, r *http.Request) {
		asked <- true
		if !well.Load() {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(packed)))
		w.Write(packed[:len(packed)/2])
		w.(http.Flusher).Flush()
		<-go_on
		w.Write(packed[len(packed)/2:])
	}
	answers["/web/lab.wasm"] = http.NotFound
	tab := newTab(t, events)
	tab.excuse() // what is not there is an error on the console
	tab.do(chromedp.EmulateViewport(800, 2400), chromedp.Navigate(another(t, answers)+"post.html"))
	tab.until(settled(0))
	tab.until(at(1) + `.querySelector("[role=alert]")?.textContent.startsWith("Heed’s lab could not be downloaded: the server answered 404")`)
	<-asked
	type_ := func(text string) {
		t.Helper()
		tab.run(`(() => { const box = ` + at(0) + `.getElementById("text"); box.value = ` + quote(text) + `; box.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`)
		tab.until(at(0) + `.querySelector("[data-state=ready] [role=status]")?.textContent === ` + quote(native(t, text, nil).Output))
	}
	type_("The bird sings.")
	if len(asked) > 0 {
		t.Error("lab.wasm was asked for again by what does not take it")
	}

	well.Store(true)
	tab.run(`[...` + at(1) + `.querySelectorAll("button")].find((b) => b.textContent === "Try again").click()`)
	tab.until(at(1) + `.querySelector("[part=progress]")?.textContent.match(/^Loading Heed’s lab: 0\.\d of 1\.\d MB/)`)
	type_("The bird flies.") // meanwhile
	close(go_on)
	tab.until(settled(1))
	tab.until(at(1) + `.querySelector("[role=status]").textContent.trim() !== "" && document.querySelectorAll("heed-view")[1].record.model === "en-fr-attention"`)
	type_("The bird sleeps.")
}
