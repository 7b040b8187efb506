package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"

	"heed/core/eval"
	"heed/core/view"
)

// The figure's places, in pixels. It is narrow enough for a phone.
const (
	plotWidth  = 420.0
	plotHeight = 480.0
	plotLeft   = 40.0
	plotRight  = 262.0
	plotTop    = 64.0
	plotBottom = 316.0
	labelGap   = 19.0
)

// Colours of the models' curves on light and on dark paper, after Okabe and Ito; each has a marker of
// its own too.
var curveColours = [...][2]string{
	{"#0072b2", "#56b4e9"}, {"#b84c00", "#e69f00"}, {"#00795a", "#2fc795"}, {"#9c4f80", "#dd95bd"}, {"#6b6b00", "#f0e442"},
}

// lengthPlot draws curves of BLEU against length: the models' in colour with markers, published ones
// thin and dashed, each with its name at its end. It is an SVG that stands alone and follows the
// reader's choice of light or dark.
func lengthPlot(curves []lengthCurve) []byte {
	top := 10.0
	anyPublished := false
	for _, c := range curves {
		top = max(top, 10*math.Ceil(slices.Max(append(c.y, 0))/10))
		anyPublished = anyPublished || c.published
	}
	first, last := float64(eval.Lengths[0]), float64(eval.Lengths[len(eval.Lengths)-1])
	px := func(x float64) float64 { return plotLeft + (x-first)/(last-first)*(plotRight-plotLeft) }
	py := func(y float64) float64 { return plotBottom - y/top*(plotBottom-plotTop) }

	var b bytes.Buffer
	light, dark := &view.Light, &view.Dark
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" role="img" aria-labelledby="title desc" font-size="14">`+"\n", plotWidth, plotHeight, plotWidth, plotHeight)
	b.WriteString("<title id=\"title\">BLEU against the length of the sentence</title>\n<desc id=\"desc\">")
	for _, c := range curves {
		if n := len(c.x); n > 0 {
			xmlText(&b, fmt.Sprintf("%s: BLEU %.1f at %.0f words, %.1f at %.0f. ", c.label, c.y[0], c.x[0], c.y[n-1], c.x[n-1]))
		}
	}
	b.WriteString("</desc>\n<style>\n")
	fmt.Fprintf(&b, "text{font-family:%s}\n.n{font-family:%s;font-size:11.5px;font-variant-numeric:tabular-nums}\n", view.SerifFamily, view.MonoFamily)
	fmt.Fprintf(&b, "@media(prefers-color-scheme:dark){\n.p{fill:%s}.i{fill:%s}.m{fill:%s}.h{stroke:%s}.l{stroke:%s}\n", dark.Paper.CSS(), dark.Ink.CSS(), dark.Muted.CSS(), dark.Hairline.CSS(), dark.Muted.CSS())
	for i, c := range curveColours {
		fmt.Fprintf(&b, ".c%d{stroke:%s}.f%d{fill:%s}\n", i, c[1], i, c[1])
	}
	b.WriteString("}\n</style>\n")
	fmt.Fprintf(&b, `<rect class="p" width="%g" height="%g" fill="%s"/>`+"\n", plotWidth, plotHeight, light.Paper.CSS())
	text := func(x, y float64, class, colour, more, s string) {
		fmt.Fprintf(&b, `<text class="%s" x="%.1f" y="%.1f" fill="%s"%s>`, class, x, y, colour, more)
		xmlText(&b, s)
		b.WriteString("</text>\n")
	}
	ink, muted, hairline := light.Ink.CSS(), light.Muted.CSS(), light.Hairline.CSS()
	text(plotLeft-28, 26, "i", ink, ` font-size="17"`, "How well long sentences are translated")
	text(plotLeft-28, 48, "m", muted, "", "BLEU")

	step := 10.0
	if top <= 20 {
		step = 5
	}
	for y := 0.0; y <= top; y += step {
		fmt.Fprintf(&b, `<path class="h" d="M%.1f %.1fH%.1f" stroke="%s" fill="none"/>`+"\n", plotLeft, py(y), plotRight, hairline)
		text(plotLeft-8, py(y)+4, "m n", muted, ` text-anchor="end" font-size="11.5"`, fmt.Sprint(y))
	}
	for _, x := range eval.Lengths {
		text(px(float64(x)), plotBottom+20, "m n", muted, ` text-anchor="middle" font-size="11.5"`, fmt.Sprint(x))
	}
	text((plotLeft+plotRight)/2, plotBottom+38, "m", muted, ` text-anchor="middle"`, "words of the source")

	type label struct {
		y             float64
		class, colour string
		text          string
		published     bool
	}
	var labels []label
	models, dashed := 0, 0
	for _, c := range curves {
		if len(c.x) == 0 {
			continue
		}
		n := len(c.x) - 1
		var d strings.Builder
		for i := range c.x {
			fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(i, 1)], px(c.x[i]), py(c.y[i]))
		}
		l := label{y: py(c.y[n]), text: c.label, published: c.published, class: "m", colour: muted}
		if c.published {
			fmt.Fprintf(&b, `<path class="l" d="%s" fill="none" stroke="%s" stroke-width="1.25" stroke-dasharray="%s"/>`+"\n", d.String(), muted, []string{"5 3", "1.5 3"}[dashed%2])
			dashed++
		} else {
			k := models % len(curveColours)
			models++
			colour := curveColours[k][0]
			fmt.Fprintf(&b, `<path class="c%d" d="%s" fill="none" stroke="%s" stroke-width="2.25" stroke-linejoin="round"/>`+"\n", k, d.String(), colour)
			for i := range c.x {
				fmt.Fprintf(&b, `<path class="f%d" d="%s" fill="%s"/>`+"\n", k, marker(k, px(c.x[i]), py(c.y[i])), colour)
			}
			l.class, l.colour = fmt.Sprintf("f%d", k), colour
		}
		labels = append(labels, l)
	}
	slices.SortStableFunc(labels, func(a, b label) int {
		switch {
		case a.y < b.y:
			return -1
		case a.y > b.y:
			return 1
		}
		return 0
	})
	for i := len(labels) - 2; i >= 0; i-- { // upwards, away from the axis below
		labels[i].y = min(labels[i].y, labels[i+1].y-labelGap)
	}
	for _, l := range labels {
		more := ` font-weight="600"`
		if l.published {
			more = ` font-style="italic"`
		}
		text(plotRight+14, l.y+4.5, l.class, l.colour, more, shorten(l.text, 20))
	}

	notes := []string{fmt.Sprintf("Our models: %d examples a length, each several sentences", eval.LengthCases), "of the test file joined, with all their references."}
	if anyPublished {
		notes = append(notes, "Broken lines: Bahdanau et al. 2014, figure 2: single long", "sentences of news, one reference each, larger models.",
			"So the heights of the curves cannot be compared; their", "shapes can.")
	}
	for i, s := range notes {
		text(plotLeft-28, plotBottom+66+float64(i)*18, "m", muted, ` font-size="13"`, s)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// marker is the outline of a model's points.
func marker(k int, x, y float64) string {
	const r = 4.0
	switch k % 4 {
	case 0:
		return fmt.Sprintf("M%.1f %.1fa%g %g 0 1 0 %g 0a%g %g 0 1 0 %g 0Z", x-r, y, r, r, 2*r, r, r, -2*r)
	case 1:
		return fmt.Sprintf("M%.1f %.1fh%gv%gh%gZ", x-r+0.5, y-r+0.5, 2*r-1, 2*r-1, 1-2*r)
	case 2:
		return fmt.Sprintf("M%.1f %.1fl%g %gh%gZ", x, y-r-0.5, r+0.5, 2*r, -2*r-1)
	}
	return fmt.Sprintf("M%.1f %.1fl%g %gl%g %gl%g %gZ", x, y-r-1, r+1, r+1, -r-1, r+1, -r-1, -r-1)
}

// shorten cuts a label to n characters.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func xmlText(b *bytes.Buffer, s string) {
	xml.EscapeText(b, []byte(s)) // a Buffer never fails
}
