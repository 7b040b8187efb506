// A program that leans on what the runtime knows of its functions.
package main

import (
	"errors"
	_ "os" // which is made ready for files, and not used
	"runtime"
	"syscall/js"
	"time"
)

type node struct{ left, right *node }

// grow makes a tree while its stack grows and moves, and garbage is collected.
func grow(depth int) *node {
	if depth == 0 {
		runtime.GC()
		return nil
	}
	var local [40]*node
	for i := range local {
		local[i] = &node{}
	}
	n := &node{left: grow(depth - 1)}
	n.right = local[depth%len(local)]
	return n
}

func count(n *node) int {
	if n == nil {
		return 0
	}
	return 1 + count(n.left) + count(n.right)
}

func index(list []int, i int) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	return list[i], nil
}

func nested() (done string) {
	defer func() { done += " and recovered" }()
	defer func() { recover() }()
	defer func() {
		if len(done) == 0 {
			defer func() { done = "deferred" }()
			panic("again")
		}
	}()
	panic(errors.New("once"))
}

// place is a map's key in an interface, which the runtime hashes by its description: once packed, they all have one
// hash.
type place struct {
	name string
	n    int
	any  any
}

func keyed() (missing int) {
	m := map[any]int{}
	for i := range 300 {
		m[place{"a", i, nil}], m[place{"b", i, i}], m[i] = i, -i, 2*i
	}
	for i := range 300 {
		if m[place{"a", i, nil}] != i || m[place{"b", i, i}] != -i || m[i] != 2*i {
			missing++
		}
	}
	return missing + len(m) - 900
}

type shape interface{ area() int }

type square struct{ side int }

func (s square) area() int { return s.side * s.side }

type circle struct {
	name   string
	radius int
}

func (c *circle) area() int { return 3 * c.radius * c.radius }

type list[T any] []T

func (l list[T]) area() int { return len(l) }

// typed tells values apart by their types, as a switch, an interface and an error do.
func typed() (said string) {
	defer func() { said += recover().(error).Error() }()
	for _, v := range []any{square{2}, &circle{"c", 1}, list[int]{1}, list[string]{"a", "b"}, list[place]{}, place{}, struct{ a int }{1}, [3]int{}, "s", nil} {
		switch v := v.(type) {
		case square:
			said += "square "
		case *circle:
			said += v.name + " "
		case list[string]:
			said += v[1] + " "
		case list[float64], func(), chan int, map[string]int:
			said += "wrong "
		case struct{ a int }:
			said += "without a name "
		case [3]int:
			said += "three "
		case string:
			said += v + " "
		case nil:
			said += "nil "
		}
		if s, ok := v.(shape); ok {
			said += string(rune('0'+s.area())) + " "
		}
	}
	var v any = square{}
	return said + v.(*circle).name
}

// large is too large for the compiler to say where its pointers are: the runtime finds that out by its fields.
type large struct {
	nodes  [3000]*node
	places [2000]place
}

func collected() (lost int) {
	l := new(large)
	for i := range l.nodes {
		l.nodes[i] = &node{left: new(node)}
	}
	for i := range l.places {
		l.places[i] = place{name: string(rune('a' + i%26)), any: &place{n: i}}
	}
	for range 3 {
		runtime.GC()
		grow(3)
	}
	for _, n := range l.nodes {
		if n.left.right != nil {
			lost++
		}
	}
	for i, p := range l.places {
		if p.any.(*place).n != i || p.name != string(rune('a'+i%26)) {
			lost++
		}
	}
	return lost
}

func main() {
	sums := make(chan int)
	for i := range 8 {
		go func() { sums <- count(grow(20 + i)) }()
	}
	total := 0
	for range 8 {
		total += <-sums
	}
	time.Sleep(time.Millisecond)
	println("nodes", total)
	_, err := index([]int{1, 2}, total)
	println("error", err.Error())
	println(nested())
	println(keyed())
	println(typed())
	println(collected())
	pc, file, line, ok := runtime.Caller(0)
	println(runtime.FuncForPC(pc).Name(), ok)
	if js.Global().Get("process").Get("argv").Length() > 3 { // node, its script, the program
		println(file, line)
		var none *node
		println(none.left)
	}
}
