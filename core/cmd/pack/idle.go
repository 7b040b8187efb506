package main

import (
	"bytes"
	"slices"
)

// idle are the beginnings of the names of functions of Go's runtime that have nothing to do in a browser, where nobody
// traces or profiles a program, and no variable of the environment asks for reports: they are made empty, 3 % of the
// code. None of them that runs all the same has a result.
var idle = []string{
	"runtime.trace", "runtime.(*trace", "runtime.(*profBuf).", "runtime.mProf_", "runtime.saveblockevent", "runtime.mutexevent", "runtime.profilealloc",
	"runtime.doRecordGoroutineProfile", "runtime.tryRecordGoroutineProfile", "runtime.schedtrace", "runtime.gcDumpObject", "runtime.dumpgstatus",
	"runtime.(*mspan).reportZombies", "runtime.checkFinalizersAndCleanups", "runtime.printScavTrace", "runtime.moduledataverify1",
	"runtime.printCgoTraceback", "runtime.printAncestorTraceback", "runtime.dumpStacksRec", "runtime.dumpTypesRec", "runtime.startPCForTrace",
	"runtime.hexdump", "runtime.(*hexdumper).", "runtime.goStatusToTraceGoStatus", "runtime.fpunwindExpand",
}

// busy are those that such names begin too, and that have something to do: they say whether there is a trace.
var busy = []string{
	"runtime.traceback", "runtime.traceEnabled", "runtime.traceAllocFreeEnabled", "runtime.traceAcquire", "runtime.traceShuttingDown", "runtime.traceLocker.ok",
	"runtime.traceReader", "runtime.traceClockNow",
}

// empty is the body of a function that does nothing: SP += 8, which takes the return address off the stack, and 0, which
// says that it is done.
const empty = "\x00\x23\x00\x41\x08\x6a\x24\x00\x41\x00\x0b"

// isIdle tells whether a function of that name has nothing to do.
func isIdle(name []byte) bool {
	begins := func(with string) bool { return bytes.HasPrefix(name, []byte(with)) }
	return slices.ContainsFunc(idle, begins) && !slices.ContainsFunc(busy, begins)
}
