// Heed runs, measures and trains the models, from a terminal.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"heed/core/model"
)

const usage = `heed shows what a neural network attends to.

  heed run -model DIR (-text S | -file F) [-target S] [-beam N] [-max-tokens N]
           [-temperature T] [-top-k N] [-top-p P] [-seed N] [-out text|json|csv|svg|html]
           [-view links|heatmap|grid|tower|steps|context|flow|predictions] [-kind cross|self|decoder|rnn] [-layer N] [-head N|mean]
           [-row N -col N] [-compare LAYER.HEAD,LAYER.HEAD | -compare text:S] [-width N] [-dark] [-o FILE]
           [-off KIND.LAYER.HEAD,...] [-force KIND.LAYER.HEAD.ROW.COL=WEIGHT,...] [-attention-temperature T]
  heed eval -model DIR -data FILE [-beam N] [-as-typed] [-float32] [-per-line] [-json]
  heed eval -model DIR [-model DIR ...] -data FILE -by-length DIR [-published FILE]
  heed eval -model DIR -data FILE -alignment FILE
  heed train RECIPE -data DIR -o DIR [-from DIR] [-steps N]
  heed average -model DIR -with DIR [-share S] -o DIR
  heed export -model DIR -o DIR
  heed inspect PATH
  heed index web/models

DIR may be the name of a model in web/models. "heed COMMAND -h" explains the flags.
`

func main() {
	err := command(console{os.Stdout, os.Stderr}, os.Args[1:])
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "heed:", err)
	os.Exit(1)
}

// console is where a command writes: its answer to out, remarks to err.
type console struct{ out, err io.Writer }

func command(c console, args []string) error {
	commands := map[string]func(console, []string) error{
		"run": runCommand, "eval": evalCommand, "train": trainCommand, "average": averageCommand, "export": exportCommand, "inspect": inspectCommand, "index": indexCommand,
	}
	if len(args) == 0 {
		return errors.New("name a command; heed help lists them")
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		fmt.Fprint(c.out, usage)
		return nil
	}
	if f := commands[args[0]]; f != nil {
		return f(c, args[1:])
	}
	return fmt.Errorf("there is no command %q; heed help lists them", args[0])
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
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w; heed %s -h explains the flags", f.Name(), err, f.Name())
		}
		if f.NArg() == 0 {
			break
		}
		words, args = append(words, f.Arg(0)), f.Args()[1:]
	}
	switch n := len(wanted); {
	case len(words) < n:
		return nil, fmt.Errorf("%s: %s is missing: heed %s %s", f.Name(), wanted[len(words)], f.Name(), strings.Join(wanted, " "))
	case len(words) > n:
		return nil, fmt.Errorf("%s: %q is not a flag; quote texts that hold spaces", f.Name(), words[n])
	}
	return words, nil
}

// openModel opens a directory, or the model of that name in web/models of this directory or of one
// above it.
func openModel(name string) (*model.Model, error) {
	if name == "" {
		return nil, errors.New("name a model: -model en-fr, or -model DIR")
	}
	dir, err := findModel(name)
	if err != nil {
		return nil, err
	}
	m, err := model.Open(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("the model in %s: %w", dir, err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	m.Name = filepath.Base(dir)
	return m, nil
}

func findModel(name string) (string, error) {
	exists := func(dir string) bool {
		info, err := os.Stat(dir)
		return err == nil && info.IsDir()
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
			return "", fmt.Errorf("there is no directory %q, and no model of that name in web/models", name)
		}
		at = filepath.Dir(at)
	}
}

// printable quotes what a foreign file says where it could do something to a terminal.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
