package svg_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
	"heed/core/view/svg"
)

var pictures = flag.String("pictures", "", "folder to write pictures to, for people to look at")

// bare is a made-up translation without attention: the words with their leading spaces.
func bare(source, target string) *record.Record {
	r := &record.Record{Format: record.Format, Model: "made-up", Task: "translation"}
	word := -1
	tokens := func(text string) (ts []record.Token) {
		for i, t := range strings.Split(text, "|") {
			special := strings.HasPrefix(t, "<") && strings.HasSuffix(t, ">")
			if i == 0 || strings.HasPrefix(t, " ") {
				word++
			}
			tok := record.Token{Text: t, ID: i, Word: word, Special: special}
			if special {
				tok.Word = -1
			}
			ts = append(ts, tok)
		}
		return ts
	}
	r.Tokens.Source = tokens(source)
	if target != "" {
		r.Tokens.Target = tokens(target)
	}
	return r
}

// sample is bare with attention: a soft diagonal for cross, broad with a sink for self, and masked for decoder.
func sample(source, target string) *record.Record {
	r := bare(source, target)
	put := func(k record.Kind, rows, cols int, score func(i, j int) float64) {
		for layer := range 2 {
			for head := range 3 {
				m := record.Map{Kind: k, Layer: layer, Head: head, Rows: rows, Cols: cols, Weights: make([]float32, rows*cols)}
				for i := range rows {
					sum := 0.0
					for j := range cols {
						if k == record.Decoder && j > i {
							continue
						}
						noise := math.Sin(float64(i*31+j*17+head*7+layer*3)) * (0.5 + float64(head)*0.5)
						w := math.Exp(score(i, j) + noise)
						m.Weights[i*cols+j] = float32(w)
						sum += w
					}
					for j := range cols {
						m.Weights[i*cols+j] /= float32(sum)
					}
				}
				r.Maps = append(r.Maps, m)
			}
		}
	}
	n, t := len(r.Tokens.Source), max(len(r.Tokens.Target)-1, 0)
	put(record.Self, n, n, func(i, j int) float64 {
		if j == n-1 {
			return 2.2
		}
		return 1.5 - 0.6*math.Abs(float64(i-j))
	})
	if t > 0 {
		put(record.Cross, t, n, func(i, j int) float64 {
			d := float64(i)*float64(n-1)/float64(t-1) - float64(j)
			return 3.4 - 1.1*d*d
		})
		put(record.Decoder, t, t, func(i, j int) float64 {
			if j == 0 {
				return 2
			}
			return 2 - 0.7*float64(i-j)
		})
	}
	return r
}

func translation() *record.Record {
	return sample("The| small| animal| didn|'t| cross| the| street| because| it| was| too| tired|.|</s>",
		"<pad>|Le| petit| animal| n|'a| pas| tra|vers|é| la| rue| parce| qu|'il| était| trop| fati|gué|.|</s>")
}

// recurrent is a made-up run of a recurrent model, with soft attention or with one fixed context.
func recurrent(source, target string, cols int, soft bool) *record.Record {
	r := bare(source, target) // the maps of a long text take long to make up
	n, t := len(r.Tokens.Source), len(r.Tokens.Target)-1
	r.Maps, r.Context = []record.Map{}, &record.Context{Rows: 1, Cols: cols}
	for i := range n * cols {
		r.Context.States = append(r.Context.States, float32(math.Tanh(2*math.Sin(float64(i*i%7919)*0.37+float64(i%cols)))))
	}
	if !soft {
		r.Context.Values = r.Context.States[(n-1)*cols:]
		return r
	}
	all := sample(source, target)
	m := *all.Find(record.Cross, 0, 0)
	m.Kind = record.RNN
	r.Maps, r.Context.Rows, r.Context.Values = append(r.Maps, m), t, make([]float32, t*cols)
	for i := range t {
		for j := range n {
			for d := range cols {
				r.Context.Values[i*cols+d] += m.At(i, j) * r.Context.States[j*cols+d]
			}
		}
	}
	return r
}

// stepped adds how a row came about, in made-up vectors of some width.
func stepped(r *record.Record, kind record.Kind, row int, score string, width, wide int) *record.Record {
	n := len(r.Keys(kind))
	draw := func(n, seed int) (v []float32) {
		for i := range n {
			v = append(v, float32(1.6*math.Sin(float64(i*i%7919)*0.37+float64(seed))))
		}
		return v
	}
	d := &record.Detail{Place: record.Place{Kind: kind, Row: row}, Score: score, Scale: 1, Q: draw(width, 1), K: draw(n*width, 2), V: draw(n*wide, 3), Output: make([]float32, wide)}
	if score == record.Additive {
		d.Vector = draw(width, 4)
		for i := range d.Vector {
			d.Vector[i] /= 8
		}
	} else {
		d.Scale = float32(1 / math.Sqrt(float64(width)))
	}
	sum := float32(0)
	for j := range n {
		s := 0.0
		for _, x := range d.Terms(j) {
			s += x
		}
		w := float32(0)
		if kind == record.Decoder {
			d.Mask = append(d.Mask, 0)
		}
		if kind != record.Decoder || j <= row {
			w = float32(math.Exp(s * float64(d.Scale)))
			if d.Mask != nil {
				d.Mask[j] = 1
			}
		}
		d.Scores, d.Weights, sum = append(d.Scores, float32(s)*d.Scale), append(d.Weights, w), sum+w
	}
	for j := range n {
		d.Weights[j] /= sum
		for i, v := range d.Value(j) {
			d.Output[i] += d.Weights[j] * v
		}
	}
	r.Detail = d
	return r
}

// predicted adds made-up predictions to a Record.
func predicted(r *record.Record, most int) *record.Record {
	tokens := r.Tokens.Source
	switch {
	case len(r.Tokens.Target) > 0:
		tokens = r.Tokens.Target[1:]
	case r.Task == record.Generation:
		tokens = append(tokens[1:len(tokens):len(tokens)], record.Token{Text: " then", ID: 99})
	}
	others := strings.Split(" a, the, mat, sofa,ing, rug,</s>, red, small,\n, street, that", ",")
	for i, t := range tokens {
		if r.Task == record.Fill && t.Text != "[MASK]" {
			continue
		}
		p, left := record.Prediction{Position: i}, float32(1)
		for k := range most {
			c := record.Candidate{Text: others[(i+k)%len(others)], ID: 1000 + k, P: left * float32(0.3+0.2*math.Sin(float64(i*3+k)))}
			if k == i%4 && i%5 != 4 {
				c.Text, c.ID = t.Text, t.ID
			}
			left -= c.P
			p.Top = append(p.Top, c)
		}
		r.Predictions = append(r.Predictions, p)
	}
	return r
}

// lensed adds what three layers would have said.
func lensed(r *record.Record) *record.Record {
	for layer := range 3 {
		l := record.Lens{Layer: layer}
		for i, p := range r.Predictions {
			q := record.Prediction{Position: p.Position}
			for k := range 5 {
				c := p.Top[(k+2-layer+i)%len(p.Top)]
				c.P *= float32(layer+1) / 3
				q.Top = append(q.Top, c)
			}
			l.Predictions = append(l.Predictions, q)
		}
		r.Lens = append(r.Lens, l)
	}
	return r
}

func generation() *record.Record {
	r := sample("<s>|Once| upon| a| time|,| there| was| a| little| girl| named| Lily|.| She| loved| to| play| out|side| in| the| park|.", "")
	r.Task, r.Tokens.Source[0].Text = record.Generation, "<|endoftext|>"
	r.Maps = r.Maps[:0]
	n := len(r.Tokens.Source)
	m := record.Map{Kind: record.Decoder, Rows: n, Cols: n, Weights: make([]float32, n*n)}
	for i := range n {
		for j := range i + 1 {
			m.Weights[i*n+j] = 1 / float32(i+1)
		}
	}
	r.Maps = append(r.Maps, m)
	return predicted(r, 12)
}

func filling() *record.Record {
	r := sample("[CLS]|The| cat| sat| on| the|[MASK]| because| it| was|[MASK]|.|[SEP]", "")
	r.Task = record.Fill
	for i, t := range r.Tokens.Source {
		if strings.HasPrefix(t.Text, "[") {
			r.Tokens.Source[i].Special = t.Text != "[MASK]"
		}
	}
	return predicted(r, 12)
}

func hostile() *record.Record {
	return sample("\x00|\n\t| שלום!| مرحبا| 👩‍👩‍👧| <script>&\"| supercalifragilisticexpialidocious"+strings.Repeat("-and-on", 40)+"| | \u202Eevil| \u0301| 中文| \xff|</s>", "")
}

// TestPictures writes, with -pictures DIR, the figures that a designer looks at.
func TestPictures(t *testing.T) {
	long := strings.Repeat(" one| two| three| four|", 16)
	const source, target = "The| cat| sat| on| the| mat|.|</s>", "<pad>|Le| chat| s'|est| assis| sur| le| ta|pis|.|</s>"
	before := recurrent("The| cat| sat| on| the| ma|</s>", target, 512, false)
	for name, s := range map[string]struct {
		r *record.Record
		s view.State
	}{
		"links-cross":        {translation(), view.State{Kind: record.Cross, Heads: record.Heads(0)}},
		"links-query":        {translation(), view.State{Kind: record.Cross, Heads: record.Heads(1), Focus: view.Ref{Part: view.Query, Row: 8}}},
		"links-key":          {translation(), view.State{Kind: record.Cross, Heads: record.Heads(1), Focus: view.Ref{Part: view.Key, Col: 9}}},
		"links-pair":         {translation(), view.State{Kind: record.Cross, Heads: record.Heads(1), Focus: view.Ref{Part: view.Pair, Row: 3, Col: 3}}},
		"links-self-hidden":  {translation(), view.State{Kind: record.Self, HideSpecial: true}},
		"links-hostile":      {hostile(), view.State{}},
		"links-empty":        {&record.Record{}, view.State{}},
		"map-cross":          {translation(), view.State{View: view.Heatmap, Kind: record.Cross, Heads: record.Heads(0)}},
		"map-cell":           {translation(), view.State{View: view.Heatmap, Kind: record.Cross, Heads: record.Heads(0), Focus: view.Ref{Part: view.Pair, Row: 6, Col: 5}}},
		"map-decoder":        {translation(), view.State{View: view.Heatmap, Kind: record.Decoder, Heads: record.Heads(2)}},
		"map-self-hidden":    {translation(), view.State{View: view.Heatmap, Kind: record.Self, HideSpecial: true}},
		"map-hostile":        {hostile(), view.State{View: view.Heatmap}},
		"map-short":          {sample("I| know|.|</s>", ""), view.State{View: view.Heatmap}},
		"map-64":             {sample(long+"</s>", ""), view.State{View: view.Heatmap}},
		"map-256":            {sample(strings.Repeat(long, 4)+"</s>", ""), view.State{View: view.Heatmap, Focus: view.Ref{Part: view.Pair, Row: 50, Col: 51}}},
		"links-64":           {sample(long+"</s>", ""), view.State{}},
		"links-rnn":          {recurrent(source, target, 512, true), view.State{Kind: record.RNN}},
		"map-rnn":            {recurrent(source, target, 512, true), view.State{View: view.Heatmap, Kind: record.RNN}},
		"links-generation":   {generation(), view.State{Kind: record.Decoder}},
		"map-generation":     {generation(), view.State{View: view.Heatmap, Kind: record.Decoder}},
		"map-fill":           {filling(), view.State{View: view.Heatmap}},
		"context-fixed":      {recurrent(source, target, 512, false), view.State{View: view.Context}},
		"context-word":       {recurrent(source, target, 512, false), view.State{View: view.Context, Focus: view.Ref{Part: view.Query, Row: 1}}},
		"context-number":     {recurrent(source, target, 512, false), view.State{View: view.Context, Focus: view.Ref{Part: view.Pair, Col: 100}}},
		"context-small":      {recurrent(source, target, 16, false), view.State{View: view.Context}},
		"context-long":       {recurrent(strings.Repeat(long, 8)+"</s>", "<pad>|"+strings.Repeat(long, 2)+"</s>", 512, false), view.State{View: view.Context}},
		"context-soft":       {recurrent(source, target, 512, true), view.State{View: view.Context}},
		"context-sum":        {recurrent(source, target, 512, true), view.State{View: view.Context, Focus: view.Ref{Part: view.Pair, Row: 3, Col: 170}}},
		"context-soft-long":  {recurrent(long+"</s>", "<pad>|"+long+"</s>", 512, true), view.State{View: view.Context, Chosen: view.Ref{Part: view.Query, Row: 50}}},
		"steps":              {stepped(translation(), record.Cross, 3, record.ScaledDot, 32, 32), view.State{View: view.Steps, Kind: record.Cross, Heads: record.Heads(0)}},
		"steps-number":       {stepped(translation(), record.Decoder, 4, record.ScaledDot, 32, 32), view.State{View: view.Steps, Kind: record.Decoder, Heads: record.Heads(0), Chosen: view.Ref{Part: view.Pair, Row: 4, Col: 2}, Focus: view.Ref{Part: view.Pair, Row: 2, Col: 17}}},
		"steps-additive":     {stepped(recurrent(source, target, 512, true), record.RNN, 1, record.Additive, 192, 512), view.State{View: view.Steps, Kind: record.RNN, Focus: view.Ref{Part: view.Pair, Row: 7, Col: 170}}},
		"steps-hostile":      {stepped(hostile(), record.Self, 3, record.ScaledDot, 32, 32), view.State{View: view.Steps, Heads: record.Heads(0)}},
		"context-none":       {translation(), view.State{View: view.Context}},
		"expect":             {predicted(translation(), 5), view.State{View: view.Predictions, Chosen: view.Ref{Part: view.Query, Row: 8}}},
		"expect-bar":         {predicted(translation(), 5), view.State{View: view.Predictions, Focus: view.Ref{Part: view.Key, Row: 8, Col: 1}}},
		"expect-generation":  {generation(), view.State{View: view.Predictions}},
		"expect-fill":        {filling(), view.State{View: view.Predictions}},
		"expect-long":        {predicted(sample("a", "<pad>|"+strings.Repeat(long, 8)+"</s>"), 5), view.State{View: view.Predictions, Chosen: view.Ref{Part: view.Query, Row: 300}}},
		"expect-hostile":     {predicted(hostile(), 5), view.State{View: view.Predictions}},
		"expect-lens":        {lensed(generation()), view.State{View: view.Predictions, Lens: true, Layer: 2}},
		"expect-lens-cell":   {lensed(generation()), view.State{View: view.Predictions, Lens: true, Focus: view.Ref{Part: view.Pair, Row: 6, Col: 1}}},
		"expect-candidate":   {generation(), view.State{View: view.Predictions, Still: true, Drawn: "temperature 0.7"}},
		"links-arcs":         {translation(), view.State{Layout: view.Arcs, Heads: record.Heads(0)}},
		"links-arcs-word":    {translation(), view.State{Layout: view.Arcs, Heads: record.Heads(1), Focus: view.Ref{Part: view.Query, Row: 4}, HideSpecial: true}},
		"links-arcs-decoder": {translation(), view.State{Kind: record.Decoder, Layout: view.Arcs, Heads: record.Heads(0, 1, 2)}},
		"links-several":      {translation(), view.State{Kind: record.Cross, Heads: record.Heads(0, 1, 2), Chosen: view.Ref{Part: view.Query, Row: 3}}},
		"links-several-pair": {translation(), view.State{Kind: record.Cross, Heads: record.Heads(0, 2), Focus: view.Ref{Part: view.Pair, Row: 3, Col: 3}}},
		"links-words":        {translation(), view.State{Kind: record.Cross, Heads: record.Heads(1), Words: true}},
		"links-locked":       {translation(), view.State{Kind: record.Cross, Heads: record.Heads(1), Chosen: view.Ref{Part: view.Pair, Row: 3, Col: 3}, HideSpecial: true}},
		"map-query":          {translation(), view.State{View: view.Heatmap, Kind: record.Cross, Heads: record.Heads(1), Focus: view.Ref{Part: view.Query, Row: 8}}},
		"map-key":            {translation(), view.State{View: view.Heatmap, Kind: record.Cross, Heads: record.Heads(1), Focus: view.Ref{Part: view.Key, Col: 9}, HideSpecial: true}},
		"map-locked":         {translation(), view.State{View: view.Heatmap, Kind: record.Cross, Heads: record.Heads(1), Chosen: view.Ref{Part: view.Pair, Row: 3, Col: 3}}},
		"map-zoom":           {translation(), view.State{View: view.Heatmap, Kind: record.Cross, Heads: record.Heads(1), Zoom: 2, Height: 500}},
		"map-words":          {translation(), view.State{View: view.Heatmap, Kind: record.Self, Words: true, Still: true}},
		"grid":               {translation(), view.State{View: view.Heads, Kind: record.Self, Heads: record.Heads(1), Layer: 1}},
		"grid-focus":         {translation(), view.State{View: view.Heads, Kind: record.Decoder, Focus: view.Ref{Part: view.Head, Row: 1, Col: 2}, HideSpecial: true}},
		"grid-long":          {sample(long+"</s>", ""), view.State{View: view.Heads, Kind: record.Self, Still: true}},
		"strips":             {translation(), view.State{View: view.Strips, Kind: record.Cross}},
		"strips-key":         {translation(), view.State{View: view.Strips, Kind: record.Self, Focus: view.Ref{Part: view.Key, Col: 5}, Heads: record.Heads(1), HideSpecial: true}},
		"tower":              {translation(), view.State{View: view.Tower}},
		"tower-word":         {translation(), view.State{View: view.Tower, Heads: record.Heads(1), Focus: view.Ref{Part: view.Node, Row: 2, Col: 3}}},
		"tower-generation":   {generation(), view.State{View: view.Tower, Chosen: view.Ref{Part: view.Node, Row: 1, Col: 12}, Height: 600}},
		"flow":               {translation(), view.State{View: view.Flow}},
		"flow-key":           {translation(), view.State{View: view.Flow, Focus: view.Ref{Part: view.Key, Col: 2}, HideSpecial: true}},
		"flow-self":          {sample("My| grand|mother| told| me| stories| about| the| vill|age|.|</s>", ""), view.State{View: view.Flow, Chosen: view.Ref{Part: view.Query, Row: 3}}},
		"flow-long":          {sample(long+"</s>", ""), view.State{View: view.Flow}},
	} {
		for _, width := range []int{340, 1100} {
			for theme, p := range map[string]view.Palette{"light": view.Light, "dark": view.Dark} {
				s.s.Width = float64(width)
				env := view.Env{}
				if name == "context-fixed" {
					env.Before = before
				}
				scene, err := view.Build(s.r, s.s, env)
				if err != nil {
					t.Fatal(name, err)
				}
				var b bytes.Buffer
				if err := svg.Write(&b, scene, p); err != nil {
					t.Fatal(name, err)
				}
				parse(t, b.Bytes())
				if *pictures != "" {
					file := filepath.Join(*pictures, name+"-"+strconv.Itoa(width)+"-"+theme+".svg")
					if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}
