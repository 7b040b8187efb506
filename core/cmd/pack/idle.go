package main

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// idle are the beginnings of the names of functions of Go's runtime and library that have nothing to do in a browser,
// where nobody traces or profiles a program, no variable of the environment asks for reports, a program is one module,
// memory cannot be given back, and no package of ours opens a file or prints, but packages that some are built of make
// ready for it: they are made empty. None of them that runs all the same has a result.
var idle = []string{
	"runtime.trace", "runtime.(*trace", "runtime.(*profBuf).", "runtime.mProf_", "runtime.saveblockevent", "runtime.mutexevent", "runtime.profilealloc",
	"runtime.doRecordGoroutineProfile", "runtime.tryRecordGoroutineProfile", "runtime.schedtrace", "runtime.gcDumpObject", "runtime.dumpgstatus",
	"runtime.(*mspan).reportZombies", "runtime.checkFinalizersAndCleanups", "runtime.printScavTrace", "runtime.moduledataverify1",
	"runtime.printCgoTraceback", "runtime.printAncestorTraceback", "runtime.dumpStacksRec", "runtime.dumpTypesRec", "runtime.startPCForTrace",
	"runtime.hexdump", "runtime.(*hexdumper).", "runtime.goStatusToTraceGoStatus", "runtime.fpunwindExpand", "runtime.printArgs",
	"runtime.parsegodebug", "internal/cpu.processOptions", "runtime.testAtomic64", "runtime.typelinksinit",
	"runtime.(*scavengerState).wake",
	"os.init", "fmt.init", "bufio.init", "internal/poll.init", "syscall.init",
}

// never are the beginnings of the names of functions that cannot run. There is one thread, and no other can be made or
// waited for; no C is called; what gives memory back is never woken; no variable of the environment asks for marks to
// be checked; nobody looks for lost goroutines, or has arenas; there are no files.
var never = []string{
	"runtime.stopm", "runtime.startm", "runtime.newm", "runtime.handoffp", "runtime.stoplockedm", "runtime.startlockedm", "runtime.gcstopm",
	"runtime.mexit", "runtime.exitsyscallNoP", "runtime.cgocall", "runtime.(*scavengerState).run", "runtime.(*scavengerState).sleep",
	"runtime.runCheckmark", "runtime.setCheckmark", "runtime.gcRestoreSyncObjects",
	"runtime.(*mspan).setUserArenaChunkToFault",
	"os.(*file).", "internal/poll.(*", "syscall.Write", "syscall.Pwrite", "syscall.Close", "syscall.fsCall",
}

// busy are those that such names begin too, and that have something to do: they say whether there is a trace.
var busy = []string{
	"runtime.traceback", "runtime.traceEnabled", "runtime.traceAllocFreeEnabled", "runtime.traceAcquire", "runtime.traceShuttingDown", "runtime.traceLocker.ok",
	"runtime.traceReader", "runtime.traceClockNow",
}

// empty is the body of a function that does nothing: SP += 8, which takes the return address off the stack, and 0,
// which says that it is done.
const empty = "\x00\x23\x00\x41\x08\x6a\x24\x00\x41\x00\x0b"

// trap is the body of a function that cannot run: unreachable, which ends a program that is not what it is taken for.
const trap = "\x00\x00\x0b"

// begins tells whether a name begins with one of these.
func begins(name string, with []string) bool {
	return slices.ContainsFunc(with, func(begin string) bool { return strings.HasPrefix(name, begin) })
}

// empty leaves out the functions that have nothing to do or cannot run, and those that only such functions refer to.
func (p *program) empty(names []string, m moduleData) error {
	if len(names) != len(p.bodies) {
		return errOther
	}
	refers, referred := make([][]int, len(names)), make([]bool, len(names))
	for i, body := range p.bodies {
		all, err := p.refers(body)
		if err != nil {
			return fmt.Errorf("%s %w", names[i], err)
		}
		switch name := names[i]; {
		case begins(name, never):
			p.bodies[i] = []byte(trap)
		case begins(name, idle) && !begins(name, busy):
			p.bodies[i] = []byte(empty)
		default:
			refers[i] = all
		}
		for _, to := range all {
			referred[to] = referred[to] || to != i
		}
	}
	used := make([]bool, len(names))
	var use func(i int)
	use = func(i int) {
		if !used[i] {
			used[i] = true
			for _, to := range refers[i] {
				use(to)
			}
		}
	}
	for i := range names {
		if !referred[i] { // what starts the program, and what is found by its address
			use(i)
		}
	}
	p.addresses(m, use)
	for i := range names {
		if !used[i] && string(p.bodies[i]) != empty {
			p.bodies[i] = []byte(trap)
		}
	}
	return nil
}

// firstAddress is funcValueOffset in Go's src/cmd/link/internal/wasm/asm.go: an address is a function's number, counted
// from there, and a counter of 16 bits.
const firstAddress = 0x1000

// refers returns the functions that a body calls, or has addresses of.
func (p *program) refers(body []byte) (to []int, err error) {
	err = each(body, func(code []byte) {
		function := -1
		switch code[0] {
		case call:
			index, _ := binary.Uvarint(code[1:])
			function = int(index) - p.imported
		case i32Const, i64Const:
			function = signed(code[1:])>>16 - firstAddress
		}
		if function >= 0 && function < len(p.bodies) {
			to = append(to, function)
		}
	})
	return to, err
}

// addresses calls each with the functions whose addresses lie in the memory: whole, or counted from the first
// function's, as types have those of their methods. The runtime's tables, which have all, are not looked at.
func (p *program) addresses(m moduleData, each func(i int)) {
	for _, s := range p.segments {
		for at := -s.offset & 3; at+4 <= len(s.data); at += 4 {
			if address := uint64(s.offset + at); address >= m.Tables && address < m.Functions[0]+m.Functions[1] {
				continue
			}
			word := binary.LittleEndian.Uint32(s.data[at:])
			if word&0xffff != 0 {
				continue
			}
			for _, i := range []int{int(word >> 16), int(word>>16) - firstAddress} {
				if i >= 0 && i < len(p.bodies) {
					each(i)
				}
			}
		}
	}
}
