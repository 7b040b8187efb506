//go:build js && wasm

package bridge

import (
	"strings"
	"syscall/js"
)

// Painting is a list of what to paint on a canvas, which crosses to the browser in one piece.
type Painting struct {
	numbers []float32 // of each step its code and its numbers
	texts   []byte    // of the steps that have one, each ended by a zero byte
}

// The steps, and the numbers that each takes.
const (
	Transform   = iota // 6: as setTransform
	Clear              // 4: x, y, width, height
	Alpha              // 1: the opacity of what follows
	LineWidth          // 1
	BeginPath          // 0
	Curve              // 8: where a Bézier curve begins, its control points and where it ends
	Line               // 4: where it begins and where it ends
	Stroke             // 0: the path
	FillRect           // 4
	StrokeRect         // 4
	Disc               // 3: its middle and its radius
	Tile               // 8: a part of the tile, and the rectangle over which it is stretched
	FillText           // 2, and the text
	FillStyle          // 0, and the colour
	StrokeStyle        // 0, and the colour
	Font               // 0, and the font
	Align              // 0, and left, center or right
	Direction          // 0, and ltr or rtl
)

// Begin empties the list.
func (p *Painting) Begin() { p.numbers, p.texts = p.numbers[:0], p.texts[:0] }

// Do adds a step.
func (p *Painting) Do(step int, numbers ...float64) {
	p.numbers = append(p.numbers, float32(step))
	for _, n := range numbers {
		p.numbers = append(p.numbers, float32(n))
	}
}

// ended appends a text and the zero byte that ends it. One within it, which is a token of some models, is shown as ␀.
func ended(all []byte, text string) []byte {
	return append(append(all, strings.ReplaceAll(text, "\x00", "␀")...), 0)
}

// Write adds a step that has a text.
func (p *Painting) Write(step int, text string, numbers ...float64) {
	p.Do(step, numbers...)
	p.texts = ended(p.texts, text)
}

// Paint does what the list says in a canvas's context. The tile is another canvas.
func (p *Painting) Paint(context, tile Value) {
	loader.Call("paint", context, tile, BytesToJS(asBytes(p.numbers)), string(p.texts))
}

// Children makes an element's children as many as count, each of a role and with its number, from 1, in an
// attribute, and labels those from one on. An empty label hides its child.
func Children(of Value, role, number string, count, from int, labels []string) {
	loader.Call("children", of, role, number, count, from, joined(labels))
}

// Choices adds to an element an input of a kind and a name, with a text, for each value.
func Choices(to Value, kind, name string, values, texts []string) {
	loader.Call("choices", to, kind, name, joined(values), joined(texts))
}

func joined(texts []string) string {
	var all []byte
	for _, t := range texts {
		all = ended(all, t)
	}
	return string(all)
}

// Places puts an element's children where four numbers for each say: left, top, width and height in CSS
// pixels; without numbers, back into the flow.
func Places(of Value, numbers []float32) { loader.Call("places", of, BytesToJS(asBytes(numbers))) }

// RGBA resolves a colour, written in any of CSS's ways, to red, green, blue and opacity.
func RGBA(color string) (rgba [4]uint8) {
	js.CopyBytesToGo(rgba[:], loader.Call("rgba", color))
	return rgba
}
