//go:build !js

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heed/core/enginetest"
)

// TestPackedProgram runs a program before and after it is packed.
func TestPackedProgram(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("it takes Node.js to run it")
	}
	program := filepath.Join(t.TempDir(), "program.wasm")
	build := exec.Command("go", "build", "-o", program, "./testdata/program")
	build.Env = enginetest.Env(t, "../../..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	starter := filepath.Join(strings.TrimSpace(string(root)), "lib/wasm/go_js_wasm_exec")
	run := func(args ...string) string {
		start := exec.Command(starter, append([]string{program}, args...)...)
		start.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()} // Go has room for few variables there
		out, _ := start.CombinedOutput()
		return string(out)
	}
	before, crashed := run(), run("crash")
	if !strings.Contains(before, "main.main true") || !strings.Contains(crashed, "main.go:") {
		t.Fatalf("before it is packed, it writes %s%s", before, crashed)
	}
	if want := "square 4 c 3 1 b 2 0 without a name three s nil interface conversion: interface {} is main.square, not *main.circle\n0\n"; !strings.Contains(before, want) {
		t.Fatalf("before it is packed, it writes %s, without %s", before, want)
	}
	size := fileSize(t, program)
	if err := pack(program); err != nil {
		t.Fatal(err)
	}
	if after := run(); after != before {
		t.Errorf("packed, it writes\n%s\nnot\n%s", after, before)
	}
	module, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	bodies, names, err := named(module)
	if err != nil {
		t.Fatal(err)
	}
	became := map[string]string{empty: "empty", trap: "a trap"}
	got := map[string]string{}
	for i, body := range bodies {
		got[names[i]] = became[string(body)]
		if got[names[i]] != "" && !begins(names[i], []string{"runtime", "internal_", "os.", "sync", "syscall"}) {
			t.Errorf("%s is %s", names[i], got[names[i]])
		}
	}
	for name, want := range map[string]string{
		"runtime.schedtrace": "empty", "runtime.traceAdvance": "empty", "runtime.traceback2": "", "runtime.mallocgc": "", "runtime.startm": "a trap",
		"runtime.typesEqual":    "a trap", // only an idle function calls it, and itself
		"runtime.resetForSleep": "",       // whose address alone is used
		"os.init":               "empty", "os.newFile": "a trap",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, not %q", name, got[name], want)
		}
	}
	trace := run("crash")
	for _, want := range []string{"? 0\n", "nil pointer dereference", "main.main()", "?:0"} {
		if !strings.Contains(trace, want) {
			t.Errorf("no %q when it crashes: %s", want, trace)
		}
	}
	if strings.Contains(trace, "main.go") {
		t.Errorf("a file is named: %s", trace)
	}
	t.Logf("%d bytes, packed %d", size, fileSize(t, program))
}

func fileSize(t *testing.T, path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestTrimLinesRefusesOtherTables(t *testing.T) {
	for name, memory := range map[string]string{
		"none": "", "header alone": magic,
		"offsets outside": magic + strings.Repeat("\xff", 80),
		"another function": magic + "\x01" + strings.Repeat("\x00", 7+16+8) + strings.Repeat("\x48\x00\x00\x00\x00\x00\x00\x00", 4) +
			"\x00\x00\x01\x00\x08\x00\x00\x00" + strings.Repeat("\x00", 200),
	} {
		if _, err := trimLines([]byte(memory)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
