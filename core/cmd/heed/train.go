package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"heed/core/train"
)

// trainCommand makes a model from a recipe, going on from a checkpoint in the output directory
// where there is one.
func trainCommand(args []string) error {
	f := flag.NewFlagSet("train", flag.ContinueOnError)
	data := f.String("data", "", "directory of the recipe's data files")
	out := f.String("o", "", "directory that receives the model and its checkpoint")
	from := f.String("from", "", "start from the model in this directory")
	steps := f.Int("steps", 0, "steps of the whole run, instead of the recipe's")
	stopAt := f.Int("stop-at", 0, "stop after this step and save, the schedule staying that of the whole run")
	if len(args) == 0 || args[0] == "" || args[0][0] == '-' {
		return errors.New("train: name a recipe first: heed train RECIPE -data DIR -o DIR")
	}
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	if *data == "" || *out == "" || f.NArg() > 0 {
		return errors.New("train: heed train RECIPE -data DIR -o DIR [-from DIR]")
	}
	r, err := train.ReadRecipe(args[0])
	if err != nil {
		return err
	}
	if *steps > 0 {
		r.Steps = *steps
	}
	pairs, err := train.ReadPairs(filepath.Join(*data, r.Train))
	if err != nil {
		return err
	}
	valid, err := train.ReadPairs(filepath.Join(*data, r.Valid))
	if err != nil {
		return err
	}
	t, err := train.Resume(r, pairs, *out)
	switch {
	case err == nil:
		fmt.Println("going on from the checkpoint in", *out)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case *from != "":
		t, err = train.From(r, pairs, *from)
	default:
		t, err = train.NewTrainer(r, pairs)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d weights, %d pairs, %d steps\n", r.Name, t.Model.Params.Count(), len(pairs), r.Steps)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return t.Run(ctx, train.Options{Dir: *out, Log: os.Stdout, Valid: valid, StopAt: *stopAt})
}
