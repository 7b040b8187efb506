//go:build !js

package web_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPresentation has the sentence and its picture fill the window, without controls until they are asked for.
func TestPresentation(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(site+"#"+address("text", "The cat sleeps.", "view", "links")))
	tab.until(ready)
	stage := func() float64 {
		return get(tab, chromedp.Evaluate[float64](root+`.querySelector(".stage").getBoundingClientRect().height`))
	}
	const controls = root + `.querySelector("[part=controls]").checkVisibility()`
	usual := stage()
	tab.run(`document.activeElement?.blur()`)
	tab.press("p")
	tab.until(`location.hash.includes("present=1") && ` + root + `.querySelector(".present .stage").getBoundingClientRect().height > 1.5 * ` + strconv.FormatFloat(usual, 'f', -1, 64))
	equal(t, "the controls are seen", get(tab, chromedp.Evaluate[bool](controls)), false)
	equal(t, "the window is filled", get(tab, chromedp.Evaluate[bool](`(() => { const b = `+root+`.querySelector(".present").getBoundingClientRect();
		return b.left === 0 && b.top === 0 && Math.round(b.width) === innerWidth && Math.round(b.height) === innerHeight; })()`)), true)
	tab.run(root + `.querySelector(".fold button").click()`)
	tab.until(controls)
	tab.press(kb.Escape)
	tab.until(`!location.hash.includes("present") && !` + root + `.querySelector(".present")`)
	tab.until(root + `.querySelector(".stage").getBoundingClientRect().height === ` + strconv.FormatFloat(usual, 'f', -1, 64))

	// A low window, as one that is enlarged to 200 %, shows the sentence and its picture, and the controls when they are asked for;
	// beside a step of the tour too.
	const picture = root + `.querySelector(".stage").getBoundingClientRect().top`
	for _, size := range [][2]int64{{960, 540}, {720, 450}} {
		tab.do(chromedp.EmulateViewport(size[0], size[1]))
		tab.until(`innerHeight === ` + strconv.FormatInt(size[1], 10) + ` && ` + picture + ` < 0.65 * innerHeight`)
	}
	equal(t, "the controls are seen in a low window", get(tab, chromedp.Evaluate[bool](controls)), false)
	equal(t, "the low window is too narrow", get(tab, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`)), false)
	tab.run(root + `.querySelector(".fold button").click()`)
	tab.until(controls)
	tab.run(root + `.querySelector(".fold button").click()`)
	tab.goTo("step", "2")
	tab.until(ready + ` && ` + root + `.querySelector(".tour .step").checkVisibility() && ` + picture + ` < 0.75 * innerHeight`)

	// By its address, in a window of half the size: as at 200 %.
	tab.do(chromedp.EmulateViewport(720, 450), chromedp.Navigate(site+"?small#"+address("text", "The cat sleeps.", "view", "heatmap", "present", "1")))
	tab.until(ready + ` && ` + root + `.querySelector(".stage").getBoundingClientRect().top < 225`)
}

// TestThumb has a phone, with and without a keyboard, show the picture under the sentence, and every control that is
// asked for be as large as a fingertip.
func TestThumb(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.EmulateViewport(390, 450, chromedp.EmulateScale(2), chromedp.EmulateTouch), chromedp.Navigate(site+"#"+address("text", "The cat sleeps.", "view", "links")))
	tab.until(ready)
	const top = root + `.querySelector(".stage").getBoundingClientRect().top`
	if y := get(tab, chromedp.Evaluate[float64](top)); y > 270 {
		t.Errorf("above a keyboard the picture begins at %.0f of 450", y)
	}
	tab.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2), chromedp.EmulateTouch))
	tab.until(`innerHeight === 844 && ` + top + ` < 422`)
	tab.run(root + `.querySelector(".fold button").click()`)
	tab.until(root + `.querySelector("[part=controls]").checkVisibility()`)
	small := get(tab, chromedp.Evaluate[[]string](`[...`+root+`.querySelectorAll("button, select, summary, a, textarea, label:has(input), input[type=range], input[type=checkbox] + label")]
		.filter((e) => e.checkVisibility() && !e.closest(".stage") && !e.matches(".stop")).map((e) => [e, e.getBoundingClientRect()])
		.filter(([, box]) => box.height < 43.9 || box.width < 43.9).map(([e, box]) => [e.localName, e.textContent, Math.round(box.width), Math.round(box.height)].join(" "))`))
	if len(small) > 0 {
		t.Errorf("smaller than a fingertip: %q", small)
	}
	equal(t, "the page is wider than the screen", get(tab, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`)), false)
}

// TestPosterOfRecord has a Record take the place of the poster in its element, and the stop before it go.
func TestPosterOfRecord(t *testing.T) {
	t.Parallel()
	tab := newTab(t, `globalThis.loads = 0; addEventListener("heed-load", () => loads++);`)
	tab.do(chromedp.Navigate(stranger(t, site, head+`<heed-view record="`+site+`web/models/en-fr/example.json" view="heatmap">A sentence.<img alt="A poster" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"></heed-view>`)))
	tab.until(`loads === 1 && ` + root + `.querySelector("[data-request]") && !` + root + `.querySelector("[data-poster], .stop")`)
	equal(t, "the picture is seen", get(tab, chromedp.Evaluate[bool](root+`.querySelector(".stage canvas").checkVisibility({ visibilityProperty: true })`)), true)
}
