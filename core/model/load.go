package model

import (
	"slices"
	"strings"

	"heed/core/grad"
	"heed/core/say"
	"heed/core/tensor"
	"heed/core/weights"
)

// Load gives a network the weights of a file, which errors call by its name. What the file lacks, or holds and the
// network does not, is an error.
func Load(net Net, f weights.Source, file string) error {
	placed := map[string]bool{}
	for _, p := range net.Weights().List {
		placed[p.Name] = true
		shape, ok := f.Shape(p.Name)
		if !ok {
			return say.Error(file, " lacks ", p.Name, ", which the configuration asks for: it is not whole, or belongs to another model")
		}
		if want := p.Shape; !slices.Equal(shape, want) && (p.Transposed || !slices.Equal(shape, []int{p.Rows, p.Cols})) {
			return say.Error(file, ": ", p.Name, " has the shape ", shape, ", the configuration expects ", want)
		}
		sound, err := place(p, f)
		if err != nil {
			return say.Error(file, ": ", err)
		}
		if !sound {
			return say.Error(file, ": ", p.Name, " holds a number that is not finite, or larger than any weight: the file is damaged")
		}
	}
	for _, name := range f.Names() {
		if !placed[name] && !needless(name) {
			return say.Error(file, " holds ", say.Quote(name), ", for which the configuration has no place: they belong to different models, or the configuration is wrong")
		}
	}
	return nil
}

// compressed is a source whose matrices can stay in blocks.
type compressed interface {
	// Blocks says how a matrix is stored: see tensor.NewBlocks. split is nil where it has no blocks.
	Blocks(name string) (bits, block int, split func(i int, q []int8, scale, offset []float32), err error)
}

// inBlocks leaves a matrix in the blocks of its file, if it has them.
func inBlocks(p *grad.Param, f weights.Source) (done, sound bool, err error) {
	c, ok := f.(compressed)
	if !ok || p.Rows == 1 || p.Transposed || p.Order != nil {
		return false, false, nil
	}
	bits, block, split, err := c.Blocks(p.Name)
	if split == nil || err != nil {
		return false, false, err
	}
	sound = true
	p.Store(tensor.NewBlocks(p.Cols, p.Rows, bits, block, func(i int, q []int8, scale, offset []float32) {
		split(i, q, scale, offset)
		sound = sound && plausible(scale) && plausible(offset)
	}))
	return true, sound, nil
}

// plausible says whether numbers are finite and of a size that weights have. A flipped bit of an exponent makes one
// that is not; the largest of public models are some thousands.
func plausible(x []float32) bool {
	const most = 1e6
	for _, v := range x {
		if !(v < most && v > -most) { // NaN is neither
			return false
		}
	}
	return true
}

// place reads a weight, and says whether all of it is plausible.
func place(p *grad.Param, f weights.Source) (sound bool, err error) {
	if file, ok := f.(*weights.File); ok && p.Rows > 1 && !p.Transposed && p.Order == nil {
		if q, scale, err := file.Int8(p.Name); q != nil || err != nil {
			if err == nil {
				p.Store(tensor.NewInt8(p.Cols, p.Rows, q, scale))
			}
			for i := range scale {
				scale[i] *= 127 // what the largest integer makes of it; Store has taken the scales themselves
			}
			return plausible(scale), err
		}
	}
	if forms.stored != nil {
		if done, sound, err := forms.stored(p, f); done || err != nil {
			return sound, err
		}
	}
	if !p.Transposed && p.Order == nil {
		p.Set(func(values tensor.Matrix) {
			err = f.Into(values.Data, p.Name)
			sound = plausible(values.Data)
			if p.Less != 0 {
				for i := range values.Data {
					values.Data[i] += p.Less
				}
			}
		})
		return sound, err
	}
	x, err := f.Float32(p.Name)
	if err != nil {
		return false, err
	}
	if !plausible(x) {
		return false, nil
	}
	p.Set(func(values tensor.Matrix) {
		switch {
		case p.Transposed:
			tensor.Transpose(values, tensor.From(x, p.Cols, p.Rows))
		case p.Order != nil && p.Rows == 1:
			for i, at := range p.Order {
				values.Data[i] = x[at]
			}
		case p.Order != nil:
			for i, at := range p.Order {
				copy(values.Row(i), x[at*p.Cols:(at+1)*p.Cols])
			}
		}
	})
	return true, nil
}

// needless says whether Hugging Face's files may hold a tensor that no output of ours depends on: copies of the one
// table, positions and masks that follow from the configuration, and heads that classify or mark texts, over the same
// states.
func needless(name string) bool {
	for _, part := range []string{"lm_head.weight", "lm_head.decoder.", ".embed_tokens.weight", ".embed_positions.weight", "position_ids", "inv_freq",
		".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias", "EncDecAttention.relative_attention_bias.",
		"pooler.", ".seq_relationship.", "cls.predictions.decoder.", "vocab_projector.weight", "classifier.", "classification_head.", "qa_outputs.", "score.weight"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
