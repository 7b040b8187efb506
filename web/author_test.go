//go:build !js

package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestAuthors has an author's page in a language that is written from the right, whose elements do what their author
// did not think of: a theme that is not the page's, a Record that is to run, pictures side by side that are taken.
func TestAuthors(t *testing.T) {
	t.Parallel()
	tab := newTab(t, events)
	page := strings.Replace(head, `lang="en"`, `lang="ar" dir="rtl"`, 1)
	tab.do(chromedp.EmulateViewport(1000, 1400), chromedp.Navigate(stranger(t, site, page+`<heed-view model="en-fr" theme="dark" editable>I like tea.</heed-view>
		<heed-view loading="eager" theme="light" record="HEED/models/en-fr-attention/example.json"></heed-view>
		<heed-view loading="eager" view="compare" compare="en-fr-context" controls="none">I like tea.</heed-view>`)))
	ground := func(n string) string {
		return tab.said(`getComputedStyle(document.querySelectorAll("heed-view")[` + n + `]).backgroundColor`)
	}
	tab.until(settled(0))
	equal(t, "the ground of a dark theme", ground("0"), "rgb(18, 20, 24)")
	equal(t, "the ground of a light theme", ground("1"), "rgb(252, 250, 246)")
	equal(t, "the ground without one", ground("2"), "rgba(0, 0, 0, 0)")
	equal(t, "the way of labels and sentences", tab.said(`[getComputedStyle(`+root+`.querySelector("[part=frame]")).direction, `+root+`.querySelector("textarea").dir].join()`), "ltr,auto")

	awaited := func(n, js string) string {
		return get(tab, chromedp.Evaluate[string](`(async () => { const v = document.querySelectorAll("heed-view")[`+n+`]; return String(await (`+js+`)); })().catch((e) => e.message)`, chromedp.EvalAwaitPromise))
	}
	refused := "This heed-view draws a Record, without a model. Remove its record attribute before calling run."
	equal(t, "a Record that is to run", awaited("1", `v.run("I like tea.")`), refused)
	equal(t, "the text after that", awaited("1", `v.getAttribute("text")`), "null")
	equal(t, "its picture", awaited("1", `v.toSVG().then((svg) => svg.startsWith("<svg"))`), "true")
	equal(t, "pictures side by side", awaited("2", `v.toSVG().then((svg) => svg.split(">tea<").length - 1)`), "2")
	equal(t, "as a Blob", awaited("2", `v.toPNG().then((png) => png.type)`), "image/png")
}

// TestGridAndBack opens a head of a grid that has no controls, and goes back to the grid; one click is told once.
func TestGridAndBack(t *testing.T) {
	t.Parallel()
	tab := newTab(t, events)
	tab.do(chromedp.EmulateViewport(1000, 1000), chromedp.Navigate(stranger(t, site, head+`<heed-view model="en-fr" view="grid" kind="self" controls="none">I like tea.</heed-view>`)))
	seen := func(view string) string {
		return root + `?.querySelector("[data-state=ready] .stage[data-view=` + view + `]")`
	}
	back := root + `.querySelector(".back")`
	tab.until(seen("grid"))
	equal(t, "a way back from the grid itself", get(tab, chromedp.Evaluate[bool](back+`.hidden`)), true)
	stage := get(tab, chromedp.Evaluate[[]float64](`(() => { const b = `+root+`.querySelector(".stage").getBoundingClientRect(); return [b.x, b.y] })()`))
	tab.do(chromedp.MouseClickXY(stage[0]+180, stage[1]+90))
	tab.until(seen("heatmap") + ` && !` + back + `.hidden`)
	still := func() {
		tab.run(`globalThis.frames = 0; const next = () => { if (++frames < 5) requestAnimationFrame(next); }; next()`)
		tab.until(`frames === 5`)
	}
	still()
	tab.run(`reported.length = 0`)
	tab.tap(root + `.querySelector("[role=gridcell]")`)
	tab.until(`reported.some((e) => e.type === "heed-select")`)
	still()
	equal(t, "what is told of a click", tab.said(`JSON.stringify(reported.filter((e) => e.type === "heed-select").map((e) => [e.detail.row, e.detail.column]))`), "[[0,0]]")
	tab.tap(back)
	tab.until(seen("grid") + ` && ` + back + `.hidden`)
}

// TestUnshared loads Heed from a server that lets no other page read its files, and is told what that server lacks.
func TestUnshared(t *testing.T) {
	t.Parallel()
	target, _ := url.Parse(site)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Del("Access-Control-Allow-Origin")
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	tab := newTab(t, "")
	tab.excuse() // the browser says it, too
	tab.do(chromedp.Navigate(stranger(t, server.URL+"/", head+`<heed-view model="en-fr">I like tea.</heed-view>`)))
	tab.until(root + `?.querySelector("[part=failure]")`)
	equal(t, "what the element says", tab.said(root+`.querySelector("[part=failure]").firstChild.textContent`), "Heed’s engine could not be downloaded: "+server.URL+
		" answers, but does not let this page read its files. It must send Access-Control-Allow-Origin with them (CORS). ")
}

// TestDraggedSlider drags a score until another word is written, which changes how high the picture is: the slider
// stays under the hand.
func TestDraggedSlider(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(site+"web/lessons/soft-attention.html"))
	const view = `document.getElementById("soft-attention-2")`
	const slider = view + `.shadowRoot.getElementById("score")`
	tab.run(view + `.scrollIntoView()`)
	tab.until(view + `.shadowRoot.querySelector("[data-state=ready] [data-request]") && ` + slider + `.checkVisibility()`)
	tab.run(slider + `.scrollIntoView({ block: "center" })`)
	place := func() []float64 {
		return get(tab, chromedp.Evaluate[[]float64](`(() => { const b = `+slider+`.getBoundingClientRect(), at = (`+slider+`.value - `+slider+`.min) / (`+slider+`.max - `+slider+`.min);
			return [b.left, b.top, b.width, b.height, at] })()`))
	}
	before := place()
	x, y := before[0]+6+(before[2]-12)*before[4], before[1]+before[3]/2
	tab.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, x, y, chromedp.ButtonLeft))
	for x < before[0]+before[2]-4 {
		x += 4
		tab.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y, chromedp.ButtonLeft))
	}
	says := func(word string) string {
		return view + `.shadowRoot.querySelector("[part=output]").textContent.includes(` + quote(word) + `) && ` + view + `.shadowRoot.querySelector("[data-state=ready]")`
	}
	tab.until(says("voiture blanche."))
	during := place()
	equal(t, "where the slider is while it is dragged", [2]float64(during[:2]), [2]float64(before[:2]))
	tab.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, x, y, chromedp.ButtonLeft))
	tab.until(`!` + view + `.shadowRoot.querySelector(".held") && ` + view + `.shadowRoot.querySelector("label[for=force]").textContent.includes("bl”")`)
}
