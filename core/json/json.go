// Package json reads and writes JSON without reflection: encoding/json would add some 190 kB to the
// engine that a browser downloads. A type describes its members once, and is read and written by that:
//
//	func (p *Point) Fields(o *json.Object) {
//		o.Member("x").Int(&p.X)
//		o.Optional("label", p.Label != "").String(&p.Label)
//	}
//
//	data, err := json.Write(p.Fields)
//	err := json.Read(data, p.Fields)
//
// Reading leaves what is absent or null as it is, and ignores members that are not described. The
// first error ends it: nothing is read after that. Errors name the place, as in
// "maps[2].rows is 1.5, not a whole number (line 1, column 87)".
package json

import (
	"errors"
	"math"
	"strconv"

	"heed/core/stable"
)

// Object is an object whose members are being read or written.
type Object struct {
	c       *coder
	at      int // reading: where the object begins
	members int // writing: how many there are so far; reading: 1 once the coder knows them
	known   int // reading: where those of this object begin in the coder's list
}

// Value is the place of a value that is being read or written.
type Value struct {
	c     *coder
	at    int    // where the value begins; negative when there is none to read or write
	name  string // of a member
	index int    // of an element; negative for a member
}

// coder is what all values of one file share.
type coder struct {
	pauses
	data    []byte   // what is read
	known   []member // of the objects that are being read, the innermost last
	path    []byte   // the names of what is being read or written
	writing bool
	out     []byte // what is written
	indent  bool
	depth   int
	err     error // the first
}

// Member is the member of that name, which is always written.
func (o *Object) Member(name string) Value { return o.Optional(name, true) }

// Optional is the member of that name, which is written only if write is true.
func (o *Object) Optional(name string, write bool) Value {
	v := Value{c: o.c, at: -1, name: name, index: -1}
	switch {
	case o.c.err != nil:
	case !o.c.writing:
		v.at = o.find(name)
	case write:
		o.c.comma(o.members)
		o.c.string(name)
		o.c.out = append(o.c.out, ':')
		if o.c.indent {
			o.c.out = append(o.c.out, ' ')
		}
		o.members++
		v.at = len(o.c.out)
	}
	return v
}

// Nullable is the member of that name, which is written as null unless write is true.
func (o *Object) Nullable(name string, write bool) Value {
	v := o.Member(name)
	if o.c.writing && !write {
		v.Null()
		v.at = -1
	}
	return v
}

// Writing reports whether the object is written, not read.
func (o *Object) Writing() bool { return o.c.writing }

// Writing reports whether the value is written, not read.
func (v Value) Writing() bool { return v.c.writing }

// There reports whether there is a value to read, other than null, or one to be written.
func (v Value) There() bool {
	return v.c.err == nil && v.at >= 0 && (v.c.writing || v.c.data[v.at] != 'n')
}

// Kind is the first character of a value that is read: one of {["tf, a digit or a minus; 0 when
// there is none.
func (v Value) Kind() byte {
	if v.c.writing || !v.There() {
		return 0
	}
	return v.c.data[v.at]
}

// Object reads or writes an object, whose members fields describes.
func (v Value) Object(fields func(*Object)) {
	if !v.is('{', "an object") {
		return
	}
	c := v.c
	path, known := len(c.path), len(c.known)
	c.path = v.appendName(c.path)
	o := Object{c: c, at: v.at, known: known}
	c.open('{')
	fields(&o)
	c.close('}', o.members)
	c.path, c.known = c.path[:path], c.known[:known]
}

// Array reads or writes an array: each is called for every element in turn. Length is the number
// of elements to write; it is not used in reading.
func (v Value) Array(length int, each func(i int, e Value)) {
	if !v.is('[', "an array") {
		return
	}
	c := v.c
	path := len(c.path)
	c.path = v.appendName(c.path)
	if c.writing {
		c.open('[')
		for i := range length {
			c.comma(i)
			each(i, Value{c: c, at: len(c.out), index: i})
		}
		c.close(']', length)
	} else {
		for i, at := 0, c.space(v.at+1); c.data[at] != ']' && c.err == nil; i++ {
			each(i, Value{c: c, at: at, index: i})
			at = c.next(at)
			c.step(1)
		}
	}
	c.path = c.path[:path]
}

// List reads or writes an array of objects, the elements of list.
func List[T any, P interface {
	*T
	Fields(*Object)
}](v Value, list *[]T) {
	AtMost[T, P](v, list, math.MaxInt, "")
}

// AtMost is List for an array of at most so many objects, which an error about one more calls by the name in what.
func AtMost[T any, P interface {
	*T
	Fields(*Object)
}](v Value, list *[]T, most int, what string) {
	if v.replaces() {
		*list = []T{}
	}
	v.Array(len(*list), func(i int, e Value) {
		if !e.c.writing {
			if i == most {
				e.Fail("is one " + what + " too many: at most " + strconv.Itoa(most) + " are read")
				return
			}
			var zero T
			*list = append(*list, zero)
		}
		e.Object(P(&(*list)[i]).Fields)
	})
}

// Pointer reads or writes an object, or null for nil.
func Pointer[T any, P interface {
	*T
	Fields(*Object)
}](v Value, p *P) {
	switch {
	case v.c.writing && *p == nil:
		v.Null()
	case v.There():
		if !v.c.writing {
			*p = new(T)
		}
		v.Object((*p).Fields)
	}
}

// String reads or writes a string. What is written and is not UTF-8 becomes U+FFFD.
func (v Value) String(p *string) {
	if !v.is('"', "a string") {
		return
	}
	if v.c.writing {
		v.c.string(*p)
	} else {
		*p = unquote(v.c.data[v.at:v.c.end(v.at)])
	}
}

// Bool reads or writes true or false.
func (v Value) Bool(p *bool) {
	switch {
	case !v.There():
	case v.c.writing:
		v.c.out = strconv.AppendBool(v.c.out, *p)
	case v.Kind() == 't' || v.Kind() == 'f':
		*p = v.Kind() == 't'
	default:
		v.fail("is neither true nor false")
	}
}

// Null writes null. Reading, it does nothing.
func (v Value) Null() {
	if v.c.writing && v.There() {
		v.c.out = append(v.c.out, "null"...)
	}
}

// Int reads or writes a whole number.
func (v Value) Int(p *int) { integer(v, p, strconv.IntSize) }

// Int64 reads or writes a whole number.
func (v Value) Int64(p *int64) { integer(v, p, 64) }

func integer[T int | int8 | int64](v Value, p *T, bits int) {
	if !v.There() {
		return
	}
	if v.c.writing {
		v.c.out = strconv.AppendInt(v.c.out, int64(*p), 10)
		return
	}
	n, err := strconv.ParseInt(v.text(), 10, bits)
	switch {
	case err == nil:
		*p = T(n)
	case errors.Is(err, strconv.ErrRange):
		v.fail("is " + v.quote() + ", out of range")
	default:
		v.fail("is " + v.quote() + ", not a whole number")
	}
}

// Float reads or writes a number.
func (v Value) Float(p *float64) { float(v, p, 64) }

// Float32 reads or writes a number, with as many digits as a float32 needs.
func (v Value) Float32(p *float32) { float(v, p, 32) }

func float[T float32 | float64](v Value, p *T, bits int) {
	if !v.There() {
		return
	}
	if v.c.writing {
		if *p-*p != 0 {
			v.fail("is not finite, and JSON has no such number")
		}
		v.c.number(float64(*p), bits)
		return
	}
	text := v.text()
	if text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		v.fail("is " + v.quote() + ", not a number")
		return
	}
	x, err := strconv.ParseFloat(text, bits)
	if err != nil { // the grammar has been checked
		v.fail("is " + v.quote() + ", out of range")
		return
	}
	*p = T(x)
}

// Strings reads or writes an array of strings.
func (v Value) Strings(p *[]string) { array(v, p, Value.String) }

// Floats reads or writes an array of numbers.
func (v Value) Floats(p *[]float64) { array(v, p, Value.Float) }

// Ints reads or writes an array of whole numbers.
func (v Value) Ints(p *[]int) { array(v, p, Value.Int) }

// Int8s reads or writes an array of whole numbers from -128 to 127.
func (v Value) Int8s(p *[]int8) {
	array(v, p, func(e Value, x *int8) { integer(e, x, 8) })
}

// Float32s reads or writes an array of numbers.
func (v Value) Float32s(p *[]float32) {
	if v.c.writing || v.Kind() != '[' {
		array(v, p, Value.Float32)
		return
	}
	// A file may hold millions: those that are as they should be are read without a Value for each.
	c := v.c
	list := make([]float32, 0, c.elements(v.at))
	for at := c.space(v.at + 1); c.data[at] != ']'; {
		end := at
		for !ends[c.data[end]] {
			end++
		}
		x, err := strconv.ParseFloat(string(c.data[at:end]), 32)
		if err != nil { // it is null, or a Value says what is wrong
			var none float32
			path := len(c.path)
			c.path = v.appendName(c.path)
			Value{c: c, at: at, index: len(list)}.Float32(&none)
			if c.path = c.path[:path]; c.err != nil {
				return
			}
			x = 0
		}
		list = append(list, float32(x))
		c.step(1)
		if at = c.space(end); c.data[at] == ',' {
			at = c.space(at + 1)
		}
	}
	*p = list
}

// elements returns how many elements the array at at has, if none is an array, an object or a string: a
// list that grew would take twice the memory while it does.
func (c *coder) elements(at int) int {
	n := 1
	for ; c.data[at] != ']'; at++ {
		if c.data[at] == ',' {
			n++
		}
		if at&0x3ffff == 0 {
			c.step(often)
		}
	}
	return n
}

func array[T any](v Value, p *[]T, element func(Value, *T)) {
	if v.replaces() {
		*p = []T{}
	}
	v.Array(len(*p), func(i int, e Value) {
		if !e.c.writing {
			var zero T
			*p = append(*p, zero)
		}
		element(e, &(*p)[i])
	})
}

// replaces reports whether a list is about to be read.
func (v Value) replaces() bool { return !v.c.writing && v.There() }

// StringMap reads or writes an object whose members are strings, ordered by name. A duplicate name is
// an error.
func (v Value) StringMap(p *map[string]string) { table(v, p, Value.String) }

// FloatMap reads or writes an object whose members are numbers, ordered by name. A duplicate name is
// an error.
func (v Value) FloatMap(p *map[string]float64) { table(v, p, Value.Float) }

// Map reads or writes an object whose members are objects, ordered by name. A duplicate name is
// an error.
func Map[T any, P interface {
	*T
	Fields(*Object)
}](v Value, p *map[string]T) {
	table(v, p, func(e Value, x *T) { e.Object(P(x).Fields) })
}

func table[T any](v Value, p *map[string]T, member func(Value, *T)) {
	v.Object(func(o *Object) {
		if !o.c.writing {
			*p = map[string]T{}
			for name, v := range o.All() {
				if _, twice := (*p)[name]; twice {
					v.fail("is a duplicate member")
				}
				var x T
				member(v, &x)
				(*p)[name] = x
			}
			return
		}
		for _, name := range stable.Keys(*p) {
			x := (*p)[name]
			member(o.Member(name), &x)
		}
	})
}

// Failed reports whether there has been an error.
func (v Value) Failed() bool { return v.c.err != nil }

// Fail makes what is wrong with a value that was read the error: what follows the value's
// name, as in "is negative".
func (v Value) Fail(what string) { v.fail(what) }

// is reports whether a value is to be written, or to be read and begins with that character. It is
// an error if it begins with another.
func (v Value) is(first byte, what string) bool {
	if !v.There() || v.c.writing || v.c.data[v.at] == first {
		return v.There()
	}
	v.fail("is not " + what)
	return false
}

func (v Value) fail(what string) {
	c := v.c
	if c.err != nil {
		return
	}
	name := string(v.appendName(c.path))
	if name == "" {
		name = "the document"
	}
	if c.writing {
		c.err = errors.New(name + " " + what)
		return
	}
	c.err = errors.New(name + " " + what + c.place(c.data, v.at))
}

// appendName appends the name of a value to that of what it is in.
func (v Value) appendName(path []byte) []byte {
	if v.index >= 0 {
		return append(strconv.AppendInt(append(path, '['), int64(v.index), 10), ']')
	}
	if len(path) > 0 {
		path = append(path, '.')
	}
	return append(path, cut(v.name)...)
}
