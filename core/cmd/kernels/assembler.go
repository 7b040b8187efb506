package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
)

// The value types of WebAssembly, and what a function without a result gives.
const (
	tI32  = 0x7f
	tF32  = 0x7d
	tVec  = 0x7b
	tNone = 0
)

// module is a WebAssembly module under construction: functions that work in one imported memory.
// The binary form is in https://webassembly.github.io/spec/core/binary/modules.html
type module struct {
	relaxed   bool
	functions []*function
}

// function is a function under construction.
type function struct {
	*module
	index  int
	name   string // of the export; "" for one that only others here call
	params int
	locals []byte // the types of the parameters, and then of the other locals
	free   []int  // locals whose variables are not in use any more
	used   []int  // those that variables have, in the order in which they came
	result byte
	code   []byte
	calls  []*function
}

// num, float and vec are code that leaves a value on the stack: an i32, an f32, and four floats or
// integers. Those that a function's variables are have the local's number besides.
type (
	num   struct{ operand }
	float struct{ operand }
	vec   struct{ operand }
)

type operand struct {
	f     *function
	code  string
	local int
}

// function adds a function. The parameters are i32 but for those whose type is given otherwise.
func (m *module) function(name string, result byte, params ...byte) *function {
	f := &function{module: m, index: len(m.functions), name: name, params: len(params), locals: params, result: result}
	m.functions = append(m.functions, f)
	return f
}

// types is the list of types of parameters: some pointers, then some numbers, then a count.
func types(pointers, numbers int) []byte {
	all := bytes.Repeat([]byte{tI32}, pointers+numbers+1)
	for i := range numbers {
		all[pointers+i] = tF32
	}
	return all
}

func (f *function) emit(code ...string) {
	for _, c := range code {
		f.code = append(f.code, c...)
	}
}

func (f *function) get(local int) operand {
	return operand{f, "\x20" + number(uint64(local)), local}
}

// The parameters, by their places.
func (f *function) num(i int) num     { return num{f.get(i)} }
func (f *function) float(i int) float { return float{f.get(i)} }
func (f *function) nums(n int) []num {
	all := make([]num, n)
	for i := range all {
		all[i] = f.num(i)
	}
	return all
}

// variable computes a value now and returns it as a variable.
func (f *function) variable(of byte, value operand) operand {
	local := slices.IndexFunc(f.free, func(l int) bool { return f.locals[l] == of })
	if local >= 0 {
		i := local
		local = f.free[i]
		f.free = slices.Delete(f.free, i, i+1)
	} else {
		local = len(f.locals)
		f.locals = append(f.locals, of)
	}
	f.used = append(f.used, local)
	v := f.get(local)
	f.assign(v, value)
	return v
}

// within runs the body, whose variables end with it: others take their places.
func (f *function) within(body func()) {
	before := len(f.used)
	body()
	f.free = append(f.free, f.used[before:]...)
	slices.Sort(f.free)
	f.used = f.used[:before]
}

func (f *function) assign(v, value operand) {
	f.emit(value.code, "\x21", number(uint64(v.local)))
}

func (n num) keep() num     { return num{n.f.variable(tI32, n.operand)} }
func (x float) keep() float { return float{x.f.variable(tF32, x.operand)} }
func (v vec) keep() vec     { return vec{v.f.variable(tVec, v.operand)} }

func (n num) set(to num) { n.f.assign(n.operand, to.operand) }
func (v vec) set(to vec) { v.f.assign(v.operand, to.operand) }

// with is the code of this operand, of others, and then an instruction.
func (o operand) with(instruction string, others ...operand) operand {
	code := o.code
	for _, other := range others {
		code += other.code
	}
	return operand{o.f, code + instruction, -1}
}

func (f *function) scalar(x float32) float {
	return float{operand{f, "\x43" + string(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x))), -1}}
}

func (f *function) constant(n int) num {
	return num{operand{f, "\x41" + signed(int64(n)), -1}}
}

func (n num) plus(m num) num     { return num{n.with("\x6a", m.operand)} }
func (n num) minus(m num) num    { return num{n.with("\x6b", m.operand)} }
func (n num) times(m num) num    { return num{n.with("\x6c", m.operand)} }
func (n num) add(m int) num      { return n.plus(n.f.constant(m)) }
func (n num) shift(bits int) num { return num{n.with("\x74", n.f.constant(bits).operand)} }
func (n num) over(m num) num     { return num{n.with("\x6d", m.operand)} }
func (n num) atLeast(m int) num  { return num{n.with("\x4e", n.f.constant(m).operand)} }
func (n num) equals(m int) num   { return num{n.with("\x46", n.f.constant(m).operand)} }
func (n num) advance(by int)     { n.set(n.add(by)) }

// when runs the body if the condition holds.
func (f *function) when(condition num, body func()) {
	f.emit(condition.code, "\x04\x40")
	body()
	f.emit("\x0b")
}

// repeat runs the body, and again for as long as what it returns is not 0.
func (f *function) repeat(body func() num) {
	f.emit("\x03\x40")
	again := body()
	f.emit(again.code, "\x0d\x00\x0b")
}

// call calls another function of the module, which has no result.
func (f *function) call(g *function, args ...num) {
	for _, a := range args {
		f.emit(a.code)
	}
	f.emit("\x10", number(uint64(g.index)))
	f.calls = append(f.calls, g)
}

// keep leaves out all functions but those of these names, and those that they call: their places stay, without anything
// in them, so that the numbers of the others do.
func (m *module) keep(names []string) {
	kept := map[*function]bool{}
	var use func(f *function)
	use = func(f *function) {
		kept[f] = true
		for _, g := range f.calls {
			use(g)
		}
	}
	for _, f := range m.functions {
		if slices.Contains(names, f.name) {
			use(f)
		}
	}
	for _, f := range m.functions {
		if !kept[f] {
			f.name, f.locals, f.code = "", f.locals[:f.params], []byte("\x00") // unreachable
		}
	}
}

// returns ends the function with its result.
func (f *function) returns(x float) { f.emit(x.code) }

// simd is a vector instruction, with the bytes that follow it.
func simd(op int, immediates ...byte) string {
	return "\xfd" + number(uint64(op)) + string(immediates)
}

// place is the alignment and the offset of a load or store: floats lie at multiples of 4 bytes.
func place(offset int) string { return "\x02" + number(uint64(offset)) }

func (n num) load(offset int) vec { return vec{n.with(simd(0) + place(offset))} }

// loadOne loads one float into the first of four, the others being 0; loadAll into all four; loadTwice two into both
// halves.
func (n num) loadOne(offset int) vec   { return vec{n.with(simd(92) + place(offset))} }
func (n num) loadAll(offset int) vec   { return vec{n.with(simd(9) + place(offset))} }
func (n num) loadTwice(offset int) vec { return vec{n.with(simd(10) + place(offset))} }

func (n num) store(offset int, v vec) {
	n.f.emit(n.with(simd(11)+place(offset), v.operand).code)
}

// touch loads what is there, for nothing but that it is in the cache then. A load may trap, so no compiler leaves it
// out.
func (n num) touch() { n.f.emit(n.with("\x28"+place(0)).code, "\x1a") }

func (n num) loadFloat(offset int) float { return float{n.with("\x2a" + place(offset))} }
func (n num) storeFloat(offset int, x float) {
	n.f.emit(n.with("\x38"+place(offset), x.operand).code)
}

func (n num) storeOne(offset int, v vec) {
	n.f.emit(n.with(simd(90)+place(offset)+"\x00", v.operand).code)
}

func (f *function) splat(x float32) vec {
	b := binary.LittleEndian.AppendUint32(nil, math.Float32bits(x))
	four := string(b) + string(b) + string(b) + string(b)
	return vec{operand{f, simd(12) + four, -1}}
}

func (x float) splat() vec         { return vec{x.with(simd(19))} }
func (v vec) lane(i byte) float    { return float{v.with(simd(31, i))} }
func (x float) plus(y float) float { return float{x.with("\x92", y.operand)} }
func (x float) over(y float) float { return float{x.with("\x95", y.operand)} }
func (x float) min(y float) float  { return float{x.with("\x96", y.operand)} }
func (x float) max(y float) float  { return float{x.with("\x97", y.operand)} }
func (x float) sqrt() float        { return float{x.with("\x91")} }
func (n num) float() float         { return float{n.with("\xb2")} }

func (v vec) Add(w vec) vec { return vec{v.with(simd(228), w.operand)} }
func (v vec) Sub(w vec) vec { return vec{v.with(simd(229), w.operand)} }
func (v vec) Mul(w vec) vec { return vec{v.with(simd(230), w.operand)} }
func (v vec) Div(w vec) vec { return vec{v.with(simd(231), w.operand)} }
func (v vec) Sqrt() vec     { return vec{v.with(simd(227))} }
func (v vec) Abs() vec      { return vec{v.with(simd(224))} }

// Max takes v where it is greater, else w, and Min v where it is less: so w where one is not a number.
func (v vec) Max(w vec) vec { return vec{w.with(simd(235), v.operand)} }
func (v vec) Min(w vec) vec { return vec{w.with(simd(234), v.operand)} }

// MulAdd is v·w + x, rounded once or twice as the machine likes in the relaxed form.
func (v vec) MulAdd(w, x vec) vec {
	if v.f.relaxed {
		return vec{v.with(simd(0x105), w.operand, x.operand)}
	}
	return v.Mul(w).Add(x)
}

func (v vec) Greater(w vec) vec { return vec{v.with(simd(68), w.operand)} }

// IfElse takes v where the mask is set, else w.
func (v vec) IfElse(mask, w vec) vec { return vec{v.with(simd(82), w.operand, mask.operand)} }

// maxAbs is the larger of v and |w|, of which v has no sign: not a number where one of them is not. Such floats are
// ordered as the integers of the same bits are, which takes one instruction.
func (v vec) maxAbs(w vec) vec { return vec{v.with(simd(184), w.Abs().operand)} }

// Four 32-bit or eight 16-bit integers are in a vec too. loadBytes loads eight bytes as 16-bit integers.
func (n num) loadBytes(offset int) vec { return vec{n.with(simd(1) + "\x00" + number(uint64(offset)))} }

// dot multiplies the 16-bit integers of v and w, and adds up pairs of the products to 32-bit ones.
func (v vec) dot(w vec) vec         { return vec{v.with(simd(186), w.operand)} }
func (v vec) addIntegers(w vec) vec { return vec{v.with(simd(174), w.operand)} }
func (v vec) floats() vec           { return vec{v.with(simd(250))} }

// dotBytes multiplies the bytes of v, which have a sign, and those of w, which are from 0 to 127, and adds up four of
// the products and an integer of x.
func (v vec) dotBytes(w, x vec) vec { return vec{v.with(simd(0x113), w.operand, x.operand)} }

// bytes and shorts are an integer in each byte, and in each 16 bits.
func (f *function) bytes(n int) vec  { return vec{f.constant(n).with(simd(15))} }
func (f *function) shorts(n int) vec { return vec{f.constant(n).with(simd(16))} }

// integer is one of the four.
func (v vec) integer(i byte) num { return num{v.with(simd(27, i))} }

// shiftIntegers shifts the 32-bit integers to the left.
func (v vec) shiftIntegers(bits int) vec { return vec{v.with(simd(171), v.f.constant(bits).operand)} }

// shiftShorts shifts the 16-bit integers of v to the right.
func (v vec) shiftShorts(bits int) vec {
	if bits == 0 {
		return v
	}
	return vec{v.with(simd(141), v.f.constant(bits).operand)}
}

func (v vec) and(w vec) vec { return vec{v.with(simd(78), w.operand)} }

// plusIntegers is the nearest 32-bit integers, of ties the even ones, plus n: of floats of less than 2²². What has so
// much added has no bits behind the point, and its bits are an integer's. narrow is the integers of v and w in 16 bits,
// and narrowBytes their 16-bit integers in bytes without a sign.
func (v vec) plusIntegers(n int) vec {
	const shift = 3 << 22
	bits := int(math.Float32bits(shift)) - n
	return vec{v.Add(v.f.splat(shift)).with(simd(177), v.f.splat(math.Float32frombits(uint32(bits))).operand)}
}
func (v vec) narrow(w vec) vec      { return vec{v.with(simd(133), w.operand)} }
func (v vec) narrowBytes(w vec) vec { return vec{v.with(simd(102), w.operand)} }

// exponent returns 2ⁿ for the integer n that t = n + 1.5·2²³ carries in its low bits.
func (v vec) exponent() vec {
	return v.shiftIntegers(23).addIntegers(v.f.splat(1))
}

// shuffle picks four of the eight floats of v and w.
func (v vec) shuffle(w vec, lanes ...byte) vec {
	var bytes []byte
	for _, l := range lanes {
		bytes = append(bytes, 4*l, 4*l+1, 4*l+2, 4*l+3)
	}
	return vec{v.with(simd(13, bytes...), w.operand)}
}

// total is the sum of the four.
func (v vec) total() float {
	v = v.keep()
	return v.lane(0).plus(v.lane(1)).plus(v.lane(2).plus(v.lane(3)))
}

// number is an unsigned number in LEB128, signed a signed one.
func number(n uint64) string { return string(binary.AppendUvarint(nil, n)) }

func signed(n int64) string {
	var out []byte
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return string(append(out, b))
		}
		out = append(out, b|0x80)
	}
}

// bytes is the module in its binary form. The memory is imported as "go" "memory".
func (m *module) binary() []byte {
	var types, functions, exports, code []byte
	exported := 0
	for i, f := range m.functions {
		types = append(types, 0x60)
		types = append(types, vector(string(f.locals[:f.params]))...)
		if f.result == tNone {
			types = append(types, 0)
		} else {
			types = append(types, 1, f.result)
		}
		functions = append(functions, number(uint64(i))...)
		if f.name != "" {
			exported++
			exports = append(exports, vector(f.name)...)
			exports = append(exports, "\x00"+number(uint64(i))...)
		}
		var body []byte
		kinds := 0
		for from := f.params; from < len(f.locals); {
			to := from
			for to < len(f.locals) && f.locals[to] == f.locals[from] {
				to++
			}
			body = append(body, number(uint64(to-from))...)
			body = append(body, f.locals[from])
			kinds++
			from = to
		}
		body = append([]byte(number(uint64(kinds))), body...)
		body = append(append(body, f.code...), 0x0b)
		code = append(code, vector(string(body))...)
	}
	count := number(uint64(len(m.functions)))
	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, content string) { out = append(append(out, id), vector(content)...) }
	section(1, count+string(types))
	section(2, "\x01"+vector("go")+vector("memory")+"\x02\x00\x00")
	section(3, count+string(functions))
	section(7, number(uint64(exported))+string(exports))
	section(10, count+string(code))
	return out
}

// vector is a sequence of bytes behind its length.
func vector(s string) string { return number(uint64(len(s))) + s }
