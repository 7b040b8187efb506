//go:build js && wasm

package page

import (
	"strings"

	"heed/core/catalog"
	"heed/core/record"
	"heed/wasm/bridge"
)

// showStored shows what the model sees in its first example, where that is what is asked for, until the
// model itself has come: the list of models has the Record beside each.
func (e *element) showStored() {
	if e.page.ran(e.model) || e.tried == e.model || e.entry == nil || len(e.entry.Examples) == 0 ||
		e.text != e.entry.Examples[0].Text || e.target != nil || e.changes.Any() {
		return
	}
	id := e.model
	e.tried = id
	go func() {
		data, err := bridge.Fetch(bridge.URL("models/"+id+"/"+catalog.ExampleFile), 0, nil)
		if err != nil {
			return // the model is on its way anyway
		}
		r, err := record.Parse(data)
		if err != nil || e.foreign != nil || e.model != id || !e.asked || e.page.ran(id) || r.Text != e.text || e.changes.Any() {
			return
		}
		r.Model = id
		e.whole = nil
		e.record, e.previous, e.shown, e.stored = r, nil, 0, true
		e.sentences.final(r.Output)
		e.status()
		e.need()
	}()
}

// remaining says how long a download will take at the pace that it has, once that can be told.
func remaining(seconds, done, total float64) string {
	if seconds < 1 || done <= 0 || total <= done {
		return ""
	}
	left := seconds * (total - done) / done
	switch {
	case left < 1.5:
		return ", about a second left"
	case left < 90:
		return ", about " + strings.TrimSuffix(number(float64(int(left+0.5))), ".") + " seconds left"
	}
	return ", about " + number(float64(int(left/60+0.5))) + " minutes left"
}
