// Package html writes pictures as a page that stands alone: one file without scripts, which loads nothing. It
// holds the sentences, marked with their languages, each picture as an SVG, what it shows in words, and its
// strongest links as a table.
package html

import (
	"bytes"
	"io"
	"slices"
	"strconv"

	"heed/core/record"
	"heed/core/view"
	"heed/core/view/svg"
)

// Width is how many pixels a page's text is wide at most. A wider picture is scrolled.
const Width = 960

// Page is what is written.
type Page struct {
	Model          string // its title
	Source, Target string // the languages of the text and of the output, BCP 47; "" where nobody knows
	Palette        view.Palette
	Figures        []Figure // one, or several side by side that were run on the same text
}

// Figure is one picture, and the run that it is of.
type Figure struct {
	Name   string // of the model, where there are several; else ""
	Record *record.Record
	Scene  *view.Scene
	Table  *view.Table // of its strongest links; nil: none
}

// Together is one scene of several figures, beside each other under their names.
func Together(figures []Figure) *view.Scene {
	if len(figures) == 1 {
		return figures[0].Scene
	}
	var names []string
	var scenes []*view.Scene
	for _, f := range figures {
		names, scenes = append(names, f.Name), append(scenes, f.Scene)
	}
	return view.Beside(names, scenes)
}

// Write writes the page. A figure whose scene has nothing to draw says so.
func Write(w io.Writer, p Page) error {
	e := encoder{new(bytes.Buffer), &p}
	color := func(r view.Role) string { return p.Palette.Color(view.Paint{Role: r}).CSS() }
	text, r := "", p.Figures[0].Record
	if r != nil {
		text = r.Text
	}
	e.put("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", svg.Escape(short(text)), " · Heed</title>\n<style>\n",
		"body { margin: 0 auto; padding: clamp(1.25rem, 5vw, 3rem); max-width: ", strconv.Itoa(Width), "px; background: ", color(view.Paper), "; color: ", color(view.Ink), ";\n",
		"  font: 17px/1.5 \"Iowan Old Style\", \"Palatino Linotype\", Palatino, \"URW Palladio L\", P052, \"Book Antiqua\", Georgia, serif; }\n",
		"h1, .output { margin: 0; font-size: 1.4rem; font-weight: 400; line-height: 1.35; overflow-wrap: anywhere; white-space: pre-wrap; }\n",
		".output { margin-top: 0.4rem; }\n",
		"h2 { margin: 2rem 0 0; font-size: 15px; font-weight: 400; font-style: italic; }\n",
		"h2, figcaption, summary, footer { color: ", color(view.Muted), "; }\n",
		"figure { margin: 1.6rem 0; }\n.scroll { overflow-x: auto; }\nsvg { display: block; margin-left: -4px; }\n",
		".unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }\n",
		"figcaption, details, footer { font-size: 15px; }\nfigcaption { margin-top: 0.6rem; max-width: 46em; }\n",
		"summary { min-height: 24px; cursor: pointer; }\n",
		"table { margin-top: 0.6rem; border-collapse: collapse; font-variant-numeric: tabular-nums lining-nums; }\n",
		"caption { text-align: start; padding-bottom: 0.3rem; }\n",
		"th, td { padding: 0.15rem 1.6rem 0.15rem 0; border-bottom: 1px solid ", color(view.Hairline), "; text-align: start; font-weight: 400; }\n",
		"th { font-style: italic; }\n.number { text-align: end; }\n",
		"footer { margin-top: 2rem; padding-top: 0.6rem; border-top: 1px solid ", color(view.Hairline), "; }\n",
		"</style>\n</head>\n<body>\n<main>\n<h1")
	e.language(p.Source)
	e.put(">", svg.Escape(text), "</h1>\n")
	one := !slices.ContainsFunc(p.Figures, func(f Figure) bool { return f.Record != nil && f.Record != r })
	if one { // as heads of one run are
		e.output(p.Figures[0])
	}
	for _, f := range p.Figures {
		e.figure(f, !one)
	}
	e.put("</main>\n<footer>Drawn by Heed from what ", svg.Escape(p.Model), " computed for this text.</footer>\n</body>\n</html>\n")
	_, err := w.Write(e.Bytes())
	return err
}

type encoder struct {
	*bytes.Buffer
	p *Page
}

func (e encoder) put(parts ...string) {
	for _, s := range parts {
		e.WriteString(s)
	}
}

func (e encoder) language(tag string) {
	if tag != "" {
		e.put(" lang=\"", svg.Escape(tag), "\"")
	}
	e.put(" dir=\"auto\"")
}

// sentence writes a text under the first.
func (e encoder) sentence(language, text string) {
	e.put("<p class=\"output\"")
	e.language(language)
	e.put(">", svg.Escape(text), "</p>\n")
}

// output writes what the model made of the text, unless that is the text itself.
func (e encoder) output(f Figure) {
	if f.Record == nil || f.Record.Output == "" || f.Record.Task == record.Generation {
		return
	}
	e.sentence(e.p.Target, f.Record.Output)
}

// figure writes a picture, and, if it is of a run of its own, what the model made of the text.
func (e encoder) figure(f Figure, own bool) {
	if f.Name != "" {
		e.put("<h2>", svg.Escape(f.Name), "</h2>\n")
		if f.Record != nil && f.Record.Text != e.p.Figures[0].Record.Text {
			e.sentence(e.p.Source, f.Record.Text)
		}
		if own {
			e.output(f)
		}
	}
	e.put("<figure>\n")
	if f.Scene.Sentence == "" {
		e.put("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Picture\">\n")
		svg.Write(e, f.Scene, e.p.Palette) // a failure stays with the Writer
		e.put("</div>\n")
	}
	caption := f.Scene.Sentence
	if e.put("<figcaption"); caption == "" { // the picture shows it too, but says nothing to who listens
		e.put(" class=\"unseen\"")
		caption = f.Scene.Caption
	}
	e.put(">", svg.Escape(caption), "</figcaption>\n</figure>\n")
	if f.Table != nil {
		e.table(f.Table)
	}
}

func (e encoder) table(t *view.Table) {
	e.put("<details open>\n<summary>", svg.Escape(t.Title), "</summary>\n<table>\n")
	if caption := t.Caption(); caption != "" {
		e.put("<caption>", svg.Escape(caption), "</caption>\n")
	}
	e.put("<thead><tr>")
	for _, c := range t.Columns {
		e.cell("th scope=\"col\"", view.Column{Num: c.Num}, c.Name, "th")
	}
	e.put("</tr></thead>\n<tbody>\n")
	for _, row := range t.Rows {
		e.put("<tr>")
		for i, text := range row {
			e.cell("td", t.Columns[i], text, "td")
		}
		e.put("</tr>\n")
	}
	e.put("</tbody>\n</table>\n</details>\n")
}

func (e encoder) cell(open string, c view.Column, text, end string) {
	e.put("<", open)
	if c.Num {
		e.put(" class=\"number\"")
	}
	switch c.Side {
	case view.Source:
		e.language(e.p.Source)
	case view.Output:
		e.language(e.p.Target)
	}
	e.put(">", svg.Escape(text), "</", end, ">")
}

// short cuts a long text for the title.
func short(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
