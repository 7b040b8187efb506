//go:build !js

package web_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// rowsSay is what the open dialog says of its models, a line each.
const rowsSay = `[...` + root + `.querySelectorAll("dialog.open[open] li")].map((li) => li.textContent).join("\n")`

// listing opens the dialog, waits until it lists so many models, and returns what it says of them.
func (tab *tab) listing(n string) string {
	tab.t.Helper()
	tab.run(root + `.querySelector("dialog.open[open]")?.close()`)
	tab.click(".open-model")
	tab.until(root + `.querySelectorAll("dialog.open[open] li").length === ` + n)
	return tab.said(rowsSay)
}

// offers is the button of that name beside a model in the dialog.
func offers(title, word string) string {
	return `[...` + root + `.querySelectorAll("dialog.open[open] li")].filter((li) => li.textContent.startsWith("` + title + `,")).flatMap((li) => [...li.querySelectorAll("button")]).find((b) => b.textContent === "` + word + `")`
}

// keep has the browser keep a model that is open.
func (tab *tab) keep(title string) {
	tab.t.Helper()
	tab.click(".open-model")
	tab.until(offers(title, "Keep in this browser"))
	tab.run(offers(title, "Keep in this browser") + `.click()`)
	tab.until(offers(title, "Remove"))
	tab.run(root + `.querySelector("dialog.open[open]").close()`)
}

// Two folders of one name are two models, unless they are the same folder again.
func TestSameName(t *testing.T) {
	t.Parallel()
	files := tiny(t)
	one := folder(t, "llama", files)
	two := folder(t, "llama", files)
	// They differ in nothing but when a file was changed.
	if err := os.Chtimes(filepath.Join(two, "model.safetensors"), time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}

	tab := show(t, "text", "the cat sat on the ___")
	tab.dropPaths(one)
	tab.shows("llama")
	tab.keep("llama")
	tab.dropPaths(two)
	tab.shows("llama 2")
	tab.until(`decodeURIComponent(location.hash).includes("model=file:llama+2")`) // it follows after a pause
	tab.listing("2")
	equal(t, "what can be removed", tab.said(`String(!`+offers("llama", "Remove")+`)+!`+offers("llama 2", "Remove")), "falsetrue")
	tab.run(root + `.querySelector("dialog.open[open]").close()`)
	tab.dropPaths(one)
	tab.shows("llama")
	tab.keep("llama 2")
	tab.run(root + `.querySelector("[name=model][value='file:llama 2']").click()`)
	tab.shows("llama 2")
	tab.until(`decodeURIComponent(location.hash).includes("model=file:llama+2")`)
	tab.do(chromedp.Reload())
	tab.shows("llama 2")
	tab.dropPaths(two) // which is kept now
	tab.dropPaths(one)
	tab.shows("llama")
	tab.listing("2")
}

// A model that could not be opened is not offered to be kept; the same name is free for one that can.
func TestRefusedIsNotListed(t *testing.T) {
	t.Parallel()
	files := tiny(t)
	good := folder(t, "tiny", files)
	files["config.json"] = []byte("{")
	tab := show(t, "text", "the cat sat on the ___")
	tab.dropPaths(folder(t, "tiny", files))
	tab.until(notes + `.includes("“tiny” could not be opened")`)
	tab.dropPaths(folder(t, "other", files))
	tab.until(notes + `.includes("“other” could not be opened")`)
	tab.dropPaths(good)
	tab.shows("tiny")
	tab.listing("1")
}
