//go:build !js

package web_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"heed/core/model"
)

// fetched is a path in .cache/models, where ./build.sh models puts other people's weights.
func fetched(t testing.TB, pattern string) string {
	t.Helper()
	all, _ := filepath.Glob(filepath.Join("..", ".cache", "models", pattern))
	if len(all) == 0 {
		t.Skipf("%s is not in .cache/models, so the test with real weights was not run: ./build.sh models fetches it", pattern)
	}
	path, err := filepath.Abs(all[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

const animal = "The animal didn't cross the street because it was too tired."

// TestMiniLM opens a public sentence model as a person does who drops its folder on the page.
func TestMiniLM(t *testing.T) {
	t.Parallel()
	dir := fetched(t, "minilm")
	tab := show(t, "text", animal, "view", "links")
	tab.dropPaths(dir)
	tab.shows("minilm")
	r := tab.record()
	if r.Task != model.Similarity || r.Text != animal || len(r.Tokens.Source) != 16 {
		t.Errorf("the Record is of task %q, text %q, with %d tokens", r.Task, r.Text, len(r.Tokens.Source))
	}
	tab.until(root + `.querySelector(".about").textContent.includes("6 layers of 12 heads")`)
	if name := os.Getenv("PICTURES"); name != "" {
		tab.do(chromedp.EmulateViewport(900, 1000))
		tab.until(ready)
		save(tab, filepath.Join(name, "minilm.png"))
	}
	if tab.said(root+`.querySelector("[part=output]")?.checkVisibility() + ""`) == "true" {
		t.Error("a model that writes nothing has a place for its output")
	}
	near := func(second string) (cosine float64) {
		tab.run(`document.querySelector("heed-view").compare = ` + strconv.Quote("text:"+second) + `; document.querySelector("heed-view").view = "compare"`)
		tab.until(notes + `.includes("Cosine of the two sentences’ vectors") && ` + ready)
		_, after, _ := strings.Cut(tab.said(notes), "vectors: ")
		number, _, _ := strings.Cut(after, ". ")
		cosine, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatal(err)
		}
		return cosine
	}
	if far, close := near("Prices of oil rose in March."), near("An exhausted animal stayed on its side of the road."); far > 0.25 || close < 0.5 {
		t.Errorf("a sentence of something else is as near as %.2f, one that says the same as %.2f", far, close)
	}
}

func save(tab *tab, path string) {
	picture := get(tab, chromedp.CaptureScreenshot())
	if err := os.WriteFile(path, picture, 0o666); err != nil {
		tab.t.Fatal(err)
	}
}

// TestSmolLM2 opens a public language model in 4 bits: it expects the right word, and writes on.
func TestSmolLM2(t *testing.T) {
	t.Parallel()
	file := fetched(t, "smollm2/*.gguf")
	tab := show(t, "text", "The capital of France is", "view", "predictions")
	tab.dropPaths(file)
	tab.shows("SmolLM2-135M-Instruct.Q4_1")
	r := tab.record()
	if r.Task != model.Generation || r.Predictions[len(r.Predictions)-1].Top[0].Text != " Paris" {
		t.Errorf("the Record is of task %q, and expects %+v", r.Task, r.Predictions[len(r.Predictions)-1].Top)
	}
}

// received counts the bytes of the buffers that workers send to the page.
const received = `globalThis.received = 0;
const Plain = Worker;
globalThis.Worker = class extends Plain {
	constructor(...all) {
		super(...all);
		this.addEventListener("message", ({ data }) => { for (const part of Object.values(data).flat()) received += part?.byteLength ?? 0; });
	}
};`

// TestLongText shows all heads of a text that is so long that the page is sent their maps in small, and types on. As they are they
// would be 19 MB at each key.
func TestLongText(t *testing.T) {
	dir := fetched(t, "minilm")
	tab := newTab(t, memoryOf+received)
	// The long text comes after the model: the page's own would translate it.
	tab.do(chromedp.Navigate(site + "#" + address("text", animal, "view", "grid")))
	tab.until(ready)
	tab.dropPaths(dir)
	tab.shows("minilm")
	named := `((cells) => cells.length === 6 * 13 && cells.every((cell) => cell.ariaLabel.includes(" look")))([...` + root + `.querySelectorAll("[role=grid]:not([hidden]) [role=gridcell]")])`
	text := strings.Repeat("The animal did not cross the street because it was too tired. ", 20)
	for _, word := range []string{"", "It "} {
		text += word
		tab.run("received = 0")
		tab.set("text", text)
		tab.until(ready + ` && document.querySelector("heed-view").record.text === ` + quote(text) + ` && ` + named)
		if sent := get(tab, chromedp.Evaluate[float64]("received")); sent < 1e6 || sent > 10e6 {
			t.Errorf("the page was sent %.1f MB", sent/1e6)
		}
	}
	if memory := get(tab, chromedp.Evaluate[float64]("engineMemory()", chromedp.EvalAwaitPromise)); memory > 500e6 {
		t.Errorf("the engine takes %.0f MB", memory/1e6)
	}
}
