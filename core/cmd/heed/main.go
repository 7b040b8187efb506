// Heed runs, measures and trains the models, from a terminal.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"heed/core/model"
)

const usage = `heed shows what a neural network attends to.

  heed run -model DIR (-text S | -file F) [-target S] [-beam N] [-max-tokens N]
           [-out text|json|csv|svg] [-view links|heatmap] [-kind cross|self|decoder] [-layer N] [-head N|mean]
           [-width N] [-dark] [-o FILE]
  heed eval -model DIR -data FILE [-beam N] [-as-typed] [-per-line] [-json]
  heed train RECIPE -data DIR -o DIR [-from DIR] [-steps N]
  heed export -model DIR -o DIR
  heed inspect PATH
  heed index web/models

DIR may be the name of a model in web/models. "heed COMMAND -h" explains the flags.
`

func main() {
	err := command(os.Args[1:])
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "heed:", err)
	os.Exit(1)
}

func command(args []string) error {
	commands := map[string]func([]string) error{
		"run": runCommand, "eval": evalCommand, "train": trainCommand, "export": exportCommand, "inspect": inspectCommand, "index": indexCommand,
	}
	if len(args) == 0 {
		fmt.Print(usage)
		return errors.New("name a command")
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		fmt.Print(usage)
		return nil
	}
	if f := commands[args[0]]; f != nil {
		return f(args[1:])
	}
	return fmt.Errorf("there is no command %q; see heed help", args[0])
}

// parse parses flags and refuses what is left over.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%s: %q is not a flag; quote texts that hold spaces", f.Name(), f.Arg(0))
	}
	return nil
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
	m.Name = filepath.Base(filepath.Clean(dir))
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
			return "", fmt.Errorf("there is no directory %s, and no model of that name in web/models", name)
		}
		at = filepath.Dir(at)
	}
}
