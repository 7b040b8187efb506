package record

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"heed/core/json"
	"heed/core/say"
)

// Changes are what was done by hand to a run: to its attention, its activations and the words that it reads. Its zero
// value is nothing.
//
// Off are heads that were switched off: their weights are 0, so that they bring nothing to the output
// of their layer. That is ablation (Michel et al. 2019, section 2.3, whose mask ξ is 0 here; Voita et
// al. 2019, section 5); weights that are all alike would still bring in the mean of the values. Of
// soft attention, where there is one head, the context vector is then 0.
//
// Force are weights that were set. The other weights of the row are scaled so that it sums to 1; where
// they are 0 they become alike. Where the forced weights of a row come to more than 1, or leave no other
// key, they are scaled to 1 themselves.
//
// Patched are activations that are taken from the run of the text From (see Patched, the type).
//
// Replace are words of the text that are read as others. Text stays what it was, and the tokens of another word span
// the word in whose place it is read.
//
// Steer adds a direction to the residual stream.
//
// Temperature divides the scores of the kinds cross and rnn before the softmax; 0 and 1 leave them as they
// are.
type Changes struct {
	Off         []Place // of which the Row is 0 and means nothing
	Force       []Forced
	Patched     []Place // of which the Row is the position; Layer and Head may be None
	From        string
	Replace     []Replaced
	Steer       Steering
	Temperature float64
}

// Forced is a weight that was set by hand: that of the key Col in a row.
type Forced struct {
	Place
	Col    int
	Weight float32
}

// The temperatures that attention may have.
const (
	MinTemperature float64 = 0.05
	MaxTemperature float64 = 20
)

// MaxChanges is the most bytes of a list of changes in a file or an address: all are compared with each other.
const MaxChanges = 1 << 14

// Any says whether anything was changed.
func (c *Changes) Any() bool {
	return len(c.Off)+len(c.Force)+len(c.Patched)+len(c.Replace) > 0 || c.Steer.Any() || c.Scales()
}

// Scales says whether scores are divided.
func (c *Changes) Scales() bool { return c.Temperature != 0 && c.Temperature != 1 }

// Equal says whether both are the same changes in the same order.
func (c *Changes) Equal(other *Changes) bool {
	return slices.Equal(c.Off, other.Off) && slices.Equal(c.Force, other.Force) &&
		slices.Equal(c.Patched, other.Patched) && (c.From == other.From || len(c.Patched) == 0) &&
		slices.Equal(c.Replace, other.Replace) && (c.Steer == other.Steer || !c.Steer.Any() && !other.Steer.Any()) &&
		(c.Temperature == other.Temperature || !c.Scales() && !other.Scales())
}

// Of says whether a head was switched off, and which of its weights were forced.
func (c *Changes) Of(kind Kind, layer, head int) (off bool, forced []Forced) {
	for _, p := range c.Off {
		off = off || p.Kind == kind && p.Layer == layer && p.Head == head
	}
	for _, f := range c.Force {
		if f.Kind == kind && f.Layer == layer && f.Head == head {
			forced = append(forced, f)
		}
	}
	return off, forced
}

// HeadName names a head as addresses do, such as cross.2.3.
func (p Place) HeadName() string {
	return string(p.Kind) + "." + strconv.Itoa(p.Layer) + "." + strconv.Itoa(p.Head)
}

// String writes it as addresses do, such as cross.2.3.1.4=0.9.
func (f Forced) String() string {
	return f.HeadName() + "." + strconv.Itoa(f.Row) + "." + strconv.Itoa(f.Col) + "=" + strconv.FormatFloat(float64(f.Weight), 'g', -1, 32)
}

// OffList writes the heads that are off as ParseOff reads them.
func (c *Changes) OffList() string { return listed(c.Off, Place.HeadName) }

// ForceList writes the weights that are forced as ParseForce reads them.
func (c *Changes) ForceList() string { return listed(c.Force, Forced.String) }

// PatchName names an activation as addresses do: KIND.LAYER.HEAD.POSITION, with - for what is None, such as self.1.-.3.
func (p Place) PatchName() string {
	index := func(i int) string {
		if i == None {
			return "-"
		}
		return strconv.Itoa(i)
	}
	return string(p.Kind) + "." + index(p.Layer) + "." + index(p.Head) + "." + strconv.Itoa(p.Row)
}

// PatchedList writes the activations that are taken from elsewhere as ParsePatched reads them.
func (c *Changes) PatchedList() string { return listed(c.Patched, Place.PatchName) }

// ParsePatched reads a list such as "self.1.-.3,cross.2.0.4" into Patched: KIND.LAYER.HEAD.POSITION, with - for a whole
// residual stream instead of a head, and for the embedding instead of a layer. What it cannot read it leaves out; the
// error, a sentence, is about the last of that.
func (c *Changes) ParsePatched(list string) (err error) {
	known := places(c.Patched)
	for item := range items(list) {
		parts := strings.Split(item, ".")
		for i := 1; i < min(len(parts), 3); i++ {
			if parts[i] == "-" {
				parts[i] = "0"
			}
		}
		p, rest, ok := parsePlace(strings.Join(parts, "."))
		if !ok || len(rest) != 1 {
			err = say.Error("“", say.Cut(item, 60), "” is no activation to patch; write KIND.LAYER.HEAD.POSITION, such as self.1.-.3, with - for no head and for the embedding")
			continue
		}
		given := strings.Split(item, ".")
		if p.Row = rest[0]; given[1] == "-" {
			p.Layer = None
		}
		if given[2] == "-" {
			p.Head = None
		}
		if known.adds(p.PatchName()) {
			c.Patched = append(c.Patched, p)
		}
	}
	return err
}

// Patch takes an activation from the run of another text, or no longer. Of a second text all are taken anew.
func (c *Changes) Patch(p Place, from string) {
	if c.From != from {
		c.Patched, c.From = nil, from
	}
	if at := slices.Index(c.Patched, p); at >= 0 {
		c.Patched = slices.Delete(slices.Clone(c.Patched), at, at+1)
	} else {
		c.Patched = append(slices.Clone(c.Patched), p)
	}
}

// ParseOff reads a list such as "cross.2.3,self.0.1" into Off: KIND.LAYER.HEAD, counted from 0, apart by
// commas. What it cannot read it leaves out; the error, a sentence, is about the last of that.
func (c *Changes) ParseOff(list string) (err error) {
	known := places(c.Off)
	for item := range items(list) {
		p, rest, ok := parsePlace(item)
		if !ok || len(rest) > 0 {
			err = say.Error("“", say.Cut(item, 60), "” is no head to switch off; write KIND.LAYER.HEAD, such as cross.2.3, the kind one of cross, self, decoder and rnn")
		} else if known.adds(p.PatchName()) {
			c.Off = append(c.Off, p)
		}
	}
	return err
}

// ParseForce reads a list such as "cross.2.3.1.4=0.9" into Force: KIND.LAYER.HEAD.ROW.COL=WEIGHT, the weight
// from 0 to 1. What it cannot read it leaves out; the error, a sentence, is about the last of that. Of one
// weight that is forced twice the last counts.
func (c *Changes) ParseForce(list string) (err error) {
	last, all := known{}, slices.Clone(c.Force) // by all but its weight, where in the list one stands
	for i, f := range all {
		last[f.name()] = i
	}
	for item := range items(list) {
		at, value, _ := strings.Cut(item, "=")
		p, rest, ok := parsePlace(at)
		w, wrong := strconv.ParseFloat(value, 32)
		if !ok || len(rest) != 2 || wrong != nil || !(w >= 0 && w <= 1) {
			err = say.Error("“", say.Cut(item, 60), "” is no weight to force; write KIND.LAYER.HEAD.ROW.COL=WEIGHT, such as cross.2.3.1.4=0.9, the weight from 0 to 1")
			continue
		}
		p.Row = rest[0]
		f := Forced{p, rest[1], float32(w)}
		name := f.name()
		if at, ok := last[name]; ok {
			all[at].Row = None
		}
		last[name] = len(all)
		all = append(all, f)
	}
	c.Force = slices.DeleteFunc(all, func(f Forced) bool { return f.Row == None })
	return err
}

func (f Forced) name() string { return f.PatchName() + "." + strconv.Itoa(f.Col) }

// known are things of a list: an address may have thousands.
type known map[string]int

func places(all []Place) known {
	k := known{}
	for _, p := range all {
		k.adds(p.PatchName())
	}
	return k
}

// adds says whether a name was none of them.
func (k known) adds(name string) bool {
	n := len(k)
	k[name] = n
	return len(k) > n
}

// Switch switches a head off, or on again.
func (c *Changes) Switch(p Place) {
	if at := slices.Index(c.Off, p); at >= 0 {
		c.Off = slices.Delete(slices.Clone(c.Off), at, at+1)
	} else {
		c.Off = append(slices.Clone(c.Off), p)
	}
}

// Set forces a weight, in place of what was forced there before.
func (c *Changes) Set(f Forced) {
	c.Unset(f)
	c.Force = append(slices.Clip(c.Force), f)
}

// Unset takes back that a weight is forced.
func (c *Changes) Unset(f Forced) {
	same := func(g Forced) bool { return g.Col == f.Col && g.Place == f.Place }
	c.Force = slices.DeleteFunc(slices.Clone(c.Force), same)
}

// listed writes a list as items reads it.
func listed[T any](list []T, write func(T) string) string {
	var all []string
	for _, item := range list {
		all = append(all, write(item))
	}
	return strings.Join(all, ",")
}

// items are the parts of a list that are not empty.
func items(list string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for item := range strings.SplitSeq(list, ",") {
			if item = strings.TrimSpace(item); item != "" && !yield(item) {
				return
			}
		}
	}
}

// parsePlace reads KIND.LAYER.HEAD, and numbers that follow.
func parsePlace(s string) (p Place, rest []int, ok bool) {
	parts := strings.Split(s, ".")
	if p.Kind = Kind(parts[0]); len(parts) < 3 || !slices.Contains([]Kind{Self, Decoder, Cross, RNN}, p.Kind) {
		return p, nil, false
	}
	for _, part := range parts[1:] {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n > math.MaxInt32 {
			return p, nil, false
		}
		rest = append(rest, n)
	}
	p.Layer, p.Head = rest[0], rest[1]
	return p, rest[2:], true
}

// Fields are named as the settings of an address, and hold what those do.
func (c *Changes) Fields(o *json.Object) {
	off, force := c.OffList(), c.ForceList()
	offs := o.Optional("off", off != "")
	offs.String(&off)
	forces := o.Optional("force", force != "")
	forces.String(&force)
	patched := c.PatchedList()
	patches := o.Optional("patched", patched != "")
	patches.String(&patched)
	o.Optional("from", patched != "").String(&c.From)
	replace, steer := c.ReplaceList(), c.Steer.String()
	replaces := o.Optional("replace", replace != "")
	replaces.String(&replace)
	steers := o.Optional("steer", c.Steer.Any())
	steers.String(&steer)
	o.Optional("toward", c.Steer.Any()).String(&c.Steer.Toward)
	o.Optional("away", c.Steer.Any()).String(&c.Steer.Away)
	o.Optional("temperature", c.Scales()).Float(&c.Temperature)
	if !o.Writing() {
		*c = Changes{Temperature: c.Temperature, From: c.From, Steer: Steering{Toward: c.Steer.Toward, Away: c.Steer.Away}}
		for _, list := range []string{off, force, patched, replace} {
			if len(list) > MaxChanges {
				offs.Fail(say.Text(", force, patched or replace is a list of ", len(list), " bytes; at most ", MaxChanges, " are read"))
				return
			}
		}
		if err := c.ParseReplace(replace); err != nil {
			replaces.Fail("is wrong: " + err.Error())
		}
		if err := c.Steer.Parse(steer); err != nil {
			steers.Fail("is wrong: " + err.Error())
		}
		if err := c.ParseOff(off); err != nil {
			offs.Fail("is wrong: " + err.Error())
		}
		if err := c.ParseForce(force); err != nil {
			forces.Fail("is wrong: " + err.Error())
		}
		if err := c.ParsePatched(patched); err != nil {
			patches.Fail("is wrong: " + err.Error())
		}
	}
}
