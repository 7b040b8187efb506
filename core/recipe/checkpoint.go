package recipe

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"heed/core/data"
	"heed/core/model"
	"heed/core/tensor"
	"heed/core/weights"
)

// checkpointFile holds the weights and the optimiser's moments in float32, and the place in the
// data. It is for going on; the model beside it is for use.
const checkpointFile = "checkpoint.safetensors"

// Save writes the model, ready for use (weights int8), and the checkpoint to dir. Files are replaced
// whole, so that an interruption leaves the old ones.
func (t *Training) Save(dir string) error {
	if err := t.Result(func() error { return t.Built().Save(dir, weights.I8) }); err != nil {
		return err
	}
	var tensors []weights.Tensor
	for i, p := range t.Net.Weights().List {
		shape := []int{p.Rows, p.Cols}
		tensors = append(tensors,
			weights.Tensor{Name: p.Name, DType: weights.F32, Shape: shape, Data: t.forUse(i)},
			weights.Tensor{Name: "last." + p.Name, DType: weights.F32, Shape: shape, Data: p.Values().Data},
			weights.Tensor{Name: "adam.first." + p.Name, DType: weights.F32, Shape: shape, Data: t.State.First[i]})
		if second := t.State.Second[i]; second != nil {
			tensors = append(tensors, weights.Tensor{Name: "adam.second." + p.Name, DType: weights.F32, Shape: shape, Data: second})
		}
	}
	var b bytes.Buffer
	if err := weights.Write(&b, tensors, map[string]string{
		"recipe": t.Recipe.key(), "data": t.data.key(), "step": strconv.Itoa(t.State.Step), "epoch": strconv.Itoa(t.State.Epoch), "next": strconv.Itoa(t.State.Next),
	}); err != nil {
		return fmt.Errorf("the checkpoint cannot be written: %w", err)
	}
	return model.WriteFile(filepath.Join(dir, checkpointFile), b.Bytes())
}

// LoadFloat32 gives a model, as stored for use in dir, the float32 weights of the checkpoint beside it:
// what it would be had it not been rounded. It is an error when the two were not saved together; the
// model then stays as it is.
func LoadFloat32(m *model.Model, dir string) error {
	file, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return err
	}
	f, err := weights.Parse(file)
	if err != nil {
		return fmt.Errorf("the checkpoint in %s cannot be read: %w", dir, err)
	}
	list := m.Net.Weights().List
	exact := make([][]float32, len(list))
	for i, p := range list {
		exact[i], err = f.Float32(p.Name)
		switch {
		case err != nil || len(exact[i]) != p.Rows*p.Cols:
			return fmt.Errorf("the checkpoint in %s does not fit the model beside it: it lacks %s of that shape", dir, p.Name)
		case !rounded(p.Values(), exact[i]):
			return fmt.Errorf("the checkpoint in %s and the model beside it were not saved together: %s differs by more than rounding", dir, p.Name)
		}
	}
	for i, p := range list {
		p.Set(func(x tensor.Matrix) { copy(x.Data, exact[i]) })
	}
	return nil
}

// rounded reports whether x can be what int8 made of exact: it is off by half a step, and a row or a column
// has 127 steps to its largest weight.
func rounded(x tensor.Matrix, exact []float32) bool {
	rows, cols := make([]float32, x.Rows), make([]float32, x.Cols)
	for i, v := range exact {
		r, c := &rows[i/x.Cols], &cols[i%x.Cols]
		*r, *c = max(*r, v, -v), max(*c, v, -v)
	}
	for i, v := range exact {
		d := v - x.Data[i]
		if step := max(rows[i/x.Cols], cols[i%x.Cols]) / 127; !(max(d, -d) <= 0.51*step) {
			return false
		}
	}
	return true
}

// key is the recipe as a checkpoint remembers it: all but the length of the run, which may change on
// the way.
func (r *Recipe) key() string {
	k := *r
	k.Steps = 0
	b, err := json.Marshal(k)
	if err != nil {
		panic(err) // a Recipe is numbers and strings
	}
	return string(b)
}

// key tells one set of data from another.
func (d *Data) key() string {
	h := sha256.New()
	for _, pairs := range append([][]data.Pair{d.Pairs}, d.Mixed...) {
		for _, p := range pairs {
			fmt.Fprintf(h, "%s\t%s\n", p.Source, p.Target)
		}
	}
	if d.words != nil {
		for _, slot := range slices.Sorted(maps.Keys(d.words.lists)) {
			fmt.Fprintln(h, slot, d.words.lists[slot])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// difference names the first field in which two recipes, or two configurations, differ; "" where there is
// none, or where one is no JSON object.
func difference(a, b string) string {
	var x, y map[string]json.RawMessage
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return ""
	}
	both := map[string]json.RawMessage{}
	maps.Copy(both, x)
	maps.Copy(both, y)
	for _, name := range slices.Sorted(maps.Keys(both)) { // either may leave fields out
		if !bytes.Equal(x[name], y[name]) {
			return name
		}
	}
	return ""
}

// Resume goes on from the checkpoint in dir; fs.ErrNotExist says that there is none.
func Resume(r *Recipe, d *Data, dir string) (*Training, error) {
	file, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return nil, err
	}
	f, err := weights.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("the checkpoint in %s cannot be read: %w; give another directory, or remove it to start anew", dir, err)
	}
	meta := f.Metadata()
	if key := r.key(); meta["recipe"] != key {
		with := ""
		if field := difference(meta["recipe"], key); field != "" {
			with = ", with another " + field
		}
		return nil, fmt.Errorf("the checkpoint in %s was made by another recipe%s: give another directory", dir, with)
	}
	if meta["data"] != d.key() {
		return nil, fmt.Errorf("the checkpoint in %s was made from other data: give another directory", dir)
	}
	t, err := From(r, d, dir)
	if err != nil {
		return nil, err
	}
	for i, p := range t.Net.Weights().List {
		last := make([]float32, p.Rows*p.Cols)
		use := last
		if t.State.Mean != nil {
			use = t.State.Mean[i]
		}
		for _, x := range []struct {
			name string
			to   []float32
		}{{p.Name, use}, {"last." + p.Name, last}, {"adam.first." + p.Name, t.State.First[i]}, {"adam.second." + p.Name, t.State.Second[i]}} {
			if x.to == nil { // the optimiser has no such moment
				continue
			}
			values, err := f.Float32(x.name)
			if err == nil && len(values) != len(x.to) {
				err = errors.New("it is of another shape")
			}
			if err != nil {
				return nil, fmt.Errorf("the checkpoint in %s does not fit the recipe: %s: %w; give another directory, or remove it to start anew", dir, x.name, err)
			}
			copy(x.to, values)
		}
		p.Set(func(x tensor.Matrix) { copy(x.Data, last) })
	}
	for key, to := range map[string]*int{"step": &t.State.Step, "epoch": &t.State.Epoch, "next": &t.State.Next} {
		if *to, err = strconv.Atoi(meta[key]); err != nil || *to < 0 {
			return nil, fmt.Errorf("the checkpoint in %s has no %s; give another directory, or remove it to start anew", dir, key)
		}
	}
	return t, nil
}

// From starts a run from the tokenizer and the weights, as stored for use, of the model in dir:
// training goes on with a fresh optimiser and schedule.
func From(r *Recipe, d *Data, dir string) (*Training, error) {
	m, net, err := r.open(dir)
	if err != nil {
		return nil, err
	}
	want, err := model.Config(net)
	if err != nil {
		return nil, err
	}
	have, err := model.Config(m.Net)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(have, want) {
		return nil, fmt.Errorf("the model in %s is not the recipe's: it has another %s", dir, difference(string(have), string(want)))
	}
	return newTraining(r, d, m.Tokenizer, m.Net), nil
}

// open returns the model in dir, and the recipe's network.
func (r *Recipe) open(dir string) (*model.Model, model.Net, error) {
	m, err := model.Open(os.DirFS(dir))
	if err != nil {
		// Not wrapped: a checkpoint whose model is gone must not pass for no checkpoint.
		return nil, nil, fmt.Errorf("the model in %s cannot be opened: %v", dir, err)
	}
	net, err := r.newNet()
	return m, net, err
}

// forUse returns weight i as the model has it that the run has come to; see train.Trainer.Result.
func (t *Training) forUse(i int) []float32 {
	if t.State.Mean != nil {
		return t.State.Mean[i]
	}
	return t.Net.Weights().List[i].Values().Data
}
