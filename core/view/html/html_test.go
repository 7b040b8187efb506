package html_test

import (
	"regexp"
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
	"heed/core/view/html"
)

func sample() *record.Record {
	return &record.Record{
		Text: "good <script>alert(1)</script> night", Output: "bonne \"nuit\" & </title>", Task: "translation",
		Tokens: record.Tokens{
			Source: []record.Token{{Text: "good"}, {Text: " <b>night", Word: 1}},
			Target: []record.Token{{Text: "<pad>", Special: true, Word: -1}, {Text: "bonne"}, {Text: " nuit", Word: 1}, {Text: "</s>", Special: true, Word: -1}},
		},
		Maps: []record.Map{{Kind: record.Cross, Rows: 3, Cols: 2, Weights: []float32{0.9, 0.1, 0.2, 0.8, 0.5, 0.5}}},
	}
}

func write(t *testing.T, s view.State) string {
	t.Helper()
	r := sample()
	scene, err := view.Build(r, s, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	err = html.Write(&b, html.Page{Model: "a \"model\"", Source: "en", Target: "fr", Palette: view.Light,
		Figures: []html.Figure{{Record: r, Scene: scene, Table: view.Strongest(r, s, view.Env{}, 4)}}})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPageStandsAlone wants what belongs to a picture, in its language, and nothing that would load or run.
func TestPageStandsAlone(t *testing.T) {
	page := write(t, view.State{Kind: record.Cross, Heads: record.Heads(0)})
	for _, part := range []string{
		"<!doctype html>\n<html lang=\"en\">",
		"<h1 lang=\"en\" dir=\"auto\">good &lt;script&gt;",
		"<p class=\"output\" lang=\"fr\" dir=\"auto\">bonne &quot;nuit&quot; &amp; &lt;/title&gt;</p>",
		"<svg xmlns=\"http://www.w3.org/2000/svg\"", "Cross-attention, layer 0, head 0.",
		"<td lang=\"fr\" dir=\"auto\">bonne</td><td lang=\"en\" dir=\"auto\">good</td><td class=\"number\">0.9000</td>",
		"The first 4; 2 weaker ones are left out.",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	for _, part := range []string{"<script", "<b>", " src=", " href=", "url(", "@import"} {
		if strings.Contains(page, part) {
			t.Errorf("the page holds %s", part)
		}
	}
}

// TestPageWithoutPicture: where there is nothing to draw, the page says why.
func TestPageWithoutPicture(t *testing.T) {
	page := write(t, view.State{Kind: record.Self})
	if strings.Contains(page, "<svg") || strings.Contains(page, "<table") || !strings.Contains(page, "<figcaption>This record holds no encoder self-attention.") {
		t.Error(page)
	}
}

// Whatever the texts are, the page has the elements that it has of plain ones, and no attribute that runs anything.
func FuzzWrite(f *testing.F) {
	f.Add("<script>alert(1)</script>", "a\" onload='x'", "\x00\xff\u202e", true)
	f.Add("<![CDATA[", "</style><svg/onload=x>", "-->", false)
	tag := regexp.MustCompile(`(?s)<([!/]?[^\s>]*)([^>]*)>`)
	runs := regexp.MustCompile(`(?i)\s(on\w+|href|src|srcdoc|action|formaction)\s*=`)
	quoted := regexp.MustCompile(`"[^"]*"`)
	page := func(t testing.TB, text, output, word string, heatmap bool) string {
		r := sample()
		r.Text, r.Output, r.Tokens.Source[0].Text, r.Tokens.Target[1].Text = text, output, word, word
		s := view.State{Kind: record.Cross, Heads: record.Heads(0)}
		if heatmap {
			s.View = view.Heatmap
		}
		scene, err := view.Build(r, s, view.Env{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := html.Write(&b, html.Page{Model: text, Source: "en", Target: output, Palette: view.Light,
			Figures: []html.Figure{{Name: word, Record: r, Scene: scene, Table: view.Strongest(r, s, view.Env{}, 4)}}}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	known := map[string]bool{}
	for _, heatmap := range []bool{false, true} {
		for _, m := range tag.FindAllStringSubmatch(page(f, "plain", "text", "word", heatmap), -1) {
			known[m[1]] = true
		}
	}
	f.Fuzz(func(t *testing.T, text, output, word string, heatmap bool) {
		for _, m := range tag.FindAllStringSubmatch(page(t, text, output, word, heatmap), -1) {
			if !known[m[1]] || runs.MatchString(quoted.ReplaceAllString(m[2], "")) {
				t.Fatalf("the page has %q", m[0])
			}
		}
	})
}
