//go:build !js

package web_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axe loads axe-core into the page, and returns what has it look for what keeps people out.
func (tab *tab) axe() (check func(of string)) {
	axe, err := os.ReadFile("../.cache/axe.js")
	if err != nil {
		tab.t.Skip("axe-core is not there; ./build.sh test fetches it from npm")
	}
	tab.excuse() // it tries to set styles of its own, which the policy refuses
	get(tab, chromedp.Evaluate[chromedp.Void]("void (() => {"+string(axe)+"\n})()"))
	return func(of string) {
		tab.t.Helper()
		tab.run(`globalThis.found = null; axe.run({ resultTypes: ["violations"] }).then((r) => found = r.violations.map((v) =>
			v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.target.flat().at(-1) + " " + n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join("; ")).join("\n"))`)
		tab.until(`globalThis.found !== null`)
		if found := tab.said("found"); found != "" {
			tab.t.Errorf("%s:\n%s", of, found)
		}
	}
}

// TestAxe has axe-core look for what keeps people out, in every view, in light and dark. "./build.sh test"
// fetches it from npm.
func TestAxe(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(site))
	tab.until(ready)
	check := tab.axe()
	scheme := func(name string) {
		tab.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		}}))
		// A colour that is on its way is neither.
		tab.run(`globalThis.frames3 = 0; const next = () => { if (++frames3 < 3) requestAnimationFrame(next); }; requestAnimationFrame(next)`)
		tab.until(`frames3 === 3 && ` + root + `.getAnimations().length === 0 && matchMedia("(prefers-color-scheme: ` + name + `)").matches`)
	}
	for _, address := range []string{
		"view=links&text=I+like+tea.", "view=heatmap&text=I+like+tea.", "view=grid&text=I+like+tea.", "view=steps&text=I+like+tea.",
		"view=flow&text=I+like+tea.", "view=tower&text=I+like+tea.", "view=predictions&text=I+like+tea.", "view=compare&text=I+like+tea.",
		"view=compare&compare=text:I+like+cats.&text=I+like+tea.", "view=compare&compare=0.0,2.4&text=I+like+tea.", "model=stories&view=predictions&lens=1",
		"model=en-fr-context&text=I+like+tea.", "model=en-fr-attention&view=context&text=I+like+tea.",
		"model=stories", "model=fill", "text=", "model=en-fr&layer=99&text=I+like+tea.",
	} {
		tab.run(`location.hash = "` + address + `"`)
		tab.until(ready)
		if strings.Contains(address, "lens") {
			tab.until(root + `.querySelector("#cursor")?.ariaLabel?.startsWith("layer ")`)
		}
		if strings.Contains(address, "compare") {
			tab.until(`[...` + root + `.querySelectorAll(".lane canvas")].length > 1 && [...` + root + `.querySelectorAll(".lane canvas")].every((c) => c.ariaLabel)`)
		}
		for _, name := range []string{"light", "dark"} {
			scheme(name)
			check(address + ", " + name)
		}
	}
	// With everything open that opens.
	tab.run(`location.hash = "view=links&text=I+like+tea."`)
	tab.until(ready)
	tab.run(wordButton("Examples") + `.click(); ` + wordButton("Export") + `.click(); ` + root + `.querySelector("summary").click()`)
	tab.until(root + `.querySelector("tbody tr")`)
	check("with lists and table")
	tab.run(wordButton("Keys") + `.click()`)
	check("with the sheet of keys")
}

// TestKeyboardAlone does the whole job without a pointer: it types, chooses a view, walks to a cell, opens its
// steps, and exports them.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	tab := newTab(t, saving)
	tab.do(chromedp.Navigate(site))
	tab.until(ready)
	focused := func() string {
		return tab.said(`(() => { const e = ` + root + `.activeElement; return e ? (e.name || e.getAttribute("role") || e.textContent) : "" })()`)
	}
	tabTo := func(name string, options ...chromedp.KeyOption) {
		t.Helper()
		for range 30 {
			if tab.press(kb.Tab, options...); focused() == name {
				return
			}
		}
		t.Fatalf("Tab does not reach %s", name)
	}
	tabTo("text")
	tab.press("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	tab.press("I like tea.")
	tab.until(ready)
	tabTo("view")
	tab.press(kb.ArrowRight + kb.ArrowRight) // from links over the strips to the heatmap
	tab.until(root + `.querySelector("[role=grid]:not([hidden]) [role=gridcell]")`)
	tabTo("gridcell")
	tab.press(kb.ArrowDown + kb.ArrowRight + kb.Enter)
	tab.until(ready + ` && ` + root + `.querySelector(".stage").dataset.view === "steps"`)
	tab.until(root + `.activeElement?.ariaLabel`) // the focus is not lost
	tabTo("Export")
	tab.press(kb.Enter)
	tabTo("Page (HTML)")
	tab.press(kb.Enter)
	tab.until(`saved.length === 1`)
	if name := tab.said(`saved[0].name`); !strings.HasPrefix(name, "heed-en-fr-steps-cross-layer2-head") || !strings.HasSuffix(name, ".html") {
		t.Errorf("the file is called %s", name)
	}
	equal(t, "the focus in the end", focused(), "Export")
}
