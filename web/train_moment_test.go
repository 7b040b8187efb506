//go:build !js

package web_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// What is taken while the slider is in the past is the network of that moment: its card says the step, and every view, change and
// question is to be had of it.
func TestTrainMoment(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, saving+events, "train=reverse&width=16&batch=8&steps=60&rate=0.01&heads=2")
	tab.play()
	takes := trainRoot + `.querySelector(".takes")`
	if !get(tab, chromedp.Evaluate[bool](takes+`.hidden`)) {
		t.Error("of now it says that it is past")
	}
	tab.setTrain("The past", "1")
	tab.until(`!` + takes + `.hidden`)
	equal(t, "what is taken", tab.said(takes+`.textContent`), "What is opened or downloaded is the network as it was at step 25.")
	tab.axe()("in the past")
	m := tab.downloaded("reverse-encoder-decoder-1-step-25")
	equal(t, "the title of what is downloaded", m.About.Title, "Reverse the letters (encoder-decoder), step 25")
	tab.run(trainButton("Open in the playground") + `.click()`)
	link := trainRoot + `.querySelector("[role=status] a")`
	tab.until(link)
	if said := tab.said(trainMessage); !strings.Contains(said, "as it is at step 25") {
		t.Errorf("it says %s", said)
	}
	at := tab.said(link + `.href`)
	tab.do(chromedp.Navigate(at))
	tab.shows("Reverse the letters (encoder-decoder), step 25")
	views := strings.Fields(tab.said(`[...` + root + `.querySelectorAll("[name=view]")].map((v) => v.value).join(" ")`))
	if len(views) < 8 {
		t.Errorf("the views are %s", views)
	}
	for _, v := range append(views, views[0]) {
		tab.run(root + `.querySelector("[name=view][value=` + v + `]").click()`)
		tab.until(ready + ` && ` + root + `.querySelector(".stage").dataset.view === "` + v + `"`)
	}
	tab.run(root + `.querySelector("footer .brought").click()`)
	card := root + `.querySelector("dialog.card")`
	tab.until(card)
	if text := tab.said(card + `.textContent`); !strings.Contains(text, "It was taken at step 25 of 60.") {
		t.Errorf("the card says %s", text)
	}
	if names := tab.said(`[...` + card + `.querySelectorAll("svg")].map((s) => s.ariaLabel).join()`); strings.Count(names, " at step 25") != 4 {
		t.Errorf("the card's curves are %s", names)
	}
	tab.run(card + `.querySelector("button").click()`)
	_, fragment, _ := strings.Cut(at, "#")
	for parts, js := range map[string]string{
		"off=cross.0.1":            `JSON.stringify(document.querySelector("heed-view").record?.changes ?? {}).includes('"off":"cross.0.1"')`,
		"view=attribution&token=1": root + `.querySelector("figcaption").textContent.includes("Integrated gradients")`,
		"view=ablation":            root + `.querySelector("figcaption").textContent.includes("In the place of a part stand zeros")`,
	} {
		tab.run(`location.hash = ` + quote(fragment+"&"+parts))
		tab.until(ready + ` && ` + js)
	}
}

// Of two networks side by side either is taken away; which, is asked only where there are two.
func TestTrainEither(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, saving+events, "train=reverse&arch=dot&compare=general&width=16&batch=4&steps=30")
	tab.play()
	which := trainField("Which to take")
	equal(t, "the choice", tab.said(`[...`+which+`.options].map((o) => o.textContent).join("; ")`), "Recurrent, dot attention; Recurrent, general attention")
	tab.setTrain("Which to take", "1")
	m := tab.downloaded("reverse-general-1")
	equal(t, "the title of what is downloaded", m.About.Title, "Reverse the letters (general)")
	tab.run(trainButton("Open in the playground") + `.click()`)
	link := trainRoot + `.querySelector("[role=status] a")`
	tab.until(link)
	at := tab.said(link + `.href`)
	tab.setTrain("Beside it", "")
	tab.until(which + `.parentNode.hidden && ` + which + `.value === "0"`)
	tab.do(chromedp.Navigate(at))
	tab.shows("Reverse the letters (general)")
}

// The modulus of sums is a setting of that task: in its address, its title and its examples.
func TestTrainModulus(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, "", "train=modular&width=16&batch=4&steps=60")
	field := trainField("Modulus")
	equal(t, "the modulus without being given", tab.said(field+`.value`), "31")
	task := trainField("Task") + `.selectedOptions[0].textContent`
	equal(t, "the task", tab.said(task), "Add modulo 31")
	tab.run(trainButton("Step") + `.click()`)
	tab.until(`screens.at(-1).step === 1`)
	tab.setTrain("Modulus", "59")
	tab.until(`screens.at(-1).step === 0 && location.hash === "#train=modular&modulus=59&width=16&batch=4&steps=60"`)
	equal(t, "the task", tab.said(task), "Add modulo 59")
	tab.setTrain("Task", "copy")
	tab.until(field + `.closest(".field").hidden && !location.hash.includes("modulus")`)
}

// The attributes of web/README.md are those that the element takes.
func TestTrainAttributes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(b), "# `<heed-train>`")
	_, text, _ = strings.Cut(text, "|---|---|---|\n")
	text, _, _ = strings.Cut(text, "\n\n")
	var said []string
	for line := range strings.Lines(text) {
		said = append(said, strings.Fields(strings.ReplaceAll(strings.Split(line, "|")[1], "`", ""))...)
	}
	tab := openTrain(t, "", "train=copy&width=16")
	taken := strings.Fields(tab.said(`customElements.get("heed-train").observedAttributes.join(" ")`))
	taken = append(taken, "autoplay", "address") // which are looked at once
	slices.Sort(said)
	slices.Sort(taken)
	equal(t, "the attributes", strings.Join(said, " "), strings.Join(taken, " "))
}
