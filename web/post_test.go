//go:build !js

package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestLateText has elements that come to the page before their text does: from a server that pauses in the middle, by a
// script that fills them in the same task.
func TestLateText(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(serving(t, "", nil, map[string]http.HandlerFunc{"/post.html": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		say := func(s string) {
			fmt.Fprint(w, s)
			w.(http.Flusher).Flush()
			time.Sleep(700 * time.Millisecond)
		}
		say(`<!doctype html><html lang="en"><title>A post</title><link rel="icon" href="data:,"><link rel="stylesheet" href="web/heed.css"><script src="web/heed.js"></script><heed-view>`)
		say(`The black cat`)
		say(` sleeps.</heed-view><div>`)
		say(`</div>`)
	}})))
	tab.until(settled(0))
	equal(t, "the text of a slow server", tab.said(`document.querySelector("heed-view").record.text`), "The black cat sleeps.")
	tab.run(`const v = document.createElement("heed-view"); v.loading = "eager"; document.querySelector("div").append(v); v.textContent = "I like tea."`)
	tab.until(settled(1))
	equal(t, "the text of a script", tab.said(`document.querySelectorAll("heed-view")[1].record.text`), "I like tea.")
}

// TestProse: what is read as the sentence is what a reader reads as it.
func TestProse(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(serving(t, post+`<p>Nothing yet.</p>`, nil, nil)))
	tab.until(`customElements.get("heed-view")`)
	for markup, want := range map[string]string{
		`The black cat sleeps.`:                       "The black cat sleeps.",
		` The <b>bl</b>ack` + "\n\t" + `cat sleeps. `: "The black cat sleeps.",
		`<p>One two.</p><p>Three.</p>`:                "One two. Three.",
		`One<br>two<div>three</div>four`:              "One two three four",
		`Tea.<svg viewBox="0 0 1 1"><title>A heatmap</title><desc>Of words</desc><text>0.5</text></svg>`:                       "Tea.",
		`Tea.<style>p { color: red }</style><script type="text/plain">x</script><template>T</template><noscript>No</noscript>`: "Tea.",
		`Tea.<picture><img alt="A picture" src="data:,"></picture><figure><figcaption>Figure 1</figcaption></figure>`:          "Tea.",
		`Tea.<span hidden>Hidden</span><button>Copy</button><!-- a comment -->`:                                                "Tea.",
		`<ruby>tea<rp>(</rp><rt>ti</rt><rp>)</rp></ruby> time`:                                                                 "tea time",
		`I <my-mark>like</my-mark>s tea.`:   "I likes tea.",
		`<ul><li>One</li><li>two</li></ul>`: "One two",
	} {
		got := tab.said(`(() => { const d = new DOMParser().parseFromString(` + quote("<heed-view>"+markup+"</heed-view>") + `, "text/html");
			const v = document.importNode(d.querySelector("heed-view"), true); document.querySelector("p").replaceChildren(v); const { text } = v; v.remove(); return text; })()`)
		equal(t, markup, got, want)
	}
}

// TestUntranslated: a browser that translates pages leaves the sentence, the output and the picture alone.
func TestUntranslated(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(serving(t, post+`<heed-view>I like tea.</heed-view><heed-view translate="yes">I like tea.</heed-view>`, nil, nil)))
	tab.until(settled(0))
	equal(t, "the element", tab.said(`document.querySelector("heed-view").getAttribute("translate")`), "no")
	equal(t, "an author's own wish", tab.said(`document.querySelectorAll("heed-view")[1].getAttribute("translate")`), "yes")
}

// TestSandboxed has the element in a sandboxed frame, whose origin is none: where the server does not share its files, the
// element says that.
func TestSandboxed(t *testing.T) {
	t.Parallel()
	target, _ := url.Parse(site)
	proxy := httputil.NewSingleHostReverseProxy(target)
	shared := true
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Del("Content-Security-Policy")
		if !shared {
			r.Header.Del("Access-Control-Allow-Origin")
		}
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/outer.html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<!doctype html><title>Outer</title><link rel="icon" href="data:,"><iframe sandbox="allow-scripts" src="post.html" width="800" height="700"></iframe>
				<script>globalThis.told = ""; addEventListener("message", (e) => { told = e.data; });</script>`)
		case "/post.html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, post+`<heed-view>I like tea.</heed-view><script>
				addEventListener("heed-error", (e) => parent.postMessage(e.detail.message, "*"));
				addEventListener("heed-record", (e) => parent.postMessage(e.detail.output, "*"));</script>`)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	defer server.Close()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(server.URL + "/outer.html"))
	tab.until(`told === ` + quote(native(t, "I like tea.", nil).Output))
	shared = false
	tab = newTab(t, "")
	tab.excuse()
	tab.do(chromedp.Navigate(server.URL + "/outer.html"))
	tab.until(`/does not let this page read its files.*Access-Control-Allow-Origin/.test(told)`)
}

// TestFalseAttributes: what frameworks write for false is false.
func TestFalseAttributes(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(serving(t, post+`<heed-view editable="false">I like tea.</heed-view><heed-view editable="true">I like tea.</heed-view>`, nil, nil)))
	tab.until(settled(0))
	tab.until(settled(1))
	equal(t, "text boxes", tab.said(`[0, 1].map((n) => document.querySelectorAll("heed-view")[n].shadowRoot.querySelectorAll("#text").length).join()`), "0,1")
	tab.run(`document.querySelectorAll("heed-view")[1].setAttribute("editable", "false")`)
	tab.until(at(1) + `.querySelector("#text") === null`)
	equal(t, "the property", tab.said(`String(document.querySelectorAll("heed-view")[1].editable)`), "false")
}

// TestPrintNested: an element in a shadow root of another component, far below, is loaded for printing.
func TestPrintNested(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(serving(t, post+`<p style="height: 4000px"></p><section><template shadowrootmode="open"><div><template shadowrootmode="open">
		<heed-view>I like tea.</heed-view></template></div></template></section>`, nil, nil)))
	tab.until(`customElements.get("heed-view")`)
	const nested = `document.querySelector("section").shadowRoot.querySelector("div").shadowRoot.querySelector("heed-view")`
	tab.until(nested + `.shadowRoot`)
	tab.run(`dispatchEvent(new Event("beforeprint"))`)
	tab.until(nested + `.shadowRoot.querySelector("[data-state=ready] [data-request]")`)
}
