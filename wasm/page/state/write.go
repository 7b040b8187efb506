package state

import (
	"strings"
	"unicode"

	"heed/core/model"
	"heed/core/record"
)

// The messages about writing a text on, and about hiding its words.
type (
	Write     struct{ Seed uint64 } // the model writes the text on
	StopWrite struct{}              // and is to keep what it has written so far
	Undo      struct{}              // back to the text before
	HideWord  struct{ At int }      // hide a word of the text from the model, or put it back
)

// atOnce is how many tokens are written at once, at most.
const atOnce = 120

func (m Write) update(c *change) {
	c.Earlier = &Earlier{c.Text, c.Earlier}
	c.Writing, c.Base, c.More, c.Seed = true, c.Text, "", m.Seed
	c.ask()
}

func (m StopWrite) update(c *change) {
	if !c.Writing {
		return
	}
	if c.Writing = false; c.More == "" && c.Earlier != nil {
		c.Earlier = c.Earlier.Next
	}
	c.Settings.Set(Text, c.Base+c.More)
	c.Ran = RunOf{} // or the writing would go on
	c.settle()
	c.save()
}

// end takes over what was written when the model or its room came to an end.
func (c *change) end(r *record.Record) {
	c.Writing = false
	c.Settings.Set(Text, r.Text)
	c.Text = r.Text
	if c.Ran = c.RunOf(); r.Output == "" && c.Earlier != nil {
		c.Earlier = c.Earlier.Next
	}
	c.save()
}

func (m Undo) update(c *change) {
	StopWrite{}.update(c)
	if c.Earlier == nil {
		return
	}
	text := c.Earlier.Text
	c.Earlier = c.Earlier.Next
	c.choose(0, Pair{Text, text})
}

// Boxed is the text in the textbox: what is written on is not the text yet.
func (s *State) Boxed() string {
	if s.Writing {
		return s.Base + s.More
	}
	return s.Text
}

// Part is a word of a text, or a hole in it.
type Part struct {
	Start, End int
	Hole       bool
}

// HasHole says whether a word of a text is hidden.
func HasHole(text string) bool {
	for i := range text {
		if model.Hole(text[i:]) > 0 {
			return true
		}
	}
	return false
}

// WordsOf finds the words of a text and the signs for hidden ones, and stops where there are so many.
func WordsOf(text string, most int) (parts []Part) {
	inside := false
	for i, r := range text {
		if n := len(parts); n > 0 && i < parts[n-1].End {
			continue
		} else if n >= most && !inside {
			break
		}
		n := model.Hole(text[i:])
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || inside && (r == '\'' || r == '’')
		switch end := i + len(string(r)); {
		case n > 0:
			parts = append(parts, Part{i, i + n, true})
		case letter && inside:
			parts[len(parts)-1].End = end
		case letter:
			parts = append(parts, Part{i, end, false})
		}
		inside = letter && n == 0
	}
	return parts
}

// HideWord hides a word, or puts it back: what stood there, else what the model would put there.
func (m HideWord) update(c *change) {
	parts := WordsOf(c.Text, len(c.Text))
	if m.At >= len(parts) {
		return
	}
	p, ordinal, holes := parts[m.At], 0, 0
	for i, q := range parts {
		if q.Hole {
			if holes++; i < m.At {
				ordinal++
			}
		}
	}
	hidden := strings.Split(strings.TrimSuffix(c.Hidden, "\x00"), "\x00")
	if len(hidden) != holes || c.Hidden == "" { // holes that the reader typed
		hidden = make([]string, holes)
	}
	to := model.Mask
	if p.Hole {
		to = hidden[ordinal]
		if to == "" && c.Record != nil && ordinal < len(c.Record.Predictions) {
			to = strings.TrimSpace(c.Record.Predictions[ordinal].Top[0].Text)
		}
		hidden = append(hidden[:ordinal:ordinal], hidden[ordinal+1:]...)
	} else {
		hidden = append(hidden[:ordinal:ordinal], append([]string{c.Text[p.Start:p.End]}, hidden[ordinal:]...)...)
	}
	if c.Hidden = strings.Join(hidden, "\x00"); len(hidden) > 0 {
		c.Hidden += "\x00"
	}
	c.choose(0, Pair{Text, c.Text[:p.Start] + to + c.Text[p.End:]})
}

// Letters says whether a text is letters only: none that stand for a sound or a stroke of what is to be written.
func Letters(s string) bool {
	for _, r := range s {
		if !unicode.Is(unicode.Latin, r) && !unicode.Is(unicode.Cyrillic, r) && !unicode.Is(unicode.Greek, r) && !unicode.Is(unicode.Arabic, r) && !unicode.Is(unicode.Hebrew, r) && r != '\'' && r != '’' {
			return false
		}
	}
	return s != ""
}
