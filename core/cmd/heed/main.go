// Heed runs, measures and trains the models, from a terminal.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	_ "heed/core/foreign"
	"heed/core/hub"
	"heed/core/model"
	"heed/core/recipe"
)

const usage = `heed shows what a neural network attends to.

  heed run -model DIR (-text S | -file F) [-target S] [-beam N] [-max-tokens N]
           [-temperature T] [-top-k N] [-top-p P] [-seed N] [-out text|json|csv|svg|html]
           [-view links|strips|heatmap|grid|tower|steps|context|flow|predictions] [-kind cross|self|decoder|rnn]
           [-layer N] [-head N|mean] [-words] [-hide-special] [-threshold SHARE] [-layout columns|arcs] [-lens]
           [-row N -col N] [-compare LAYER.HEAD,LAYER.HEAD | -compare text:S] [-width N] [-dark] [-o FILE]
           [-off KIND.LAYER.HEAD,...] [-force KIND.LAYER.HEAD.ROW.COL=WEIGHT,...] [-attention-temperature T]
           [-patched KIND.LAYER.HEAD.POSITION,... -from TEXT] [-replace WORD=OTHER,...] [-steer KIND.LAYER=STRENGTH -toward TEXT -away TEXT]
           [-replay RECORD.json]
           [-ablate heads|layers|ffn|positions [-with zero|mean -corpus FILE]] [-patch text:S [-at heads|residual]]
           [-attribute METHOD -position N] [-why KIND.LAYER.HEAD.ROW.COL] [-adversary] [-vectors]
  heed heads -model DIR [-data FILE [-alignment FILE]] [-most N] [-ioi N] [-json]
  heed trust -model DIR (-data FILE | -text S) [-most N] [-predictions N] [-json]
  heed trust -figure FILE.json,… [-o FILE.svg]
  heed eval -model DIR -data FILE [-beam N] [-as-typed] [-columns N,N] [-float32] [-int8] [-per-line] [-json]
  heed eval -model DIR [-model DIR ...] -data FILE -by-length DIR [-published FILE]
  heed eval -model DIR -data FILE -alignment FILE
  heed eval -model DIR -data FILE -probe
  heed eval -model DIR [-model DIR ...] -sentences
  heed train RECIPE -data DIR -o DIR [-from DIR [-new-vocabulary]] [-learning-rate R] [-steps N] [-stop-at STEP]
           [-checkpoint TIME]
  heed train task:NAME [-arch A] [-layers N -heads N -width N -steps N -seed N] [-pairs FILE] [-json] [-o DIR]
  heed average -model DIR -with DIR [-share S] -o DIR
  heed export -model DIR -o DIR
  heed inspect PATH
  heed index [-data FILE -alignment FILE] web/models

DIR may be the name of a model in web/models, of this directory or of one above it; a GGUF file; or
hf:OWNER/NAME[@REVISION], a model of the Hugging Face Hub, which is downloaded once (HF_HOME, HF_ENDPOINT, HF_TOKEN and
HF_HUB_OFFLINE hold as in Python).
"heed COMMAND -h" explains the flags and gives examples; "heed --version" tells what this is.
`

// examples stand under the flags of a command.
var examples = map[string]string{
	"run": `
  heed run -model en-fr -text "I like tea"
  heed run -model en-fr -file - < lines.txt
  heed run -model en-fr -text "I like tea" -layer 2 -head 3 -o tea.svg
  heed run -model en-fr -text "I like tea" -view grid -o tea.html
  heed run -model en-fr -text "I see a red car" -off cross.2.0
  heed run -model stories -text "Once upon a time" -max-tokens 60 -temperature 0.7 -seed 1
  heed run -model en-fr -text "I see a red car" -ablate heads
  heed run -model en-fr -text "I see a red car" -patch "text:I see a blue car"
  heed run -model en-fr -text "I see a red car" -attribute integrated-gradients -position 3
  heed run -model en-fr -text "I see a red car" -why cross.2.4.3.3
  heed run -model hf:openai-community/gpt2 -text "The capital of France is" -max-tokens 5
  heed run -model all-MiniLM-L6-v2 -file sentences.txt              (a sentence model: of each line the nearest)
`,
	"heads": `
  heed heads -model fill -data sentences.txt
  heed heads -model en-fr -data test.tsv -alignment train.tsv
`,
	"trust": `
  heed trust -model en-fr -data test.tsv -most 100
  heed trust -figure en-fr.json,stories.json -o trust.svg
  heed trust -model en-fr-attention -text "I like tea."
`,
	"eval": `
  heed eval -model en-fr -data test.tsv -beam 4
  heed eval -model en-fr -data test.tsv -by-length DIR
  heed eval -model en-fr -data test.tsv -probe
  heed eval -model en-fr,en-fr-attention,en-fr-context -sentences
  heed eval -model stories -data tinystories.valid.txt -json
`,
	"train": `
  heed train en-fr -data DIR -o DIR              (Ctrl-C stops; the same command goes on)
  heed train en-fr -data DIR -o DIR -from en-fr -steps 2500 -learning-rate 0.0009
  heed train task:reverse -o DIR                 (a small network, in a minute; heed train task:reverse -h has its flags)
`,
	"average": `
  heed average -model first -with second -o mean
`,
	"export": `
  heed export -model en-fr -o en-fr-float32
`,
	"inspect": `
  heed inspect en-fr
  heed inspect model.safetensors
`,
	"index": `
  heed index web/models
  heed index -data test.tsv -alignment train.tsv web/models
`,
}

func main() {
	c := console{terminal(os.Stdout), terminal(os.Stderr)}
	err := command(c, os.Args[1:])
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(c.err, "heed:", err)
	if errors.Is(err, recipe.ErrStopped) {
		os.Exit(130) // as shells say of what an interrupt ended: 128 + SIGINT
	}
	os.Exit(1)
}

// console is where a command writes: its answer to out, remarks to err.
type console struct{ out, err io.Writer }

func command(c console, args []string) error {
	commands := map[string]func(console, []string) error{
		"run": runCommand, "eval": evalCommand, "train": trainCommand, "average": averageCommand, "export": exportCommand, "inspect": inspectCommand, "heads": headsCommand, "trust": trustCommand, "index": indexCommand,
	}
	if len(args) == 0 {
		args = []string{"help"}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) == 1 {
			fmt.Fprint(c.out, usage)
			return nil
		}
		args = []string{args[1], "-h"}
	case "version", "-version", "--version":
		fmt.Fprintln(c.out, version())
		return nil
	}
	if f := commands[args[0]]; f != nil {
		return f(c, args[1:])
	}
	return fmt.Errorf("there is no command %q; heed help lists them", args[0])
}

// version tells the commit that this was built from, where the build knows it, and the compiler.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "heed"
	}
	text := "heed " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" || s.Key == "GOEXPERIMENT" {
			text += ", " + s.Key + " " + s.Value
		}
	}
	return text + ", " + info.GoVersion
}

// given tells which flags stand in the command line.
func given(f *flag.FlagSet) map[string]bool {
	set := map[string]bool{}
	f.Visit(func(f *flag.Flag) { set[f.Name] = true })
	return set
}

// parse reads a command's flags, and returns the words that stand before, between or after them:
// as many as wanted, else it is an error. Asked for help it gives it and returns flag.ErrHelp.
func (c console) parse(f *flag.FlagSet, args []string, wanted ...string) (words []string, err error) {
	f.SetOutput(io.Discard)
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			f.SetOutput(c.out)
			fmt.Fprintln(c.out, strings.Join(append([]string{"heed", f.Name()}, wanted...), " "))
			f.PrintDefaults()
			fmt.Fprint(c.out, "\nExamples:\n", strings.TrimPrefix(examples[f.Name()], "\n"))
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("%w; heed %s -h explains the flags", err, f.Name())
		}
		if f.NArg() == 0 {
			break
		}
		words, args = append(words, f.Arg(0)), f.Args()[1:]
	}
	switch n := len(wanted); {
	case len(words) < n:
		return nil, fmt.Errorf("%s is missing: heed %s %s", wanted[len(words)], f.Name(), strings.Join(wanted, " "))
	case len(words) > n:
		hint := ""
		if f.Lookup("text") != nil {
			hint = "; a text is given by -text, in quotes if it holds spaces"
		}
		return nil, fmt.Errorf("%q belongs to no flag of heed %s%s", words[n], f.Name(), hint)
	}
	return words, nil
}

// openModel opens a directory, a GGUF file, the model of that name in web/models of this directory or of one above
// it, or one of the Hugging Face Hub.
func openModel(name string) (*model.Model, error) {
	if name == "" {
		return nil, errors.New("name a model: -model en-fr, -model DIR, or -model hf:OWNER/NAME")
	}
	path, err := findModel(name)
	if err != nil {
		return nil, err
	}
	var m *model.Model
	if ggufFile(path) {
		m, err = openGGUF(path)
	} else {
		m, err = model.Open(os.DirFS(path))
	}
	if err != nil {
		return nil, fmt.Errorf("the model in %s: %w", path, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if m.Name = filepath.Base(path); strings.HasPrefix(name, hub.Prefix) {
		m.Name = name
	}
	return m, nil
}

// openGGUF opens a file of llama.cpp, which stays open as long as the program runs.
func openGGUF(name string) (*model.Model, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return model.OpenGGUF(f, info.Size())
}

func ggufFile(name string) bool { return strings.EqualFold(filepath.Ext(name), ".gguf") }

// findModel returns where a model lies: what it is called on the Hub is downloaded first.
func findModel(name string) (string, error) {
	if strings.HasPrefix(name, hub.Prefix) {
		r, err := hub.ParseRef(name)
		if err != nil {
			return "", err
		}
		h, err := hub.FromEnvironment()
		if err != nil {
			return "", err
		}
		remarks := terminal(os.Stderr)
		h.Say = func(line string) { fmt.Fprintln(remarks, line) }
		return h.Fetch(r)
	}
	exists := func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && (info.IsDir() || ggufFile(path))
	}
	if exists(name) {
		return name, nil
	}
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if dir := filepath.Join(at, "web", "models", name); exists(dir) {
			return dir, nil
		}
		if filepath.Dir(at) == at {
			return "", fmt.Errorf("there is no directory %q, no GGUF file, and no model of that name in web/models of this directory or of one above it", name)
		}
		at = filepath.Dir(at)
	}
}

// vacant refuses a directory that holds a model: what made it may have taken hours, and may be what is to be read.
func vacant(dir string) error {
	for _, name := range model.Files {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("-o %s: there is a model in it, which would be lost; give another directory, or remove that model first", dir)
		}
	}
	return nil
}

// terminal returns a file to write to, through visible where people read it.
func terminal(f *os.File) io.Writer {
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return visible{f}
	}
	return f
}

// visible spells the control characters of what is written to it, except for ends of lines and tabs: neither a text
// nor what a model makes of it may move the cursor.
type visible struct{ io.Writer }

func (v visible) Write(p []byte) (int, error) {
	var b []byte
	for rest := p; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && n == 1: // no UTF-8, which a terminal may take for a control character
			b = fmt.Appendf(b, `\x%02x`, rest[0])
		case unicode.IsControl(r) && r != '\n' && r != '\t':
			b = fmt.Appendf(b, `\x%02x`, r)
		default:
			b = append(b, rest[:n]...)
		}
		rest = rest[n:]
	}
	if _, err := v.Writer.Write(b); err != nil {
		return 0, err
	}
	return len(p), nil
}

// printable quotes what a foreign file says where it could do something to a terminal.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
