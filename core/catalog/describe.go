package catalog

import (
	"cmp"
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
	"heed/core/view"
)

// Describe returns what the list of models says of a model that nobody has written about: what can be read off it and
// its card, which may be empty, a text to begin with, and the middle layer to open with.
func Describe(m *model.Model, card []byte) Entry {
	e := Entry{Foreign: true, ID: m.Name, Title: m.About.Title, Task: m.About.Task, Source: m.About.Source, Target: m.About.Target,
		Parameters: m.Net.Weights().Count(), Stacks: m.Stacks(), Licence: licence(card), Metrics: map[string]float64{}, Open: Opening{View: view.Context}}
	if e.Title == "" {
		e.Title = m.Name
	}
	e.About = say.Text("It ", model.Does(e.Task))
	where := map[record.Kind]string{record.Self: " in the encoder", record.Decoder: " in the decoder", record.Cross: " of cross-attention"}
	for i, s := range e.Stacks {
		between, part := " and ", ""
		switch {
		case i == 0:
			between = ", with "
		case i < len(e.Stacks)-1:
			between = ", "
		}
		if len(e.Stacks) > 1 {
			part = where[s.Kind]
		}
		e.About += say.Text(between, say.Count(s.Layers, "layer"), " of ", say.Count(s.Heads, "head"), part)
	}
	e.About += "."
	for _, v := range view.Of(e.Stacks, m.Net.Predicts()) {
		e.Views = append(e.Views, v.Name)
	}
	if len(e.Stacks) > 0 {
		s := e.Stacks[0]
		e.Open = Opening{View: view.Links, Kind: s.Kind, Layer: s.Layers / 2}
	}
	e.Examples = []Example{{Text: cmp.Or(m.About.Example, beginning(e.Task)), Look: m.About.Look}}
	for _, text := range m.About.Others {
		e.Examples = append(e.Examples, Example{Text: text})
	}
	return e
}

// licence is what a model's card says in the front matter of its README.md, "" where it does not.
func licence(card []byte) string {
	inside := false
	for line := range strings.Lines(string(card)) {
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(line, ":")
		switch {
		case line == "---" && !inside:
			inside = true
		case !inside, line == "---":
			return ""
		case name == "license":
			return strings.Trim(value, ` "'`)
		}
	}
	return ""
}

// beginning is a text to begin with.
func beginning(task string) string {
	switch task {
	case model.Generation:
		return "The capital of France is Paris. The capital of Italy is"
	case model.Fill:
		return "The capital of France is ___."
	case model.Translation:
		return "I like tea."
	}
	return "The animal didn't cross the street because it was too tired."
}

// OpenClearest has the model open with the head whose tokens look most at one other in a Record that it saw, which is
// neither special nor themselves.
func (e *Entry) OpenClearest(r *record.Record) {
	if len(e.Stacks) > 0 {
		e.Open.Layer, e.Open.Head = clearest(r, e.Open.Kind)
	}
}

func clearest(r *record.Record, kind record.Kind) (layer, head int) {
	queries, keys := r.Queries(kind), r.Keys(kind)
	best := float32(-1)
	for _, m := range r.Maps {
		if m.Kind != kind || m.Head < 0 || len(queries) < m.Rows || len(keys) < m.Cols {
			continue
		}
		var sum float32
		for i := range m.Rows {
			var most float32
			for j, w := range m.Weights[i*m.Cols : (i+1)*m.Cols] {
				self := kind != record.Cross && i == j
				first := kind == record.Decoder && j == 0 // where attention goes that has nothing to look at
				if !self && !first && !queries[i].Special && !keys[j].Special {
					most = max(most, w)
				}
			}
			sum += most
		}
		if sum > best {
			best, layer, head = sum, m.Layer, m.Head
		}
	}
	return layer, head
}
