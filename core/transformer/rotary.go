package transformer

import (
	"math"

	"heed/core/attention"
	"heed/core/json"
	"heed/core/say"
)

// Rotary describes rotary positions (Su et al. 2021). The zero value is none.
type Rotary struct {
	Width       int // how many numbers of a head are turned, from the first on; 0: none
	Base        float64
	Interleaved bool    // neighbours are pairs, not halves
	Local       float64 // the base of local blocks; 0: as that of others
	Share       float64 // of a head that is turned, where the configuration says that in place of Width

	// Scaling is "" or one of linear (Chen et al. 2023), llama3 (Llama 3.1's) and dynamic, whose frequencies are the
	// plain ones up to MaxPositions, beyond which nothing is computed.
	Scaling   string
	Factor    float64
	Low, High float64 // of llama3: how often the longest and the shortest wave that change fit into Original
	Original  int     // positions that the model was trained for
}

// value reads or writes the rope_scaling of a config.json. Newer files have rope_parameters, with the base in it.
func (r *Rotary) value(v json.Value) {
	if !v.There() || v.Writing() && r.Scaling == "" {
		v.Null()
		return
	}
	v.Object(func(o *json.Object) {
		if of := o.Optional(full, false); of.There() { // newer still: one for each of layer_types
			near := Rotary{Base: r.Base}
			r.value(of)
			near.value(o.Optional(sliding, false))
			if r.Local = near.Base; near.Scaling != "" {
				r.Scaling = near.Scaling + " of " + sliding // which is refused
			}
			return
		}
		o.Optional("type", false).String(&r.Scaling) // as it was called before rope_type
		o.Member("rope_type").String(&r.Scaling)
		o.Optional("rope_theta", false).Float(&r.Base)
		o.Member("factor").Float(&r.Factor)
		o.Optional("low_freq_factor", r.Low != 0).Float(&r.Low)
		o.Optional("high_freq_factor", r.High != 0).Float(&r.High)
		o.Optional("original_max_position_embeddings", r.Original != 0).Int(&r.Original)
	})
	if r.Scaling == "default" {
		r.Scaling = ""
	}
}

// validate says what cannot be computed of heads of a width.
func (r *Rotary) validate(head int) error {
	if r.Width == 0 {
		return nil
	}
	switch {
	case r.Width < 0 || r.Width%2 != 0 || r.Width > head:
		return say.Error("head_dim, or hidden_size by num_attention_heads, gives heads of ", head, " numbers, of which rotary positions turn ", r.Width,
			"; that must be an even number of them")
	case !(r.Base > 0) || math.IsInf(r.Base, 0):
		return say.Error("the configuration's rope_theta is ", r.Base, "; it must be above 0")
	}
	switch r.Scaling {
	case "", "dynamic":
		return nil
	case "linear", "llama3":
		if !(r.Factor >= 1 && r.Factor <= 1<<20) {
			return say.Error("rope_scaling's factor is ", r.Factor, "; it lies between 1 and ", 1<<20)
		}
		if r.Scaling == "llama3" && !(r.Low > 0 && r.High > r.Low && r.High < 1<<20 && r.Original > 0) {
			return say.Error("rope_scaling's low_freq_factor, high_freq_factor or original_max_position_embeddings is impossible: ", r.Low, ", ", r.High, ", ", r.Original)
		}
		return nil
	}
	return say.Error("rope_scaling's type ", say.Quote(r.Scaling), " is not supported; linear, llama3 and dynamic are")
}

// frequencies are those of each pair.
func (r *Rotary) frequencies() []float64 {
	f := attention.Frequencies(r.Width, r.Base)
	for i := range f {
		switch r.Scaling {
		case "linear":
			f[i] /= r.Factor
		case "llama3":
			// How often the wave fits into the original length: at Low times and fewer it is stretched by
			// Factor, at High times and more not at all, between the two in part.
			times := float64(r.Original) * f[i] / (2 * math.Pi)
			smooth := min(1, max(0, (times-r.Low)/(r.High-r.Low)))
			f[i] *= (1-smooth)/r.Factor + smooth
		}
	}
	return f
}

// table makes the rotations of so many positions; nil where there are none.
func (r *Rotary) table(positions int) *attention.Rotary {
	if r.Width == 0 {
		return nil
	}
	return attention.NewRotary(positions, r.frequencies(), r.Interleaved)
}
