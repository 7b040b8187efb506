//go:build !js

package web_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// pagesOf reads the lessons' pages.
func pagesOf(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("lessons/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no lessons", err)
	}
	pages := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(file)] = string(data)
	}
	return pages
}

var (
	hrefs = regexp.MustCompile(`(?:href|src)="([^"]+)"`)
	ids   = regexp.MustCompile(` id="([^"]+)"`)
	terms = regexp.MustCompile(`<a class="term" id="([^"]+)" href="glossary.html#([^"]+)">`)
	back  = regexp.MustCompile(`<a class="where" href="([^"#]+)#([^"]+)">`)
)

// TestLessonLinks wants every link within the site to lead somewhere, each term of a chapter to its entry
// in the glossary, and each entry back to the place where the term is introduced.
func TestLessonLinks(t *testing.T) {
	pages := pagesOf(t)
	has := func(page, id string) bool { return strings.Contains(pages[page], ` id="`+id+`"`) }
	for name, page := range pages {
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(page, -1) {
			if seen[m[1]] {
				t.Errorf("%s has two elements with the id %s", name, m[1])
			}
			seen[m[1]] = true
		}
		for _, m := range hrefs.FindAllStringSubmatch(page, -1) {
			u, err := url.Parse(m[1])
			if err != nil || u.Scheme == "http" {
				t.Errorf("%s links %s", name, m[1])
			} else if u.Scheme == "" {
				file := u.Path
				if file == "" {
					file = name
				}
				if _, err := os.Stat(filepath.Join("lessons", file)); err != nil {
					t.Errorf("%s links %s, which is not there", name, m[1])
				}
				if u.Fragment != "" && !strings.Contains(u.Fragment, "=") && !has(file, u.Fragment) {
					t.Errorf("%s links %s, where nothing has that id", name, m[1])
				}
			}
		}
		for _, what := range []string{"<script>", "<style", ` style="`, ` onclick="`} {
			if strings.Contains(page, what) {
				t.Errorf("%s has %s, which a strict policy refuses", name, what)
			}
		}
	}
	introduced := map[string]string{} // glossary entry -> page#id
	for name, page := range pages {
		for _, m := range terms.FindAllStringSubmatch(page, -1) {
			if introduced[m[2]] != "" {
				t.Errorf("%s is introduced twice, in %s and in %s", m[2], introduced[m[2]], name)
			}
			introduced[m[2]] = name + "#" + m[1]
		}
	}
	entries := strings.Split(pages["glossary.html"], "<dt ")[1:]
	for _, entry := range entries {
		id := ids.FindStringSubmatch(" " + entry)
		if id == nil {
			t.Errorf("an entry of the glossary has no id: %.60s", entry)
			continue
		}
		var to []string
		for _, m := range back.FindAllStringSubmatch(entry, -1) {
			to = append(to, m[1]+"#"+m[2])
		}
		if !slices.Contains(to, introduced[id[1]]) {
			t.Errorf("the entry %s leads to %v; the term is introduced at %s", id[1], to, introduced[id[1]])
		}
	}
	for id := range introduced {
		if !has("glossary.html", id) {
			t.Errorf("%s has no entry", id)
		}
	}
}

// chapter opens a page of the lessons and sees all its views ready, scrolling to each as a reader does.
func chapter(t *testing.T, name string) *tab {
	t.Helper()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(site + "web/lessons/" + name))
	n := get(tab, chromedp.Evaluate[int](`document.querySelectorAll("heed-view").length`))
	for i := range n {
		v := fmt.Sprintf(`document.querySelectorAll("heed-view")[%d]`, i)
		tab.run(v + `.scrollIntoView({ block: "center" })`)
		tab.until(v + `.shadowRoot.querySelector("[data-state=ready]")`)
		if said := tab.said(`Array.from(` + v + `.shadowRoot.querySelectorAll(".notes p, .message:not([hidden]) p"), (p) => p.textContent).join(" ")`); said != "" {
			t.Errorf("%s, view %d says: %s", name, i, said)
		}
	}
	return tab
}

// What is done in the live view of a chapter's question.
const asked = `document.querySelector("[data-question] heed-view")`

// answers are what a reader does, by JavaScript, and the answer that the page gives.
var answers = []struct {
	page string
	acts [][2]string
}{
	{"encoder-decoder.html", [][2]string{
		{typing("I am tired."), "wrong"},
		{typing("I don't know."), "right"},
		{typing("I like tea."), "waiting"},
	}},
	{"context-vector.html", [][2]string{
		{typing("I like tea, but my brother prefers coffee."), "wrong"},
		{typing("I like it."), "none"},
		{typing("I like tea."), "right"},
	}},
	{"attention.html", [][2]string{
		{pointing("Je", 0), "row"},
		{pointing("rouge", 0), "wrong"},
		{pointing("rouge", -1), "right"},
	}},
	{"soft-attention.html", [][2]string{
		{sliding("attention-temperature", -0.5), "colder"},
		{sliding("attention-temperature", 0.1), "wrong"},
		{sliding("attention-temperature", 1), "right"},
	}},
	{"evidence.html", [][2]string{
		{switching, "wrong"},
		{asked + `.setAttribute("head", "1");` + switching, "many"},
		{asked + `.shadowRoot.querySelector(".changes li button").click()`, "right"},
	}},
	{"transformer.html", [][2]string{
		{typing("The [MASK] flew in the blue sky."), "wrong"},
		{typing("A [MASK] swam in the water."), "before"},
		{typing("The bird swam in the water."), "gone"},
		{typing("The [MASK] barked at the cat."), "right"},
	}},
}

// pointing points at a cell of the row of a word, by keyboard; column -1 is the one with the largest weight.
func pointing(word string, column int) string {
	return fmt.Sprintf(`const cells = Array.from(%s.shadowRoot.querySelectorAll("[role=gridcell]")).filter((c) => c.ariaLabel.startsWith(%s));
		const weight = (c) => Number(c.ariaLabel.match(/, ([\d.]+)/)[1]);
		const best = cells.reduce((a, b) => weight(b) > weight(a) ? b : a);
		(%d < 0 ? best : cells[%d]).focus()`, asked, quote(word+" looks"), column, max(column, 0))
}

// sliding moves a slider.
func sliding(id string, to float64) string {
	return fmt.Sprintf(`const s = %s.shadowRoot.getElementById(%s); s.value = %g; s.dispatchEvent(new Event("input"))`, asked, quote(id), to)
}

// switching switches the head that is shown.
const switching = `Array.from(` + asked + `.shadowRoot.querySelectorAll(".changes button")).find((b) => b.textContent === "Switch this head off").click()`

func typing(text string) string {
	return `const box = ` + asked + `.shadowRoot.getElementById("text"); box.focus(); box.value = ` + quote(text) + `;
		box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }))`
}

// TestLessons reads every page: all views become ready without a complaint, nothing is on the console,
// which a breach of the policy would be too, and the question knows the right deed from a wrong one.
func TestLessons(t *testing.T) {
	for name := range pagesOf(t) {
		t.Run(name, func(t *testing.T) {
			tab := chapter(t, name)
			for _, c := range answers {
				if c.page != name {
					continue
				}
				for _, act := range c.acts {
					tab.run(act[0])
					tab.until(`document.querySelector("[data-question]").dataset.verdict === ` + quote(act[1]) + ` && ` + asked + `.shadowRoot.querySelector("[data-state=ready]")`)
					shown := tab.said(`Array.from(document.querySelectorAll("[data-answer]")).filter((a) => !a.hidden).map((a) => a.dataset.answer).join()`)
					equal(t, "the answer to "+act[0], shown, act[1])
				}
			}
			if strings.Contains(pagesOf(t)[name], "data-question") && !slices.ContainsFunc(answers, func(c struct {
				page string
				acts [][2]string
			}) bool {
				return c.page == name
			}) {
				t.Error("nobody answers the question")
			}
			tab.mu.Lock()
			defer tab.mu.Unlock()
			for _, request := range tab.requests {
				if strings.HasPrefix(request, "http") && !strings.HasPrefix(request, site) {
					t.Errorf("a request to another host: %s", request)
				}
			}
		})
	}
}
