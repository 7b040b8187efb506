// A program that leans on what the runtime knows of its functions.
package main

import (
	"errors"
	"os"
	"runtime"
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

// place is a map's key in an interface, which the runtime hashes and compares by its description.
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
	pc, file, line, ok := runtime.Caller(0)
	println(runtime.FuncForPC(pc).Name(), ok)
	if len(os.Args) > 1 {
		println(file, line)
		var none *node
		println(none.left)
	}
}
