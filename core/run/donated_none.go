//go:build inference

package run

import (
	"heed/core/attention"
	"heed/core/record"
	"heed/core/say"
)

// donated is empty: only lab.wasm takes activations from other texts.
type donated struct{ replace func(*attention.Values) }

func (s *Session) prepare(c *record.Changes, _ *donated) error {
	if len(c.Patched) > 0 || c.Steer.Any() {
		return say.ErrLab
	}
	return nil
}

func (*donated) unsteered(*record.Steering) string { return "" }

func (*donated) unpatched(record.Place, func(record.Kind) (layers, heads int)) string { return "" }

func (*donated) replaces() bool { return false }

func (interventions) values(*attention.Values) {}
