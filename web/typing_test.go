//go:build !js

package web_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestTypingFast types as fast as keys can come. What is shown in the end belongs to the last text,
// and on the way the translation is never empty.
func TestTypingFast(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "My")
	tab.run(`const status = ` + root + `.querySelector("[role=status]");
		globalThis.shortest = Infinity;
		new MutationObserver(() => shortest = Math.min(shortest, status.textContent.length))
			.observe(status, { subtree: true, childList: true, characterData: true });
		const box = ` + root + `.querySelector("textarea"); box.focus(); box.setSelectionRange(9, 9)`)
	const rest = " sister has bought a green bicycle, and she rides it every day."
	tab.press(rest)
	tab.until(ready)
	equal(t, "the text", tab.said(root+`.querySelector("textarea").value`), "My"+rest)
	equal(t, "the translation", tab.said(output), native(t, "My"+rest, nil).Output)
	if n := get(tab, chromedp.Evaluate[float64]("shortest")); n == 0 {
		t.Error("the translation was empty in between")
	}
	equal(t, "the caret", get(tab, chromedp.Evaluate[int](root+`.querySelector("textarea").selectionStart`)), len("My"+rest))
	if n := get(tab, chromedp.Evaluate[int](`performance.getEntriesByName("heed-paint").length`)); n == 0 {
		t.Error("no painting was measured")
	}
}

// TestOldPicture: while an answer takes long, the picture of the text before steps back.
func TestOldPicture(t *testing.T) {
	tab := newTab(t, `const Theirs = Worker;
		globalThis.Worker = class extends Theirs {
			postMessage(message, ...rest) {
				setTimeout(() => super.postMessage(message, ...rest), message.header?.includes("slow") ? 1500 : 0);
			}
		};`)
	tab.do(chromedp.Navigate(site + "#text=A+quick+dog."))
	tab.until(ready)
	const opacity = `getComputedStyle(` + root + `.querySelector("canvas")).opacity`
	equal(t, "the opacity of the answer", tab.said(opacity), "1")
	tab.set("text", "A slow dog.")
	equal(t, "the opacity at once", tab.said(opacity), "1")
	tab.until(opacity + ` < 0.5 && ` + root + `.querySelector("[data-state=running]")`)
	tab.until(`getComputedStyle(` + root + `.querySelector("footer .time")).opacity < 0.5`) // how long the text before took
	tab.until(ready + ` && ` + opacity + ` === "1"`)
}

// TestReadout: what a pointer points at is read out, and taken back when the text changes.
func TestReadout(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "I like tea.", "view", "heatmap")
	const heard = root + `.querySelector("figure > p[aria-live]").textContent`
	at := get(tab, chromedp.Evaluate[[]float64](`(() => { const b = `+root+`.querySelector("[role=gridcell]").getBoundingClientRect();
		return [b.x + b.width / 2, b.y + b.height / 2]; })()`))
	tab.run(`const e = (type, x, y) => ` + root + `.querySelector(".stage").dispatchEvent(new PointerEvent(type, { clientX: x, clientY: y, bubbles: true }));
		e("pointermove", ` + fmt.Sprint(at[0]) + `, ` + fmt.Sprint(at[1]) + `);
		requestAnimationFrame(() => requestAnimationFrame(() => e("pointerleave", 0, 0)))`)
	tab.until(heard + `.includes(" looks at ")`)
	tab.set("text", "I like tea and bread.")
	tab.until(ready)
	equal(t, "what is heard after an edit", tab.said(heard), "")
}

// TestTypingCalmly: while somebody types, what is below the translation does not go up, and screen
// readers wait; both follow when he pauses.
func TestTypingCalmly(t *testing.T) {
	tab := newTab(t, "")
	tab.do(chromedp.EmulateViewport(390, 844))
	tab.do(chromedp.Navigate(site + "#" + address("text", "The old woman who lives near the river gave my brother some cake.")))
	tab.until(ready)
	const busy = root + `.querySelector("[role=status]").ariaBusy === "true"`
	tab.until(`!(` + busy + `)`)
	below := func() float64 {
		return get(tab, chromedp.Evaluate[float64](root+`.querySelector("[role=status]").parentElement.offsetHeight`))
	}
	high := below()
	tab.set("text", "The")
	tab.until(ready)
	equal(t, "the height at once", below(), high)
	equal(t, "busy at once", get(tab, chromedp.Evaluate[bool](busy)), true)
	tab.until(`!(` + busy + `)`)
	tab.until(root + `.querySelector("[role=status]").parentElement.offsetHeight < ` + strconv.FormatFloat(high, 'f', -1, 64))
}

// TestTypedWindow: for a key the canvas has what is seen of a tall picture, pixel by pixel, and a little around it; what
// is scrolled to is there.
func TestTypedWindow(t *testing.T) {
	tab := show(t, "model", "stories", "view", "heatmap", "text", "Once")
	tab.do(chromedp.EmulateViewport(1280, 700))
	tab.set("text", strings.Repeat("Once upon a time there was a little girl who had a red ball. ", 4))
	const canvas = root + `.querySelector(".stage canvas")`
	tab.until(ready + ` && ` + canvas + `.width > 1000`)
	sharp := func() {
		t.Helper()
		tab.until(`(() => { const c = ` + canvas + `, r = c.getBoundingClientRect(); return c.width === r.width && c.height === r.height; })()`)
	}
	sharp()
	stage := root + `.querySelector(".stage").offsetHeight`
	tab.until(canvas + `.height < ` + stage + ` - 200 && ` + canvas + `.getBoundingClientRect().bottom >= innerHeight`)
	tab.run(`scrollTo(0, 1e6)`)
	tab.until(`(() => { const c = ` + canvas + `.getBoundingClientRect(), s = ` + root + `.querySelector(".stage").getBoundingClientRect(); return c.bottom >= Math.min(innerHeight, s.bottom); })()`)
	sharp()
}

func TestOwnTranslation(t *testing.T) {
	t.Parallel()
	const text, own = "The house is small.", "Elle est petite, la maison."
	tab := show(t, "text", text, "view", "heatmap")
	turn := func() { tab.run(root + `.querySelector(".turn").click()`) }
	turn()
	equal(t, "the focus", tab.said(root+`.activeElement.id`), "target")
	equal(t, "its label", tab.said(root+`.activeElement.labels[0].textContent`), "Type French")
	equal(t, "to begin with", tab.said(root+`.activeElement.value`), native(t, text, nil).Output)
	tab.press(own) // over the selected whole
	tab.until(ready + ` && new URLSearchParams(location.hash.slice(1)).get("target") === "` + own + `"`)
	target := own
	want := native(t, text, &target)
	got := tab.record()
	equal(t, "the output", got.Output, own)
	open := opening(t)
	a, b := got.Find(open.Kind, open.Layer, open.Head), want.Find(open.Kind, open.Layer, open.Head)
	for i := range b.Weights {
		if math.Abs(float64(a.Weights[i]-b.Weights[i])) > 1e-3 {
			t.Fatalf("weight %d is %v, natively %v", i, a.Weights[i], b.Weights[i])
		}
	}
	tab.do(chromedp.Reload())
	tab.until(ready)
	equal(t, "the own translation after loading anew", tab.said(root+`.getElementById("target").value`), own)
	turn()
	tab.until(ready + ` && ` + root + `.querySelector("[role=status]").checkVisibility()`)
	equal(t, "the model's translation", tab.said(output), native(t, text, nil).Output)
	tab.until(`!location.hash.includes("target")`)
}

func TestOddTexts(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "Hello.")
	for _, test := range []struct{ name, text string }{
		{"emoji", "I love 🐈‍⬛ and 👩🏽‍🚀, don't you? 🇫🇷"},
		{"right to left", "שלום עולם, مرحبا بالعالم"},
		{"NUL", "a\x00b \x00"},
		{"spaces", "   \n\t  "},
		{"markup", "<img src=x onerror=alert(1)> <b>bold</b> &amp;"},
		{"one long word", strings.Repeat("donaudampfschiff", 60)},
		{"lines", "One.\nTwo.\n\nThree."},
		{"10,000 words", strings.TrimSpace(strings.Repeat("word after word ", 3333))},
		{"empty", ""},
	} {
		tab.set("text", test.text)
		tab.until(ready)
		tab.until(`(history.state?.text ?? new URLSearchParams(location.hash.slice(1)).get("text")) === ` + root + `.querySelector("textarea").value`)
		equal(t, test.name+": the text", tab.said(root+`.querySelector("textarea").value`), test.text)
		notes := tab.said(root + `.querySelector(".notes").textContent`)
		switch test.name {
		case "10,000 words":
			if !strings.Contains(notes, "the model reads the first") {
				t.Errorf("of a long text the page says %q", notes)
			}
		case "empty", "spaces":
			equal(t, test.name+": the translation", tab.said(output), "")
			equal(t, test.name+": the time", tab.said(root+`.querySelector(".time").textContent`), "")
			if said := tab.said(root + `.querySelector(".message").innerText`); !strings.Contains(said, "Type a sentence") {
				t.Errorf("of an empty text the page says %q", said)
			}
		case "emoji", "right to left", "markup":
			equal(t, test.name+": the translation", tab.said(output), native(t, test.text, nil).Output)
			equal(t, test.name+": is it read byte by byte", strings.Contains(notes, "byte by byte"), test.name != "markup")
		}
	}
	// An example is one click away.
	tab.run(root + `.querySelector(".message button").click()`)
	tab.until(ready + ` && ` + output + ` !== ""`)
	if n := get(tab, chromedp.Evaluate[int](root+`.querySelectorAll("img, b").length`)); n > 0 {
		t.Error("text became markup")
	}
}

// TestLargePaste pastes five million letters: the box takes as many as an address may have, the page does not stand still, and the
// model reads the first of them.
func TestLargePaste(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "")
	tab.run(root + `.getElementById("text").focus()`)
	tab.run(watching)
	tab.do(call(input.InsertText, input.InsertTextParams{Text: strings.Repeat("word ", 1_000_000)}))
	tab.until(ready + ` && ` + root + `.querySelector(".notes").textContent.includes("the model reads the first")`)
	equal(t, "letters in the box", get(tab, chromedp.Evaluate[int](root+`.getElementById("text").value.length`)), 1<<16)
	t.Logf("%.0f ms", tab.moves())
}
