//go:build !js

package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestLessonStill scrolls through a chapter and stops before each view until it has come, so that all of
// its loading is seen; nothing that is on the screen moves, on a wide page or on a narrow one.
func TestLessonStill(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int64{{1440, 900}, {390, 844}} {
		scrolled(t, "evidence.html", size[0], size[1])
	}
}

// scrolled adds up the layout shifts of a chapter; which they are, and how high the views have become, is said
// where there are any.
func scrolled(t *testing.T, name string, width, height int64) {
	t.Helper()
	tab := newTab(t, `globalThis.shifts = []; globalThis.shift = 0; new PerformanceObserver((list) => {
		const what = (n) => n ? n.localName ?? n.parentNode?.localName : "something in a view";
		for (const e of list.getEntries()) {
			if (e.hadRecentInput) continue;
			shift += e.value;
			shifts.push(e.value.toFixed(5) + " at " + Math.round(scrollY) + ": " + e.sources.map((s) => what(s.node) + " " + [s.previousRect.y, s.previousRect.height, s.currentRect.y, s.currentRect.height].map(Math.round)).join("; "));
		}
	}).observe({ type: "layout-shift", buffered: true });`)
	tab.do(call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500}),
		chromedp.Navigate(site+"web/lessons/"+name))
	said := get(tab, chromedp.Evaluate[[]string](`(async () => {
		const views = [...document.querySelectorAll("heed-view")], rooms = views.map((v) => v.offsetHeight);
		const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
		const seen = (v) => { const box = v.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; };
		const ready = (v) => v.shadowRoot.querySelector("[data-state=ready]") && !v.shadowRoot.querySelector("[data-waits]");
		for (let y = 0; y + innerHeight < document.documentElement.scrollHeight; y += 250) {
			scrollTo({ top: y, behavior: "instant" });
			await frames();
			for (let i = 0; i < 600 && !views.every((v) => !seen(v) || ready(v)); i++) await new Promise((done) => setTimeout(done, 50));
			await frames();
		}
		return [shift.toFixed(4), ...shifts, ...views.map((v, i) => [v.getAttribute("view"), v.getAttribute("model"), v.className, "has", v.offsetHeight, "pixels and had", rooms[i], ready(v) ? "" : "not ready"].join(" "))];
	})()`, chromedp.EvalAwaitPromise))
	var sum float64
	fmt.Sscan(said[0], &sum)
	t.Logf("%s at %d pixels: layout shift %s", name, width, said[0])
	if sum >= 0.0005 || strings.Contains(said[len(said)-1], "not ready") {
		t.Errorf("%s at %d pixels, layout shift %s", name, width, strings.Join(said, "\n"))
	}
}
