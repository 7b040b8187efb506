package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"heed/core/train"
)

// trainCommand makes a model from a recipe, going on from a checkpoint in the output directory
// where there is one.
func trainCommand(c console, args []string) error {
	f := flag.NewFlagSet("train", flag.ContinueOnError)
	data := f.String("data", "", "directory of the recipe's data files")
	out := f.String("o", "", "directory that receives the model and its checkpoint")
	from := f.String("from", "", "start from the model in this directory")
	steps := f.Int("steps", 0, "steps of the whole run, instead of the recipe's")
	rate := f.Float64("learning-rate", 0, "peak of the learning rate, instead of the recipe's: to go on -from a model, a lower one")
	stopAt := f.Int("stop-at", 0, "stop after this step and save, the schedule staying that of the whole run")
	words, err := c.parse(f, args, "RECIPE")
	switch {
	case err != nil:
		return err
	case *data == "" || *out == "":
		return errors.New("train: name the directories of the data and of the model: heed train RECIPE -data DIR -o DIR")
	case *steps < 0 || *stopAt < 0:
		return errors.New("train: -steps and -stop-at take a number from 1")
	case !(*rate >= 0 && *rate <= 1):
		return errors.New("train: -learning-rate takes a number above 0, up to 1")
	}
	r, err := train.ReadRecipe(words[0])
	if err != nil {
		return err
	}
	if *steps > 0 {
		r.Steps = *steps
	}
	if *rate > 0 {
		r.LearningRate = *rate
	}
	pairs, err := r.Read(*data, r.Train)
	if err != nil {
		return err
	}
	valid, err := r.Read(*data, r.Valid)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o777); err != nil { // before hours of work, not after
		return err
	}
	t, err := train.Resume(r, pairs, *out)
	switch {
	case err == nil:
		fmt.Fprintln(c.out, "going on from the checkpoint in", *out)
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
	fmt.Fprintf(c.out, "%s: %d weights, %d texts, %d steps\n", r.Name, t.Net.Weights().Count(), len(pairs), r.Steps)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return t.Run(ctx, train.Options{Dir: *out, Log: c.out, Valid: valid, StopAt: *stopAt})
}
