// Command pack rewrites a WebAssembly file that Go's linker made, so that it compresses better.
//
//	pack FILE
//	pack -sizes FILE   tells what each package adds, of a program linked with its names
//
// The linker leaves zeros out of the data: it begins a new segment behind every eight of them, which
// gives an engine 68,000 segments. A header a segment is more to download than the zeros, which
// compress to nothing: joined, the data take 118 kB less behind gzip and 72 kB less behind brotli.
//
// Go's runtime can tell file and line of every call, and its own names; only stack traces use that. Without, they name
// our functions alone, and the engine is smaller by another 110 kB behind gzip and 85 kB behind brotli; a coarser
// table of where to look for a function makes it 10 kB, and a list of functions that the program writes itself when it
// starts 26 kB. What only package reflect knows of types is 55 kB.
//
// Code that does the same in fewer or more equal instructions takes another 155 kB less behind gzip, 110 kB behind
// brotli: addresses of variables, and jumps forward, which are faster too; addresses to return to are 38 kB. What of
// the runtime has nothing to do in a browser is 17 kB; what cannot run there, and what only such functions call,
// another 20 kB, behind brotli 12 kB. What makes ready for files and for printing, which packages that ours are built
// of ask for, is 6 kB behind brotli.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
)

func main() {
	args, do := os.Args[1:], pack
	if len(args) > 0 && args[0] == "-sizes" {
		args, do = args[1:], tell
	}
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: pack [-sizes] FILE")
		os.Exit(2)
	}
	if err := do(args[0]); err != nil {
		fmt.Fprintf(os.Stderr, "pack: %s: %v\n", args[0], err)
		os.Exit(1)
	}
}

func tell(path string) error {
	module, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	all, err := sizes(module)
	if err != nil {
		return err
	}
	printSizes(os.Stdout, all)
	return nil
}

func pack(path string) error {
	module, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if module, err = packed(module); err != nil {
		return err
	}
	return os.WriteFile(path, module, 0o644)
}

// packed returns a module that does what a Go program does, and compresses better.
func packed(module []byte) ([]byte, error) {
	return rewrite(module, func(p *program) error {
		p.segments = join(p.segments)
		for _, s := range p.segments {
			if bytes.Contains(s.data, []byte(magic)) {
				return p.trim(s)
			}
		}
		return errors.New("it is not a program that Go 1.27 made")
	})
}

// trim takes out of a program what it can do without. The runtime's tables are in a segment.
func (p *program) trim(s segment) error {
	m, err := findModule(p.segments, s)
	if err != nil {
		return err
	}
	if err := coarsen(s, m); err != nil {
		return err
	}
	names, err := trimLines(s.data)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "reflect.Value.") || strings.HasPrefix(name, "reflect.(*rtype).") {
			return errors.New("it uses package reflect, which needs what would be taken out of the descriptions of types")
		}
		if strings.HasPrefix(name, "os.Open") || strings.HasPrefix(name, "fmt.") && !strings.HasPrefix(name, "fmt.init") {
			return fmt.Errorf("it uses %s, and what opens files and prints would be taken out", name)
		}
	}
	if err := p.trimTypes(m); err != nil {
		return err
	}
	if err := p.empty(names, m); err != nil {
		return err
	}
	return p.listFunctions(s, names)
}
