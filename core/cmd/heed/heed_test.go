package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

// TestMain lets the test's binary stand in for the program, see TestBinary.
func TestMain(m *testing.M) {
	if os.Getenv("HEED_IS_MAIN") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// heed runs a command line and returns what it wrote.
func heed(args ...string) (out, remarks string, err error) {
	var o, e bytes.Buffer
	err = command(console{&o, &e}, args)
	return o.String(), e.String(), err
}

// answer is heed for a command line that must succeed.
func answer(t *testing.T, args ...string) string {
	t.Helper()
	out, _, err := heed(args...)
	if err != nil {
		t.Fatalf("heed %.200q: %v", args, err)
	}
	return out
}

// refuse wants a command line to fail with one sentence that holds some words, and without an answer.
func refuse(t *testing.T, want string, args ...string) {
	t.Helper()
	out, _, err := heed(args...)
	switch {
	case err == nil:
		t.Errorf("heed %.200q: no error", args)
	case !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 400:
		t.Errorf("heed %.200q: the error is %q; want one sentence with %q", args, err, want)
	case out != "":
		t.Errorf("heed %.200q: it answered %.200q beside its error", args, out)
	}
}

// saved returns a directory named small that holds the model.
func saved(t testing.TB, m *model.Model) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "small")
	if err := m.Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	return dir
}

// write makes a file of lines.
func write(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines.txt")
	put(t, path, strings.Join(lines, "\n")+"\n")
	return path
}

func put(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHelp(t *testing.T) {
	usage := answer(t, "help")
	for name, flags := range map[string]string{
		"run": "-max-tokens", "eval": "-per-line", "train": "-stop-at", "average": "-share", "export": "-o", "inspect": "PATH", "index": "DIR",
	} {
		if !strings.Contains(usage, "heed "+name) {
			t.Errorf("heed help does not name %s", name)
		}
		out, remarks, err := heed(name, "-h")
		if !errors.Is(err, flag.ErrHelp) || !strings.Contains(out, "heed "+name) || !strings.Contains(out, flags) || remarks != "" {
			t.Errorf("heed %s -h: %v, %q, %q", name, err, out, remarks)
		}
		refuse(t, "heed "+name+" -h", name, "-nonsense")
	}
	if answer(t) != usage {
		t.Error("heed alone does not say what heed help does")
	}
	if got, _, err := heed("help", "run"); !errors.Is(err, flag.ErrHelp) || !strings.Contains(got, "-max-tokens") || !strings.Contains(got, "Examples:\n  heed run -model en-fr") {
		t.Errorf("heed help run: %q, %v", got, err)
	}
	if got := answer(t, "--version"); !strings.HasPrefix(got, "heed ") || !strings.Contains(got, runtime.Version()) {
		t.Errorf("heed --version: %q", got)
	}
	refuse(t, `no command "dance"`, "dance")
	refuse(t, `"cat" belongs to no flag of heed run; a text is given by -text`, "run", "-text", "the", "cat")
	refuse(t, "PATH is missing", "inspect")
	refuse(t, `"b" belongs to no flag of heed inspect`, "inspect", "a", "b")
	dir := tiny(t, model.Translation)
	for _, text := range []string{"", " ", "\n", "\u200b"} {
		for _, out := range []string{"text", "svg", "csv"} {
			if text != "\u200b" || out == "text" { // of which there are maps to draw
				refuse(t, "the text is empty", "run", "-model", dir, "-text", text, "-target", "", "-out", out)
			}
		}
	}
}

// TestBinary runs the program as a shell does: help ends with 0, a mistake with 1 and a sentence on
// standard error.
func TestBinary(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("WebAssembly starts no processes")
	}
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	dir := saved(t, modeltest.Small(t))
	for _, c := range []struct {
		args           []string
		status         int
		stdout, stderr string // parts of them; none: empty
	}{
		{[]string{"help"}, 0, "heed run", ""},
		{[]string{"train", "-h"}, 0, "-data", ""},
		{[]string{"run", "-model", dir, "-text", "the cat", "-target", "le chat"}, 0, "le chat\n", ""},
		{[]string{"run", "-model", dir, "-text", strings.Repeat("cat ", 99), "-target", "le chat"}, 0, "le chat\n", "heed: The text has"},
		{[]string{"run", "-model", "nowhere", "-text", "the cat"}, 1, "", "heed: there is no directory \"nowhere\""},
		{nil, 0, "heed run", ""},
	} {
		cmd := exec.Command(self, c.args...)
		cmd.Env = append(os.Environ(), "HEED_IS_MAIN=1")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.Run() // the status tells
		if got := cmd.ProcessState.ExitCode(); got != c.status {
			t.Errorf("heed %.60q ends with %d, want %d", c.args, got, c.status)
		}
		for _, s := range []struct{ name, got, want string }{{"output", stdout.String(), c.stdout}, {"error", stderr.String(), c.stderr}} {
			if !strings.Contains(s.got, s.want) || s.want == "" && s.got != "" {
				t.Errorf("heed %.60q: the standard %s is %q, want %q", c.args, s.name, s.got, s.want)
			}
		}
	}
}

// TestVisible wants nothing to reach a terminal that could move its cursor.
func TestVisible(t *testing.T) {
	var b bytes.Buffer
	c := console{visible{&b}, visible{new(bytes.Buffer)}}
	dir := saved(t, modeltest.Small(t))
	if err := command(c, []string{"run", "-model", dir, "-text", "a", "-target", "a\x1b[2J\x01\u009b\t🤝🏽 é"}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), `a\x1b[2J\x01\x9b`+"\t🤝🏽 é\n"; got != want {
		t.Errorf("the terminal gets %q, want %q", got, want)
	}
	b.Reset()
	if n, err := c.out.Write([]byte("\xff\r\x7f")); n != 3 || err != nil || b.String() != `\xff\x0d\x7f` {
		t.Errorf("%d, %v: %q", n, err, b.String())
	}
}

// TestFindModel finds a model by its name from anywhere below web/models' parent.
func TestFindModel(t *testing.T) {
	root := t.TempDir()
	if err := modeltest.Small(t).Save(filepath.Join(root, "web", "models", "tiny"), weights.I8); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(below, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{root, below} {
		t.Chdir(at)
		if got := answer(t, "run", "-model", "tiny", "-text", "a", "-target", "b"); got != "b\n" {
			t.Errorf("got %q", got)
		}
		refuse(t, "web/models of this directory or of one above it", "run", "-model", "huge", "-text", "a")
	}
	t.Chdir(filepath.Join(root, "web", "models", "tiny"))
	m, err := openModel(".")
	if err != nil || m.Name != "tiny" {
		t.Errorf("the model in this directory is called %v, %v", m, err)
	}
}
