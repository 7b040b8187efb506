package view

import "github.com/go-gl/mathgl/mgl64"

// Beside puts scenes side by side into one, each under its title, to be written or painted: it is no longer to
// be walked or pointed at.
func Beside(titles []string, scenes []*Scene) *Scene {
	const top, gap = 34.0, 32.0
	all, x := &Scene{}, 0.0
	for i, s := range scenes {
		if i > 0 {
			all.Title, all.Caption = all.Title+"; ", all.Caption+" "
			x += gap
		}
		all.Title += titles[i] + ": " + s.Title
		all.Caption += titles[i] + ": " + s.Caption + s.Sentence
		all.text(x+pad, 20, titles[i], leadFont, Left, Muted)
		for _, m := range s.Marks {
			all.put(moved(m, mgl64.Vec2{x, top}))
		}
		x += s.Width
		all.Height = max(all.Height, top+s.Height)
	}
	all.Width = x
	return all
}

// moved is a mark elsewhere.
func moved(m Mark, by mgl64.Vec2) Mark {
	switch m := m.(type) {
	case Curve:
		m.Ref = Ref{}
		for i := range m.P {
			m.P[i] = m.P[i].Add(by)
		}
		return m
	case Lines:
		segments := make([][2]mgl64.Vec2, len(m.Segments))
		for i, l := range m.Segments {
			segments[i] = [2]mgl64.Vec2{l[0].Add(by), l[1].Add(by)}
		}
		m.Segments = segments
		return m
	case Rect:
		m.X, m.Y = m.X+by[0], m.Y+by[1]
		return m
	case Disc:
		m.X, m.Y = m.X+by[0], m.Y+by[1]
		return m
	case Text:
		m.X, m.Y = m.X+by[0], m.Y+by[1]
		return m
	case Cells:
		m.X, m.Y = m.X+by[0], m.Y+by[1]
		return m
	}
	return m
}
