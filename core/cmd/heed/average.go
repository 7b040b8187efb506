package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"

	"heed/core/model"
	"heed/core/tensor"
	"heed/core/weights"
)

// averageCommand mixes the weights of two models that went on from one: what the ways of both have in common is
// often better than either (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better
// Generalization"; Wortsman et al. 2022, "Model soups"). Where a checkpoint lies beside a model its float32
// weights are taken.
func averageCommand(c console, args []string) error {
	f := flag.NewFlagSet("average", flag.ContinueOnError)
	name := f.String("model", "", "directory of a model, or its name in web/models")
	with := f.String("with", "", "the other model")
	share := f.Float64("share", 0.5, "of the other model in the mean, 0 to 1")
	out := f.String("o", "", "directory to write")
	if _, err := c.parse(f, args); err != nil {
		return err
	}
	switch {
	case *out == "" || *with == "":
		return errors.New("name the models and a directory: heed average -model DIR -with DIR -o DIR")
	case !(*share >= 0 && *share <= 1):
		return errors.New("-share takes a number from 0 to 1")
	}
	m, err := openExact(*name)
	if m == nil || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	other, err := openExact(*with)
	if other == nil || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	a, err := model.Config(m.Net)
	if err != nil {
		return err
	}
	b, err := model.Config(other.Net)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("%s and %s are not of one shape", *name, *with)
	}
	for i, p := range m.Net.Weights().List {
		p.Set(func(x tensor.Matrix) {
			for j, v := range other.Net.Weights().List[i].Values().Data {
				x.Data[j] += float32(*share) * (v - x.Data[j])
			}
		})
	}
	if err := vacant(*out); err != nil {
		return err
	}
	return m.Save(*out, weights.I8)
}
