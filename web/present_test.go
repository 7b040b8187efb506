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

	// By its address, in a window of half the size: as at 200 %.
	tab.do(chromedp.EmulateViewport(720, 450), chromedp.Navigate(site+"?small#"+address("text", "The cat sleeps.", "view", "heatmap", "present", "1")))
	tab.until(ready + ` && ` + root + `.querySelector(".stage").getBoundingClientRect().top < 225`)
}
