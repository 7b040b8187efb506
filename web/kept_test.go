//go:build !js

package web_test

import (
	"os"
	"path/filepath"
	"strings"
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

// slowly has each file that is made in the browser's storage wait while slow is a promise.
const slowly = `globalThis.slow = null;
	const file = FileSystemDirectoryHandle.prototype.getFileHandle;
	FileSystemDirectoryHandle.prototype.getFileHandle = async function (name, how) {
		if (how?.create) await slow;
		return file.call(this, name, how);
	};
	globalThis.hold = () => { slow = new Promise((go) => { globalThis.release = () => { slow = null; go(); }; }); };
	globalThis.stored = async () => {
		const all = [];
		const models = await (await navigator.storage.getDirectory()).getDirectoryHandle("heed-models", { create: true });
		for await (const folder of models.values()) {
			const names = [];
			for await (const name of folder.keys()) names.push(decodeURIComponent(name));
			all.push(decodeURIComponent(folder.name) + ": " + names.sort().join(" "));
		}
		return all.join("; ");
	};`

// What a model reads is kept, and counted; other forms of its weights are not. While it is copied it can be cancelled. What
// was broken off is freed by the next start, but not while another tab copies it.
func TestKeepOnlyWhatIsRead(t *testing.T) {
	t.Parallel()
	files := tiny(t)
	files["pytorch_model.bin"], files["onnx/model.onnx"], files["vocab.txt"] = make([]byte, 5e6), make([]byte, 5e6), []byte("x")
	const whole = "file:large: config.json heed.json model.safetensors tokenizer.json"
	tab := newTab(t, slowly)
	tab.do(chromedp.Navigate(site + "#" + address("text", "the cat sat on the ___")))
	tab.until(ready)
	tab.dropPaths(folder(t, "large", files))
	tab.shows("large")
	if about := tab.said(root + `.querySelector(".about").textContent`); !strings.Contains(about, "0.0\u00a0MB") {
		t.Errorf("the page says of it %q", about)
	}
	if rows := tab.listing("1"); !strings.Contains(rows, "large, 0.0 MB") {
		t.Errorf("the dialog says %q", rows)
	}
	begin := func() {
		t.Helper()
		tab.run(`hold(); ` + offers("large", "Keep in this browser") + `.click()`)
		tab.until(offers("large", "Cancel"))
	}
	begin()
	if rows := tab.said(rowsSay); !strings.Contains(rows, "kB copied") {
		t.Errorf("while it is copied the dialog says %q", rows)
	}
	tab.run(offers("large", "Cancel") + `.click(); release()`)
	tab.until(offers("large", "Keep in this browser"))
	equal(t, "what is left after Cancel", tab.awaited(`stored()`), "")

	begin()
	tab.run(root + `.querySelector("dialog.open[open]").close()`)
	tab.click(".open-model") // which shows the same copying
	tab.until(offers("large", "Cancel"))
	tab.run(`document.body.append(Object.assign(document.createElement("iframe"), { src: "index.html?other#text=Hello.", style: "position: fixed; inset: 0" }))`)
	tab.until(`frames[0].document.querySelector("heed-view")?.shadowRoot?.querySelector("[data-state=ready]")`)
	tab.run(`release()`)
	tab.until(offers("large", "Remove"))
	equal(t, "what is kept", tab.awaited(`stored()`), whole)

	tab.run(offers("large", "Remove") + `.click()`)
	tab.until(offers("large", "Keep in this browser"))
	begin()
	tab.eventually(`stored()`, "file:large: ")
	tab.do(chromedp.Navigate(site+"#text=Hello."), chromedp.Reload())
	tab.until(ready)
	tab.eventually(`stored()`, "")
}

// A model that is kept again takes the place of the copy before when it is whole, and not before: where the copying breaks off, that is
// there still.
func TestKeepAgain(t *testing.T) {
	t.Parallel()
	const keep = `(files) => kept.keep({ id: "file:net", name: "net", title: "net", bytes: 3, files })`
	const with = `import(new URL("web/heed/kept.mjs", location.href)).then(({ kept }) => (`
	tab := newTab(t, slowly)
	tab.do(chromedp.Navigate(site))
	tab.until(ready)
	kept := func(files string) string {
		return tab.awaited(with + keep + `)(` + files + `)).then(() => stored(), (error) => error.message)`)
	}
	file := func(name, text string) string {
		return `{ name: "` + name + `", blob: new Blob(["` + text + `"]) }`
	}
	broken := `{ name: "b", blob: { size: 2, slice() { throw new Error("the disk is gone"); } } }`
	texts := with + `kept.files("file:net"))).then(({ files }) => Promise.all(files.map(({ blob }) => blob.text()))).then((all) => all.join(" "))`
	equal(t, "kept first", kept(`[`+file("a", "one")+`, `+file("b", "two")+`]`), "file:net: a b heed.json")
	equal(t, "broken off", kept(`[`+file("a", "three")+`, `+broken+`]`), "The model could not be kept in this browser: the disk is gone.")
	equal(t, "what is kept then", tab.awaited(texts), "one two")
	equal(t, "what lies there", tab.awaited(`stored()`), "file:net: a b heed.json")
	equal(t, "kept again", kept(`[`+file("a", "three")+`, `+file("again a", "four")+`]`), "file:net: again a again again a heed.json")
	equal(t, "what is kept then", tab.awaited(texts), "three four")
	// Names that stand for something else in the folder are those of files like others.
	equal(t, "and again", kept(`[`+file("a", "five")+`, `+file("again a", "six")+`, `+file("heed.json", "seven")+`]`), "file:net: a again a file heed.json heed.json")
	equal(t, "what is kept then", tab.awaited(texts), "five six seven")

	// A tab that ended while it copied leaves half of a second copy, which the next one frees.
	tab.awaited(`navigator.storage.getDirectory().then((all) => all.getDirectoryHandle("heed-models")).then((all) => all.getDirectoryHandle("file%3Anet"))
		.then((folder) => folder.getFileHandle("again a", { create: true }))`)
	tab.awaited(with + `kept.tidy()))`)
	equal(t, "what lies there", tab.awaited(`stored()`), "file:net: a again a file heed.json heed.json")
	equal(t, "what is kept then", tab.awaited(texts), "five six seven")
}

// A kept model that its reader removes is shown until another is, and then gone.
func TestRemoveKept(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "the cat sat on the ___")
	tab.dropPaths(folder(t, "tiny", tiny(t)))
	tab.shows("tiny")
	tab.keep("tiny")
	tab.until(`decodeURIComponent(location.hash).includes("model=file:tiny")`)
	tab.do(chromedp.Reload())
	tab.shows("tiny")
	tab.listing("1")
	tab.run(offers("tiny", "Remove") + `.click()`)
	tab.until(root + `.querySelectorAll("dialog.open[open] li").length === 0`)
	tab.run(root + `.querySelector("dialog.open[open]").close()`)
	tab.do(chromedp.Reload())
	tab.until(root + `?.textContent.includes("tiny was opened from files on this device, and this page no longer has them")`)
}
