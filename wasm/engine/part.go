//go:build js && wasm

package engine

import (
	"heed/core/explain"
	"heed/core/record"
)

// Small is view.Small where this program has it: the models that heed.wasm runs read no text so long. nil: all maps are
// sent in its place.
var Small func(r *record.Record, stack record.Stack, hideSpecial bool, layer func(layer int) []record.Map) *record.Small

// maps are those of one layer.
func (d *done) maps(kind record.Kind, layer int) (all []record.Map) {
	for _, m := range d.record.Maps {
		if m.Kind == kind && m.Layer == layer {
			all = append(all, m)
		}
	}
	if all == nil && d.some {
		all = d.session.Maps(kind, layer)
	}
	return all
}

// part is what is wanted of a run, as a Record of its own. It goes from layer to layer, and keeps of each only what is
// wanted: all maps of a long text take more memory than a model.
func (d *done) part(w *record.Want) *record.Record {
	r := &record.Record{}
	all := w.All || w.Small != "" && Small == nil
	if w.Means {
		r.Means.Heads = w.Heads
	}
	flow := *d.record // with the mean of each layer
	flow.Maps = nil
	mean := func(to []record.Map, of []record.Map, heads ...int) []record.Map {
		if m := (&record.Record{Maps: of}).Mean(of[0].Kind, of[0].Layer, heads...); m != nil {
			to = append(to, *m)
		}
		return to
	}
	for _, stack := range d.session.Model.Stacks() {
		if w.Small == stack.Kind && !all {
			r.Small = Small(d.record, stack, w.HideSpecial, func(layer int) []record.Map { return d.maps(stack.Kind, layer) })
		}
		for layer := range stack.Layers {
			named := all || w.Names(&record.Map{Kind: stack.Kind, Layer: layer})
			if !named && !w.Means && w.Kind != record.Rollout {
				continue
			}
			maps := d.maps(stack.Kind, layer)
			if len(maps) == 0 {
				continue
			}
			if named {
				r.Maps = append(r.Maps, maps...)
			}
			if w.Means {
				r.Means.Maps = mean(r.Means.Maps, maps, w.Heads.List()...)
			}
			if w.Kind == record.Rollout {
				flow.Maps = mean(flow.Maps, maps)
			}
		}
	}
	if w.Kind == record.Rollout {
		if f, err := explain.NewFlow(&flow); err == nil { // or the model has no layers; then nobody asks
			r.Maps = append(r.Maps, *f.Rollout())
		}
	}
	if w.Detail {
		r.Detail = d.session.Detail(w.Row)
	}
	if w.Lens {
		r.Lens, _ = d.session.Lens() // it fails where the run itself would have
	}
	return r
}
