//go:build !js

package web_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// ask has the dialog open an address.
func (tab *tab) ask(typed string) {
	tab.t.Helper()
	tab.click(".open-model")
	tab.run(`const box = ` + root + `.getElementById("model-address"); box.value = ` + quote(typed) + `; box.form.requestSubmit()`)
}

// A model on its way can be cancelled, and is called off by who goes to another meanwhile: it does not take that one's place.
func TestOpenCalledOff(t *testing.T) {
	t.Parallel()
	files := tiny(t)
	ended := make(chan bool, 10)
	at := host(t, files, true, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "model.safetensors") {
			return false
		}
		sendHalf(w, files["model.safetensors"])
		<-r.Context().Done()
		ended <- true
		return true
	})
	tab := show(t, "text", "I see a cat.")
	tab.excuse() // optional files are not there
	over := func() {
		t.Helper()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("the download goes on")
		}
	}
	const cancel = root + `.querySelector(".notes button")`
	tab.ask(at)
	tab.until(cancel + `?.textContent === "Cancel" && ` + notes + `.includes("MB")`)
	tab.run(cancel + `.click()`)
	over()
	tab.until(`!` + cancel)
	equal(t, "where the focus is", tab.said(root+`.activeElement.id`), "text")

	tab.ask(at)
	tab.until(cancel + ` && ` + notes + `.includes("MB")`)
	tab.run(root + `.querySelector("[name=model][value=stories]").click()`)
	over()
	tab.until(`!` + cancel)
	tab.until(ready + ` && document.querySelector("heed-view").record.model === "stories"`)

	tab.run(`location.hash = ` + quote("#"+address("model", at)))
	button := func(begins string) string {
		return `[...` + root + `.querySelectorAll(".message button")].find((b) => b.textContent.startsWith("` + begins + `"))`
	}
	tab.until(button("Open it"))
	tab.run(button("Open it") + `.click()`)
	tab.until(root + `.querySelector(".message")?.textContent.includes("MB")`)
	tab.run(button("Continue") + `.click()`)
	over()
	tab.until(ready + ` && document.querySelector("heed-view").record.model !== "stories"`)
}

// Of several models among what is dropped none is opened, and it says which they are.
func TestOpenSeveral(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for name, data := range tiny(t) {
		files["a/"+name], files["b/c/"+name] = data, data
	}
	dir := folder(t, "both", files)
	tab := show(t, "text", "I see a cat.")
	tab.dropPaths(dir)
	tab.until(notes + `.includes("There are several models among these files: both/a, both/b/c.")`)
	tab.dropPaths(filepath.Join(dir, "a"), filepath.Join(dir, "b"))
	tab.until(notes + `.includes("There are several models among these files: a, b/c.")`)
	tab.dropPaths(filepath.Join(dir, "b"))
	tab.shows("c")
}

// A model that was kept of another site's address is there at the next visit at once, whether that site is or not.
func TestKeptAddress(t *testing.T) {
	t.Parallel()
	var dead atomic.Bool
	at := host(t, tiny(t), true, func(http.ResponseWriter, *http.Request) bool {
		if dead.Load() {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	tab := show(t, "text", "the cat ___")
	tab.excuse()
	tab.ask(at)
	tab.shows("tiny")
	tab.keep("tiny")
	tab.until(`decodeURIComponent(location.hash).includes("model=http")`) // it follows after a pause
	dead.Store(true)
	tab.do(chromedp.Reload())
	tab.shows("tiny")
}

// A model of the Hugging Face Hub is opened by the name that the command line has for it.
func TestOpenHub(t *testing.T) {
	t.Parallel()
	const hub = "https://huggingface.co/owner/tiny/resolve/v1/"
	tab := newTab(t, `const theirs = fetch;
		globalThis.fetch = (address, ...rest) => theirs(String(address.url ?? address).replace("`+hub+`", "`+host(t, tiny(t), true, nil)+`"), ...rest);`)
	tab.excuse()
	tab.do(chromedp.Navigate(site + "#" + address("text", "the cat ___")))
	tab.until(ready)
	tab.ask("hf:owner/tiny@v1")
	tab.shows("tiny")
	tab.until(`decodeURIComponent(location.hash).includes("model=` + hub + `&")`)
}

// A link to a model of this device, and the code that embeds it, are said to be of use here alone.
func TestLinkOnlyHere(t *testing.T) {
	t.Parallel()
	tab := newTab(t, saving)
	tab.do(chromedp.Navigate(site + "#" + address("text", "the cat ___")))
	tab.until(ready)
	const said = root + `.querySelector(".tools .said").textContent`
	tab.run(wordButton("Copy link") + `.click()`)
	tab.until(said + ` === "Copied. Whoever opens it sees what you see."`)
	tab.dropPaths(folder(t, "tiny", tiny(t)))
	tab.shows("tiny")
	const only = "The model is on this device only, so nobody else can open this."
	tab.run(wordButton("Copy link") + `.click()`)
	tab.until(said + ` === ` + quote(only+" Copied."))
	tab.run(wordButton("Embed") + `.click()`)
	tab.until(said + ` === ` + quote(only))
	tab.run(wordButton("Copy") + `.click()`)
	tab.until(said + ` === ` + quote(only+" Copied. Paste it into your page."))
	tab.run(root + `.querySelector("[name=model][value=en-fr]").click()`)
	tab.until(ready + ` && document.querySelector("heed-view").record.model === "en-fr"`)
	tab.run(wordButton("Copy link") + `.click()`)
	tab.until(said + ` === "Copied. Whoever opens it sees what you see."`)
}
