package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"heed/core/data"
	"heed/core/recipe"
	"heed/core/say"
)

// trainCommand makes a model from a recipe, going on from a checkpoint in the output directory
// where there is one, or, given task:NAME, one of a task.
func trainCommand(c console, args []string) error {
	if slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, taskPrefix) }) {
		return learnCommand(c, args)
	}
	f := flag.NewFlagSet("train", flag.ContinueOnError)
	dir := f.String("data", "", "directory of the recipe's data files")
	out := f.String("o", "", "directory that receives the model and its checkpoint")
	from := f.String("from", "", "start from the model in this directory, or of this name in web/models")
	adopt := f.Bool("new-vocabulary", false, "with -from: learn a new vocabulary, and keep the embeddings of the pieces that the model has")
	steps := f.Int("steps", 0, "steps of the whole run, instead of the recipe's")
	rate := f.Float64("learning-rate", 0, "peak of the learning rate, instead of the recipe's: to go on -from a model, a lower one")
	stopAt := f.Int("stop-at", 0, "stop after this step and save, the schedule staying that of the whole run")
	every := f.Duration("checkpoint", 4*time.Minute, "time between checkpoints, each of which measures the held-out loss")
	words, err := c.parse(f, args, "RECIPE")
	given := given(f)
	switch {
	case err != nil:
		return err
	case *dir == "" || *out == "":
		return errors.New("name the directories of the data and of the model: heed train RECIPE -data DIR -o DIR")
	case given["steps"] && *steps < 1 || given["stop-at"] && *stopAt < 1:
		return errors.New("-steps and -stop-at take a number from 1")
	case *every <= 0:
		return errors.New("-checkpoint takes a time above 0, such as 10m")
	case *adopt && *from == "":
		return errors.New("-new-vocabulary is for -from MODEL")
	case given["learning-rate"] && !(*rate > 0 && *rate <= 1):
		return errors.New("-learning-rate takes a number above 0, up to 1")
	}
	r, err := recipe.Read(words[0])
	if err != nil {
		return err
	}
	if given["steps"] {
		r.Steps = *steps
	}
	if given["learning-rate"] {
		r.LearningRate = *rate
	}
	if r.Warmup > r.Steps {
		fmt.Fprintf(c.err, "heed: the run of %s ends within the warm-up of %d, before the learning rate has reached its peak\n", say.Count(r.Steps, "step"), r.Warmup)
	}
	pairs, err := r.Load(*dir)
	if err != nil {
		return err
	}
	var valid [][]data.Pair
	for _, name := range r.Valid {
		v, err := r.Pairs(*dir, recipe.Files{name})
		if err != nil {
			return err
		}
		valid = append(valid, v)
	}
	if err := os.MkdirAll(*out, 0o777); err != nil { // before hours of work, not after
		return err
	}
	t, err := recipe.Resume(r, pairs, *out)
	switch {
	case err == nil && given["from"]:
		return fmt.Errorf("-o %s holds a checkpoint to go on from, and -from would start anew: leave one out, or give another directory", *out)
	case err == nil:
		fmt.Fprintln(c.out, "going on from the checkpoint in", *out)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	default:
		if err := vacant(*out); err != nil {
			return err
		}
		if *from == "" {
			t, err = recipe.Start(r, pairs)
		} else {
			t, err = fromModel(r, pairs, *from, *adopt)
		}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: %d weights, %s, %s\n", r.Name, t.Net.Weights().Count(), say.Count(len(pairs.Pairs), "text"), say.Count(r.Steps, "step"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // so that who interrupts again need not wait
	return t.Run(ctx, recipe.RunOptions{Dir: *out, Log: c.out, Valid: valid, StopAt: *stopAt, Checkpoint: *every})
}

// fromModel starts a run from a model, given by its directory or its name.
func fromModel(r *recipe.Recipe, pairs *recipe.Data, name string, adopt bool) (*recipe.Training, error) {
	dir, err := findModel(name)
	if err != nil {
		return nil, err
	}
	if adopt {
		return recipe.Adopt(r, pairs, dir)
	}
	return recipe.From(r, pairs, dir)
}
