//go:build !js

package model_test

import (
	"os"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/readertest"
	"heed/core/transformer"
	"heed/core/weights"
)

// TestHalfRoom opens weights of 16 bits in twice their size and little more: they stand in memory as float32, and are
// not there a second time while they are read.
func TestHalfRoom(t *testing.T) {
	m := modeltest.New(t, model.Fill, "bert")
	c := m.Net.(*transformer.Model).Config
	c.Width, c.EncoderFFN = 160, 10_000
	net, err := transformer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m.Net = net
	for _, dtype := range []weights.DType{weights.F16, weights.BF16} {
		dir := t.TempDir()
		if err := m.Save(dir, dtype); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dir + "/model.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		var opened *model.Model
		peak, err := readertest.Peak(func() (err error) {
			opened, err = model.Open(os.DirFS(dir))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: a file of %.1f MB is opened in %.1f MB", dtype, float64(info.Size())/1e6, float64(peak)/1e6)
		if most := uint64(2*info.Size()) + 2e6; peak > most || opened.Net.Weights().Count() != net.Params.Count() {
			t.Errorf("%s: %d bytes for a file of %d", dtype, peak, info.Size())
		}
	}
}
