//go:build js && wasm

package page

import (
	"strconv"

	"heed/core/model"
)

// chooseExample goes to an example, and to the view that shows what there is to see.
func (e *element) chooseExample(x *model.Example) {
	for _, name := range []string{"view", "kind", "layer", "head", "target", "token", "key", "compare"} {
		delete(e.settings, name)
	}
	if e.writer != nil {
		e.writer.typed()
	}
	if o := x.Open; o != nil {
		e.settings["view"], e.settings["kind"] = o.View, string(o.Kind)
		e.settings["layer"], e.settings["head"] = strconv.Itoa(o.Layer), strconv.Itoa(o.Head)
	}
	delete(e.settings, "text") // the same text in another view is a choice too
	e.choose("text", x.Text)
	e.fresh = true
}
