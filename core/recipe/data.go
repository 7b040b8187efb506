package recipe

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"heed/core/data"
)

// Data is what a recipe learns from.
type Data struct {
	Pairs []data.Pair   // each is used once an epoch
	Mixed [][]data.Pair // of Recipe.Mix
	words *words        // of Recipe.Slots; nil without any
}

// Load reads all that the recipe learns from, its files from dir.
func (r *Recipe) Load(dir string) (*Data, error) {
	d := &Data{}
	var err error
	if d.Pairs, err = r.Pairs(dir, r.Train); err != nil {
		return nil, err
	}
	for _, m := range r.Mix {
		pairs, err := r.Pairs(dir, m.Train)
		if err != nil {
			return nil, err
		}
		d.Mixed = append(d.Mixed, pairs)
	}
	lists := map[string][][]string{}
	for slot, names := range r.Slots {
		for _, name := range names {
			text, err := readFile(dir, name)
			if err != nil {
				return nil, err
			}
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimSpace(line); line != "" {
					lists[slot] = append(lists[slot], strings.Split(line, "\t"))
				}
			}
		}
	}
	d.words = newWords(lists)
	return d, nil
}

// readFile reads a file that stands with the recipes, or in dir.
func readFile(dir, name string) ([]byte, error) {
	if text, err := recipes.ReadFile("recipes/" + name); err == nil {
		return text, nil
	}
	return os.ReadFile(filepath.Join(dir, name))
}

// Pairs reads the recipe's files for its task, from dir.
func (r *Recipe) Pairs(dir string, names Files) ([]data.Pair, error) {
	var all []data.Pair
	for _, name := range names {
		text, err := readFile(dir, name)
		if err != nil {
			return nil, err
		}
		pairs, err := data.Parse(r.Task, filepath.Join(dir, name), bytes.NewReader(text), r.Columns)
		if err != nil {
			return nil, err
		}
		all = append(all, pairs...)
	}
	return all, nil
}
