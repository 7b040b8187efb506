// Heed runs, measures and trains the models, from a terminal.
package main

import (
	"fmt"
	"os"
)

const usage = `heed shows what a neural network attends to.

  heed train RECIPE -data DIR -o DIR [-from DIR]
`

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "heed:", err)
		os.Exit(1)
	}
}

func command(args []string) error {
	if len(args) == 0 {
		fmt.Print(usage)
		return nil
	}
	switch args[0] {
	case "train":
		return trainCommand(args[1:])
	case "help", "-h", "-help", "--help":
		fmt.Print(usage)
		return nil
	}
	return fmt.Errorf("there is no command %q; see heed help", args[0])
}
