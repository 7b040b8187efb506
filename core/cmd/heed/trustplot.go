package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"heed/core/json"
	"heed/core/run"
	"heed/core/view"
)

// trusted is what heed trust measured of a model.
type trusted struct {
	model string
	run.Trust
}

// trustFigure draws what heed trust -json wrote into files, which are named after the models, into out.
func trustFigure(c console, files, out string) error {
	var all []trusted
	for file := range strings.SplitSeq(files, ",") {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		t := trusted{model: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))}
		if err := json.Read(data, t.Fields); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if len(t.Methods) == 0 {
			return fmt.Errorf("%s holds no correlation; heed trust -json writes them", file)
		}
		all = append(all, t)
	}
	picture := trustPlot(all)
	if out == "" {
		_, err := c.out.Write(picture)
		return err
	}
	return os.WriteFile(out, picture, 0o666)
}

// trustPlot draws each method's correlation with leave-one-out as a point with two standard errors to either side,
// model by model. It is an SVG that stands alone and follows the reader's choice of light or dark.
func trustPlot(all []trusted) []byte {
	const wide, left, right, top, row, group = 420.0, 176.0, 360.0, 78.0, 21.0, 30.0
	low := 0.0 // the axis ends at a tenth
	high := top
	for _, t := range all {
		high += group + row*float64(len(t.Methods))
		for _, m := range t.Methods {
			low = min(low, math.Floor(10*(m.Mean-2*m.Error))/10)
		}
	}
	px := func(v float64) float64 { return left + (v-low)/(1-low)*(right-left) }
	bottom := high + 8
	high = bottom + 110

	var b bytes.Buffer
	light, dark := &view.Light, &view.Dark
	ink, muted, hairline, blue := light.Ink.CSS(), light.Muted.CSS(), light.Hairline.CSS(), curveColours[0]
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" role="img" aria-labelledby="title desc" font-size="14">`+"\n", wide, high, wide, high)
	b.WriteString("<title id=\"title\">How far maps agree with leaving words out</title>\n<desc id=\"desc\">Rank correlations with leave-one-out.")
	for _, t := range all {
		for _, m := range t.Methods {
			xmlText(&b, fmt.Sprintf(" %s, %s: %.2f ± %.2f.", t.model, view.MethodName(m.Method), m.Mean, m.Error))
		}
	}
	b.WriteString("</desc>\n<style>\n")
	fmt.Fprintf(&b, "text{font-family:%s}\n.n{font-family:%s;font-size:11.5px;font-variant-numeric:tabular-nums}\n", view.SerifFamily, view.MonoFamily)
	fmt.Fprintf(&b, "@media(prefers-color-scheme:dark){\n.p{fill:%s}.i{fill:%s}.m{fill:%s}.h{stroke:%s}.c{stroke:%s}.f{fill:%s}\n}\n</style>\n",
		dark.Paper.CSS(), dark.Ink.CSS(), dark.Muted.CSS(), dark.Hairline.CSS(), blue[1], blue[1])
	fmt.Fprintf(&b, `<rect class="p" width="%g" height="%g" fill="%s"/>`+"\n", wide, high, light.Paper.CSS())
	text := func(x, y float64, class, colour, more, s string) {
		fmt.Fprintf(&b, `<text class="%s" x="%.1f" y="%.1f" fill="%s"%s>`, class, x, y, colour, more)
		xmlText(&b, s)
		b.WriteString("</text>\n")
	}
	text(12, 26, "i", ink, ` font-size="17"`, "How far maps agree with leaving words out")
	text(12, 48, "m", muted, "", "rank correlation with leave-one-out")
	for v := math.Ceil(low * 2); v <= 2; v++ {
		fmt.Fprintf(&b, `<path class="h" d="M%.1f %.1fV%.1f" stroke="%s" fill="none"/>`+"\n", px(v/2), top-8, bottom, hairline)
		text(px(v/2), bottom+18, "m n", muted, ` text-anchor="middle" font-size="11.5"`, fmt.Sprintf("%g", v/2))
	}
	y := top
	for _, t := range all {
		text(12, y+16, "i", ink, "", shorten(t.model, 24))
		y += group - 6
		for _, m := range t.Methods {
			y += row
			text(left-12, y-2, "m", muted, ` text-anchor="end" font-size="13"`, view.MethodName(m.Method))
			fmt.Fprintf(&b, `<path class="c" d="M%.1f %.1fH%.1f" stroke="%s" stroke-width="2"/>`+"\n", px(m.Mean-2*m.Error), y-6, px(min(m.Mean+2*m.Error, 1)), blue[0])
			fmt.Fprintf(&b, `<path class="f" d="%s" fill="%s"/>`+"\n", marker(0, px(m.Mean), y-6), blue[0])
			text(wide-12, y-2, "i n", ink, ` text-anchor="end" font-size="11.5"`, strings.Replace(fmt.Sprintf("%.2f", m.Mean), "-", "−", 1))
		}
		y += 6
	}
	for i, s := range []string{"1 is the same order of importance, 0 none at all.", "Lines: two standard errors to either side.", "Leave-one-out is no ground truth: a text that lacks a word", "may be one that the model has never met the like of."} {
		text(12, bottom+44+float64(i)*18, "m", muted, ` font-size="13"`, s)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
