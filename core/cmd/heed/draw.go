package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/view"
	"heed/core/view/svg"
)

var drawn = []string{view.Links, view.Heatmap, view.Context, view.Predictions}

// drawing is what the reader asked to see. The flags set kind and head; resolve makes a Kind and
// Heads of them.
type drawing struct {
	view.State
	kind, head string
	dark       bool
}

// resolve checks the drawing against what the model has.
func (d *drawing) resolve(m *model.Model) error {
	switch {
	case !slices.Contains(drawn, d.View):
		return fmt.Errorf("run: -view takes %s, not %q", strings.Join(drawn, ", "), d.View)
	case !(d.Width >= 240 && d.Width <= 20000):
		return fmt.Errorf("run: -width takes a number from 240 to 20000, not %g", d.Width)
	case !(d.Share > 0 && d.Share <= 1):
		return fmt.Errorf("run: -share takes a number above 0, up to 1, not %g", d.Share)
	}
	if d.whole() { // no kind, layer or head to choose
		return nil
	}
	stack, err := stackOf(m.Stacks(), d.kind)
	if err != nil {
		return err
	}
	d.Kind = stack.Kind
	if d.Layer < 0 || d.Layer >= stack.Layers {
		return fmt.Errorf("run: -layer takes a number from 0 to %d here, not %d", stack.Layers-1, d.Layer)
	}
	if d.head == "mean" {
		return nil
	}
	head, err := strconv.Atoi(d.head)
	if err != nil || head < 0 || head >= stack.Heads {
		return fmt.Errorf("run: -head takes a number from 0 to %d here, or mean, not %q", stack.Heads-1, d.head)
	}
	d.Heads = []int{head}
	return nil
}

// stackOf finds the stack of that kind; no kind is the first.
func stackOf(stacks []model.Stack, kind string) (model.Stack, error) {
	var kinds []string
	for _, s := range stacks {
		if kind == "" || kind == string(s.Kind) {
			return s, nil
		}
		kinds = append(kinds, string(s.Kind))
	}
	return model.Stack{}, fmt.Errorf("run: -kind takes one of %s, not %q", strings.Join(kinds, ", "), kind)
}

// whole tells whether the view is of all that was seen, not of one map.
func (d *drawing) whole() bool { return d.View == view.Context || d.View == view.Predictions }

// csv writes the chosen map, or the context vectors.
func (d *drawing) csv(r *record.Record) ([]byte, error) {
	switch d.View {
	case view.Context:
		return r.ContextCSV()
	case view.Predictions:
		return nil, errors.New("run: -out csv writes maps and context vectors; for predictions use -out json")
	}
	head := -1 // the mean
	if len(d.Heads) > 0 {
		head = d.Heads[0]
	}
	return r.CSV(d.Kind, d.Layer, head)
}

// svg writes the chosen view of it.
func (d *drawing) svg(r *record.Record) ([]byte, error) {
	scene, err := view.Build(r, d.State)
	if err != nil {
		return nil, err
	}
	if scene.Sentence != "" {
		return nil, errors.New(scene.Sentence)
	}
	palette := view.Light
	if d.dark {
		palette = view.Dark
	}
	var b bytes.Buffer
	err = svg.Write(&b, scene, palette)
	return b.Bytes(), err
}
