package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"heed/core/learn"
	"heed/core/model"
	"heed/core/problem"
	"heed/core/weights"
)

// taskPrefix stands before the name of a task, where the name of a recipe would stand.
const taskPrefix = "task:"

// reportEvery is how many steps lie between two lines.
const reportEvery = 50

// learnCommand trains a small network on a task, as the page does: the same setting gives the same network.
func learnCommand(c console, args []string) error {
	f := flag.NewFlagSet("train", flag.ContinueOnError)
	out := f.String("o", "", "directory that receives the model and its card; without it nothing is kept")
	pairs := f.String("pairs", "", "of task:pairs: a file with your own pairs, a line each: source, a tab, target")
	asJSON := f.Bool("json", false, fmt.Sprintf("an object a line, after each %d steps: step, loss, accuracy, exact, heads", reportEvery))
	values := map[string]*string{}
	usual := learn.Default("reverse", learn.EncoderDecoder)
	for _, o := range usual.Options() {
		if o.Name != "task" {
			values[o.Name] = f.String(o.Name, "", o.Hint+"; the task and the architecture decide without it")
		}
	}
	words, err := c.parse(f, args, "task:NAME")
	if err != nil {
		return err
	}
	options := learn.Given{"task": strings.TrimPrefix(words[0], taskPrefix)}
	for name := range given(f) {
		if v := values[name]; v != nil {
			options[name] = *v
		}
	}
	own, err := ownPairs(options["task"], *pairs)
	if err != nil {
		return err
	}
	setting, notices, err := options.Setting(own)
	if err != nil {
		return err
	}
	if *out != "" {
		if err := vacant(*out); err != nil {
			return err
		}
		if err := os.MkdirAll(*out, 0o777); err != nil {
			return err
		}
	}
	s, err := learn.New(setting)
	if err != nil {
		return err
	}
	for _, n := range notices {
		fmt.Fprintln(c.err, "heed:", n)
	}
	if !*asJSON {
		fmt.Fprintf(c.out, "%s: %s, %d weights\n%8s %10s %10s %10s\n", s.Task.Title, setting.Arch, s.Model.Net.Weights().Count(), "step", "loss", "accuracy", "exact")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for !s.Done() && ctx.Err() == nil && err == nil {
		_, err = s.Step()
		if at := s.At(); err == nil && (at%reportEvery == 0 || s.Done()) {
			err = writePoint(c, s, *asJSON)
		}
	}
	if *out == "" { // a run that went wrong keeps what it had last
		return err
	}
	return errors.Join(err, s.Model.Save(*out, weights.F32), model.WriteFile(filepath.Join(*out, "MODEL_CARD.md"), []byte(s.Card())))
}

// ownPairs reads the file of the task pairs, which no other task has.
func ownPairs(task, file string) (string, error) {
	switch isOwn := task == problem.OwnPairs; {
	case isOwn && file == "":
		return "", errors.New("task:pairs needs -pairs FILE: your own pairs, a line each: source, a tab, target")
	case !isOwn && file != "":
		return "", errors.New("-pairs is for task:pairs")
	case !isOwn:
		return "", nil
	}
	data, err := os.ReadFile(file)
	return string(data), err
}

// writePoint writes the last point of the curves.
func writePoint(c console, s *learn.Session, asJSON bool) error {
	p := s.Curve[len(s.Curve)-1]
	if !asJSON {
		_, err := fmt.Fprintf(c.out, "%8d %10.4f %9.1f%% %9.1f%%\n", p.Step, p.Loss, 100*p.Unseen.Accuracy, 100*p.Unseen.Exact)
		return err
	}
	type head struct {
		Kind      string  `json:"kind"`
		Layer     int     `json:"layer"`
		Head      int     `json:"head"`
		Previous  float64 `json:"previous"`
		Prefix    float64 `json:"prefix"`
		Alignment float64 `json:"alignment"`
	}
	heads := []head{}
	for _, h := range p.Heads {
		heads = append(heads, head{string(h.Kind), h.Layer, h.Head, h.Previous, h.Prefix, h.Alignment})
	}
	return json.NewEncoder(c.out).Encode(map[string]any{"step": p.Step, "loss": p.Loss, "norm": p.Norm, "unseen": p.Unseen.Loss,
		"accuracy": p.Unseen.Accuracy, "exact": p.Unseen.Exact, "heads": heads})
}
