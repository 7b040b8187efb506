// Package transformer builds Transformers of general blocks. A family (Marian's encoder–decoder, GPT-2's decoder,
// BERT's encoder) is a configuration of them, with the tensor names and the config.json of Hugging Face's
// transformers: a table of names and entries, a file each. Those that Heed trains are here, more are in package
// families.
//
// Notation: N rows of a batch (the tokens of all its sequences, one after the other), C width, V
// vocabulary.
package transformer

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"heed/core/json"
	"heed/core/say"
	"heed/core/stable"
)

// Config describes a model. Which entries of a config.json its fields come from is the family's affair: see
// ParseConfig.
type Config struct {
	ModelType       string // one of Families(); empty means Marian
	Vocab           int
	Width           int
	EncoderLayers   int // 0 in a decoder alone
	DecoderLayers   int // 0 in an encoder alone
	EncoderHeads    int
	DecoderHeads    int
	EncoderFFN      int // width of the feed-forward networks; 0: there are none
	DecoderFFN      int
	Activation      string  // as ParseActivation names it
	MaxPositions    int     // the longest sequence
	ScaleEmbedding  bool    // multiply embeddings by √C
	PreNorm         bool    // always in GPT-2
	LearnedPosition bool    // always in GPT-2 and BERT
	NormEps         float32 // added to variances; 0 means the family's
	TypeVocab       int     // BERT's segments, of which the first is used; 0 means 2
	Pad             int     // the token that fills a batch
	EOS             int     // the token that ends a target; BERT has none
	Start           int     // the token that begins a target; BERT has none

	// What the blocks of a family are like. The zero value is Vaswani et al. 2017.
	RMSNorm    bool // norms are by the root mean square: no bias, nothing centred
	QKNorm     bool // each head's query and key are normalised
	Gated      bool // the feed-forward network is back(act(gate(x)) · in(x)) (Shazeer 2020)
	Parallel   bool // attention and feed-forward network read the same stream (GPT-NeoX)
	NoQKVBias  bool
	NoOutBias  bool // of attention's output
	NoFFNBias  bool
	NoNormBias bool // norms are centred, without a bias
	NoHeadBias bool // of the layer before the logits
	NoScale    bool // scores are not divided by √width (T5)
	ScaleWidth int  // the width by whose root they are divided; 0: that of a head
	KVHeads    int  // heads of keys and values of a decoder alone; 0 means as many as others (Ainslie et al. 2023)
	HeadWidth  int  // of a query and a key; 0 means Width/heads
	Positioned int  // learned positions count from here on (RoBERTa, BART)
	Rotary     Rotary
	// Relative is the number of buckets of a bias on scores by distance (T5), RelativeFar the distance from which on
	// all have one; 0: there is none.
	Relative, RelativeFar int
	// What is left out to see what it was for.
	NoPositions, NoResiduals, NoNorms bool
	// NoMask lets a decoder see the tokens behind each when whole targets are given. When it writes there are none yet,
	// so what it has learned of them misleads it.
	NoMask bool
	// Local blocks see a part of the text: so many tokens to either side at most, their own included. Which they are
	// LayerTypes says, of each block, where it is given; else those from WholeUntil on, but for one of WholeEvery
	// blocks, which is the one numbered WholeAt of these.
	Window                          int  // 0: there are none
	Windowed                        bool // which a configuration says beside the Window
	WholeUntil, WholeEvery, WholeAt int
	LayerTypes                      []string

	// What makes logits.
	Untied         bool   // a matrix of their own, not the table of embeddings
	ScaleOutput    bool   // of what they read: divided by √C (T5)
	Headless       bool   // there are none: an encoder without the head of its masked language model
	HeadActivation string // of that head; "" means Activation

	Forced bool // every output begins with the token First (BART's forced_bos_token_id)
	First  int

	Spelling int // which of the family's names
}

// filled returns c with what its family decides, and the family's values where c has 0.
func (c Config) filled() Config {
	if c.ModelType == "" {
		c.ModelType = Marian
	}
	if f := familyOf(c.ModelType); f != nil {
		c.PreNorm = c.PreNorm || f.Defaults.PreNorm
		c.LearnedPosition = c.LearnedPosition || f.Defaults.LearnedPosition
		if c.NormEps == 0 {
			c.NormEps = f.Defaults.NormEps
		}
		if c.TypeVocab == 0 {
			c.TypeVocab = f.Defaults.TypeVocab
		}
	}
	return c
}

// ParseConfig reads a config.json of transformers by its model_type, with the defaults of Hugging
// Face's configurations, and validates it. What this package cannot compute (other positions,
// several embedding tables, other scales of attention) is an error. The error goes on after the name
// of the file.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	var other error // what is well-formed, and not for this program
	err := json.Read(data, func(o *json.Object) {
		o.Member("model_type").String(&c.ModelType)
		f := familyOf(c.ModelType)
		if f == nil {
			other = say.Error("describes a model of type ", say.Quote(c.ModelType), "; this program computes ", known("and"))
			return
		}
		c = f.Defaults
		for _, e := range f.Entries(&c) {
			e.value(o.Member(e.Name))
		}
		for _, name := range stable.Keys(f.Required) {
			if err := required(name, o.Member(name), f.Required[name]); other == nil {
				other = err
			}
		}
		if other == nil && f.Derived != nil {
			if err := f.Derived(&c); err != nil {
				other = say.Error("is wrong: ", err)
			}
		}
	})
	if err != nil {
		return Config{}, say.Error("is not a model's configuration: ", err)
	}
	if other != nil {
		return Config{}, other
	}
	if err := c.validate(); err != nil {
		return Config{}, say.Error("is wrong: ", err)
	}
	return c, nil
}

// required returns an error that goes on after the name of the file where an entry does not have the required value.
func required(name string, v json.Value, want any) error {
	differs := func(got, want string) error {
		return say.Error("has the ", name, " ", got, "; this program computes ", want, " only")
	}
	switch want := want.(type) {
	case bool:
		got := want
		if v.Bool(&got); got != want {
			return differs(strconv.FormatBool(got), strconv.FormatBool(want))
		}
	case string:
		got := want
		if v.String(&got); got != want {
			return differs(say.Cut(got, 60), want)
		}
	case nil:
		if v.There() {
			return differs("that it has", "models without")
		}
	}
	return nil
}

// JSON returns the config.json with which transformers builds the same model, an object with its keys
// sorted. An entry that is false, as all are by default, is left out, and so is an empty list.
func (c *Config) JSON() ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return json.WriteIndented(c.Fields)
}

// Fields writes what JSON returns.
func (c *Config) Fields(o *json.Object) {
	full := c.filled()
	f := familyOf(full.ModelType)
	file := map[string]any{"model_type": full.ModelType}
	maps.Copy(file, f.Required)
	maps.Copy(file, f.Written)
	for _, e := range f.Entries(&full) {
		switch at := e.At.(type) {
		case *bool:
			if !*at && !e.Not {
				continue
			}
		case *[]string:
			if len(*at) == 0 {
				continue
			}
		}
		file[e.Name] = e
	}
	if f.Extra != nil {
		maps.Copy(file, f.Extra(&full))
	}
	for _, name := range stable.Keys(file) {
		if e, ok := file[name].(Entry); ok {
			e.value(o.Member(name))
		} else {
			value(o.Member(name), file[name])
		}
	}
}

// value reads or writes what the entry is bound to.
func (e *Entry) value(v json.Value) {
	b, ok := e.At.(*bool)
	switch {
	case ok && e.Not:
		not := !*b
		v.Bool(&not)
		*b = !not
	case e.token && v.Kind() == '[': // several tokens may end a text: the first does
		var list []int
		if v.Ints(&list); len(list) > 0 {
			*e.At.(*int) = list[0]
		}
	default:
		value(v, e.At)
	}
}

// value reads or writes what x points to, or writes x itself.
func value(v json.Value, x any) {
	switch x := x.(type) {
	case *int:
		v.Int(x)
	case *float32:
		v.Float32(x)
	case *float64:
		v.Float(x)
	case *Rotary:
		x.value(v)
	case *string:
		v.String(x)
	case *[]string:
		v.Strings(x)
	case *bool:
		v.Bool(x)
	case int:
		v.Int(&x)
	case string:
		v.String(&x)
	case bool:
		v.Bool(&x)
	case []string:
		v.Strings(&x)
	case nil:
		v.Null()
	default:
		panic("transformer: a config.json holds nothing of this type")
	}
}

// maxSize bounds every number of a configuration, so that a foreign file cannot ask for terabytes.
const maxSize = 1 << 20

// Validate says what is wrong with a configuration, by the names of its family's config.json.
func (c *Config) Validate() error {
	full := c.filled()
	return full.validate()
}

// validate is Validate of a filled configuration.
func (c *Config) validate() error {
	f := familyOf(c.ModelType)
	if f == nil {
		return say.Error("a model of type ", say.Quote(c.ModelType), " is not known; use ", known("or"))
	}
	for _, e := range f.Entries(c) {
		if n, ok := e.At.(*int); ok && e.size && (*n < 1 || *n > maxSize) {
			return say.Error("the configuration's ", e.Name, " is ", *n, "; it lies between 1 and ", maxSize)
		}
	}
	if d := &f.Defaults; d.EncoderHeads == 0 && c.EncoderLayers != 0 || d.DecoderHeads == 0 && c.DecoderLayers != 0 {
		return say.Error("a model of type ", c.ModelType, " does not have both an encoder and a decoder")
	}
	ffn := 0
	name := func(at any) string { return f.nameOf(c, at) }
	for _, s := range []struct {
		layers, heads, ffn int
		at                 *int
	}{
		{c.EncoderLayers, c.EncoderHeads, c.EncoderFFN, &c.EncoderHeads}, {c.DecoderLayers, c.DecoderHeads, c.DecoderFFN, &c.DecoderHeads},
	} {
		if s.layers == 0 {
			continue
		}
		ffn += s.ffn
		switch {
		case c.HeadWidth == 0 && c.Width%s.heads != 0:
			return say.Error(name(&c.Width), " is ", c.Width, ", which does not divide into ", s.heads, " heads (", name(s.at), ")")
		case c.KVHeads < 0 || c.KVHeads > 0 && s.heads%c.KVHeads != 0:
			return say.Error(name(&c.KVHeads), " is ", c.KVHeads, ", which ", s.heads, " heads (", name(s.at), ") cannot share")
		case c.HeadWidth < 0 || c.HeadWidth > maxHeadWidth:
			return say.Error(name(&c.HeadWidth), " is ", c.HeadWidth, "; it lies between 1 and ", maxHeadWidth)
		}
		if err := c.Rotary.validate(c.headWidth(s.heads)); err != nil {
			return err
		}
	}
	if err := c.validateLocal(); err != nil {
		return err
	}
	tables := c.TypeVocab
	if c.fixedPositions() || c.LearnedPosition {
		tables += c.MaxPositions
	}
	large := &c.EncoderLayers
	switch {
	case c.EncoderLayers+c.DecoderLayers > 200:
		if c.DecoderLayers > c.EncoderLayers {
			large = &c.DecoderLayers
		}
	case c.Width > 1<<14:
		large = &c.Width
	case c.Vocab*c.Width > 1<<30:
		large = &c.Vocab
	case tables*c.Width > 1<<22:
		if large = &c.MaxPositions; c.TypeVocab > c.MaxPositions {
			large = &c.TypeVocab
		}
	case ffn*c.Width > 1<<28:
		if large = &c.EncoderFFN; c.EncoderLayers == 0 || c.DecoderLayers > 0 && c.DecoderFFN > c.EncoderFFN {
			large = &c.DecoderFFN
		}
	default:
		large = nil
	}
	if large != nil {
		return say.Error(name(large), " is ", *large, ", by which the model is too large for this program")
	}
	for _, a := range []string{c.Activation, c.headActivation()} {
		if _, ok := ParseActivation(a); !ok {
			at := &c.Activation
			if a != *at {
				at = &c.HeadActivation
			}
			return say.Error(name(at), " is ", say.Quote(a), ", which is not known; use relu, swish, gelu or gelu_new")
		}
	}
	if !(c.NormEps > 0 && c.NormEps < 1) || f.Fixed && c.NormEps != f.Defaults.NormEps {
		return say.Error(name(&c.NormEps), " is ", c.NormEps, "; models of type ", c.ModelType, " have ", f.Defaults.NormEps)
	}
	if c.Relative < 0 || c.Relative > maxSize || c.Relative > 0 && c.RelativeFar <= c.Relative/2 {
		return say.Error(name(&c.RelativeFar), " is ", c.RelativeFar, "; it must be above half of ", name(&c.Relative), ", which is ", c.Relative)
	}
	for _, e := range f.Entries(c) {
		if id, ok := e.At.(*int); ok && e.token && (*id < 0 || *id >= c.Vocab) {
			if *id == c.EOS { // which others are where a file lacks them: see OneSpecial
				e.Name = "eos_token_id"
			}
			return say.Error("the configuration's ", e.Name, " is ", *id, ", which lies outside the vocabulary of ", c.Vocab)
		}
	}
	return nil
}

const maxHeadWidth = 1 << 12

// headWidth is the width of one of so many heads.
func (c *Config) headWidth(heads int) int {
	if c.HeadWidth > 0 {
		return c.HeadWidth
	}
	return c.Width / heads
}

// fixedPositions says whether sinusoids are added to the embeddings.
func (c *Config) fixedPositions() bool {
	return !c.LearnedPosition && c.Rotary.Width == 0 && c.Relative == 0 && !c.NoPositions
}

func (c *Config) headActivation() string {
	if c.HeadActivation != "" {
		return c.HeadActivation
	}
	return c.Activation
}

// longest is how many tokens are computed of a text at most, where no table of positions sets an end: what all
// heads see of a longer one would not fit in the memory of a page.
const longest = 1024

// positions is the length of the longest sequence.
func (c *Config) positions() int {
	n := c.MaxPositions
	if !c.LearnedPosition && !c.fixedPositions() {
		n = min(n, longest)
	}
	return n
}

// local says whether a block sees the Window alone.
func (c *Config) local(layer int) bool {
	switch {
	case c.Window == 0:
		return false
	case layer < len(c.LayerTypes):
		return c.LayerTypes[layer] == sliding
	}
	return layer >= c.WholeUntil && (c.WholeEvery == 0 || layer%c.WholeEvery != c.WholeAt)
}

// What a configuration's layer_types are.
const sliding, full = "sliding_attention", "full_attention"

// validateLocal says what is wrong with the blocks that see a part of the text.
func (c *Config) validateLocal() error {
	if c.Window < 0 || c.Window > maxSize {
		return say.Error(familyOf(c.ModelType).nameOf(c, &c.Window), " is ", c.Window, "; it lies between 1 and ", maxSize)
	}
	if n := len(c.LayerTypes); n > 0 && n != c.EncoderLayers+c.DecoderLayers {
		return say.Error("layer_types has ", n, " entries for ", c.EncoderLayers+c.DecoderLayers, " layers")
	}
	for _, kind := range c.LayerTypes {
		if kind != full && kind != sliding {
			return say.Error("layer_types has ", say.Quote(kind), "; ", full, " and ", sliding, " can be computed")
		}
		if kind == sliding && c.Window == 0 {
			return say.Error("layer_types has ", sliding, ", but sliding_window is missing")
		}
	}
	return nil
}

// nameOf is what the family calls a field of a configuration.
func (f *Family) nameOf(c *Config, at any) string {
	for _, e := range f.Entries(c) {
		if e.At == at {
			return e.Name
		}
	}
	return "what another entry sets"
}

// Fit adapts the configuration to the tensors of a file, whose names are sorted: to how they are spelled, and to a
// head that an encoder lacks. An error names the entry that asks for more layers than the tensors are of.
func (c *Config) Fit(tensors []string) error {
	full := c.filled()
	f := familyOf(full.ModelType)
	if f == nil {
		return nil
	}
	has := func(name string) bool { _, ok := slices.BinarySearch(tensors, name); return ok }
	order := []int{full.Spelling}
	for i := range f.Names {
		order = append(order, i)
	}
	best := 0 // of three names those that the tensors have, in this order
	for _, i := range order {
		n := &f.Names[i]
		stack := n.Encoder
		if full.EncoderLayers == 0 {
			stack = n.Decoder
		}
		common := 0
		for _, name := range []string{n.Table, n.layer(stack, 0), n.Bias} {
			if name != "" && !has(name) {
				break
			}
			common++
		}
		if common > best {
			c.Spelling, best = i, common
		}
	}
	n := full.names(c.Spelling)
	c.Headless = n.Transform != "" && !has(n.Transform+".weight") && !has(n.Bias)
	c.Rotary.Interleaved = n.Neighbours
	if tied := f.nameOf(&full, &full.Untied); best > 0 && full.Untied && n.Output != "" && !has(n.Output) {
		return say.Error("it says that the logits have a matrix of their own (", tied, " is false, or missing), and the weights have no ", n.Output,
			": set ", tied, " to true if the model makes them with its embeddings, or add that tensor")
	}
	for _, s := range []struct {
		stack  string
		layers *int
	}{{n.Encoder, &full.EncoderLayers}, {n.Decoder, &full.DecoderLayers}} {
		if *s.layers == 0 || has(n.layer(s.stack, *s.layers-1)) || !has(n.layer(s.stack, 0)) {
			continue
		}
		there := 1
		for has(n.layer(s.stack, there)) {
			there++
		}
		return say.Error(f.nameOf(&full, s.layers), " is ", *s.layers, ", but the weights are of ", there, ": they have no ", n.layer(s.stack, there))
	}
	return nil
}

// layer is the name of a weight that each layer of a stack has.
func (n *Names) layer(stack string, i int) string {
	norm := n.SelfNorm
	if n.BareFirst {
		norm = n.FFNNorm
	}
	return strings.ReplaceAll(stack+n.Blocks+strconv.Itoa(i)+norm, "$", "1") + n.gain()
}

func (n *Names) gain() string { return cmp.Or(n.Gain, ".weight") }

// names are the family's of that spelling.
func (c *Config) names(spelling int) *Names { return &familyOf(c.ModelType).Names[spelling] }

// Count returns the number of weights of the model, which New makes room for. It counts right for
// what Validate lets pass.
func (c *Config) Count() int64 {
	full := c.filled()
	names := full.names(full.Spelling)
	w, v := int64(full.Width), int64(full.Vocab)
	linear := func(in, out int64, bare bool) int64 {
		if bare {
			return in * out
		}
		return (in + 1) * out
	}
	norm := 2 * w
	switch {
	case full.NoNorms:
		norm = 0
	case full.RMSNorm || full.NoNormBias:
		norm = w
	}
	n := v * w // the table
	for _, s := range []struct{ layers, heads, ffn, attentions int64 }{
		{int64(full.EncoderLayers), int64(full.EncoderHeads), int64(full.EncoderFFN), 1},
		{int64(full.DecoderLayers), int64(full.DecoderHeads), int64(full.DecoderFFN), int64(1 + min(1, full.EncoderLayers))},
	} {
		if s.layers == 0 {
			continue
		}
		head := int64(full.headWidth(int(s.heads)))
		kv := s.heads
		if full.KVHeads > 0 {
			kv = int64(full.KVHeads)
		}
		attention := linear(w, (s.heads+2*kv)*head, full.NoQKVBias) + linear(s.heads*head, w, full.NoOutBias) + norm
		if full.QKNorm {
			attention += 2 * head
		}
		feedForward := int64(0)
		if s.ffn > 0 {
			feedForward = linear(w, s.ffn, full.NoFFNBias) + linear(s.ffn, w, full.NoFFNBias) + norm
		}
		if full.Gated {
			feedForward += linear(w, s.ffn, full.NoFFNBias)
		}
		if names.BareFirst {
			n -= norm
		}
		if names.SelfAfter != "" {
			n += 2 * s.layers * norm
		}
		n += s.layers*(s.attentions*attention+feedForward) + int64(full.Relative)*s.heads
		if full.LearnedPosition {
			n += int64(full.MaxPositions+full.Positioned) * w
		}
		if names.Types != "" {
			n += int64(full.TypeVocab) * w
		}
		if names.First != "" {
			n += norm
		}
		if full.PreNorm {
			n += norm
		}
	}
	if full.Untied {
		n += v * w
	}
	if names.Transform != "" && !full.Headless {
		n += linear(w, w, full.NoHeadBias) + norm
	}
	if names.Bias != "" && !full.Headless {
		n += v
	}
	return n
}
