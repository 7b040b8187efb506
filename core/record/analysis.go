package record

import (
	"heed/core/json"
	"heed/core/say"
)

// What Ablated and Patched say of a part that is not one head, or of no one position.
const None = -1

// Parts that can be ablated: Ablated.Part.
const (
	HeadParts     = "heads"
	LayerParts    = "layers"    // what all branches of a layer add to the residual stream
	FFNParts      = "ffn"       // what the feed-forward network of a layer adds
	PositionParts = "positions" // the embedding of one token
)

// Ablated says what a run loses without one part of the network. Delta is the change, in nats, of the
// log-probability of the output that was written with all parts, or of the token that comes next where a
// text was only read: negative where the part helped. With
// an ablation by the mean the part's activation is replaced by its mean over a corpus, otherwise by
// zeros (Michel et al. 2019, "Are Sixteen Heads Really Better than One?", section 3).
type Ablated struct {
	Part                  string
	Kind                  Kind
	Layer, Head, Position int // None where the part is not one head, or not one position
	Delta                 float32
	Changed               bool   // the output is another one, or at some place the most probable token
	Output                string // the output that is then written, where it was computed; one that was cut ends in " …"
}

// Fields describes the JSON of an Ablated.
func (a *Ablated) Fields(o *json.Object) {
	o.Member("part").String(&a.Part)
	o.Member("kind").String((*string)(&a.Kind))
	optionalIndex(o, "layer", &a.Layer)
	optionalIndex(o, "head", &a.Head)
	optionalIndex(o, "position", &a.Position)
	o.Member("delta").Float32(&a.Delta)
	o.Optional("changed", a.Changed).Bool(&a.Changed)
	o.Optional("output", a.Output != "").String(&a.Output)
}

// Patched says how much of the difference between two runs comes back when one activation of the first is replaced by
// the second's (activation patching: Meng et al. 2022; Wang et al. 2022): 0 leaves the difference of the two outputs'
// log-probabilities as it was, 1 brings all of the second run's. Of a recurrent decoder Decoder is the kind of its
// embeddings and, in layer 0, of its states, RNN that of its contexts.
type Patched struct {
	Kind                  Kind
	Layer, Head, Position int // Head is None for a whole residual stream, state or context; Layer None for the embedding
	Recovered             float32
}

// Fields describes the JSON of a Patched.
func (p *Patched) Fields(o *json.Object) {
	o.Member("kind").String((*string)(&p.Kind))
	o.Member("layer").Int(&p.Layer)
	optionalIndex(o, "head", &p.Head)
	o.Member("position").Int(&p.Position)
	o.Member("recovered").Float32(&p.Recovered)
}

// Donor is the run that activations are taken from, and what the two outputs are compared by: at Position, the
// first where they differ, the text's own run has Token and the donor's has Other. Base and Full are
// log p(Other) − log p(Token) of the two, which recovered puts at 0 and at 1. Other is "" where both have
// Token: they are log p(Token) then.
type Donor struct {
	Text, Output string
	Position     int
	// Own is the output of the run that is patched, and Target the tokens that stand at the positions of its decoder,
	// or after them, as far as the two outputs agree and the next. A Record whose Changes patch something has another
	// output, in which neither may stand.
	Own          string
	Target       []string
	Token, Other string
	Base, Full   float32
	Note         string // how positions are aligned, where the two texts do not have as many tokens
}

// Fields describes the JSON of a Donor.
func (d *Donor) Fields(o *json.Object) {
	o.Member("text").String(&d.Text)
	o.Member("output").String(&d.Output)
	o.Optional("own", d.Own != "").String(&d.Own)
	o.Optional("target", len(d.Target) > 0).Strings(&d.Target)
	o.Member("position").Int(&d.Position)
	o.Member("token").String(&d.Token)
	o.Member("other").String(&d.Other)
	o.Member("base").Float32(&d.Base)
	o.Member("full").Float32(&d.Full)
	o.Optional("note", d.Note != "").String(&d.Note)
}

// Attribution says how much each token that was read contributes to one output token, by one method,
// in nats of its log-probability; the method direct counts in logits.
type Attribution struct {
	Method   string
	Position int     // of the prediction
	Token    string  // the output token
	ID       int     // and its id
	Value    float32 // its log-probability, or its logit
	// Source and Target have a number for each token of Tokens; tokens that the prediction cannot see
	// have 0, and so have by leave-one-out those that are not left out, such as special tokens: see explain.Stays.
	Source, Target []float32
	Parts          []AttributedPart // of the method direct
	// Gap is what the numbers lack of what they should sum to, below 0 where they sum to more: of integrated gradients
	// the difference from the baseline, of direct the logit. 0 where the method promises no sum.
	Gap    float32
	Steps  int          // of integrated gradients
	Beside *Attribution // the same by another method, to compare
}

// AttributedPart is what one part of the network adds to a logit.
type AttributedPart struct {
	Name        string // "embedding", "position", "bias", "head", "ffn" or "rounding"
	Kind        Kind   // of a head
	Layer, Head int    // None where the part has none
	Value       float32
}

// Fields describes the JSON of an Attribution.
func (a *Attribution) Fields(o *json.Object) {
	o.Member("method").String(&a.Method)
	o.Member("position").Int(&a.Position)
	o.Member("token").String(&a.Token)
	o.Member("id").Int(&a.ID)
	o.Member("value").Float32(&a.Value)
	o.Member("source").Float32s(&a.Source)
	o.Optional("target", len(a.Target) > 0).Float32s(&a.Target)
	json.List(o.Optional("parts", len(a.Parts) > 0), &a.Parts)
	o.Member("gap").Float32(&a.Gap)
	o.Optional("steps", a.Steps > 0).Int(&a.Steps)
	json.Pointer(o.Optional("beside", a.Beside != nil), &a.Beside)
}

// Fields describes the JSON of an AttributedPart.
func (p *AttributedPart) Fields(o *json.Object) {
	o.Member("name").String(&p.Name)
	o.Optional("kind", p.Kind != "").String((*string)(&p.Kind))
	optionalIndex(o, "layer", &p.Layer)
	optionalIndex(o, "head", &p.Head)
	o.Member("value").Float32(&p.Value)
}

// Why splits one attention score q·k by what query and key are made of. The parts sum to the score.
type Why struct {
	Place
	Col   int
	Score float32
	Parts []WhyPart
}

// WhyPart is what one part of the query and one of the key bring to the score. Parts are named embedding,
// position, bias, KIND.LAYER.HEAD and ffn.LAYER; of a cross score the key's are the encoder's.
type WhyPart struct {
	Query, Key string
	Value      float32
}

// Fields describes the JSON of a Why.
func (w *Why) Fields(o *json.Object) {
	w.Place.fields(o)
	o.Member("col").Int(&w.Col)
	o.Member("score").Float32(&w.Score)
	json.List(o.Member("parts"), &w.Parts)
}

// Fields describes the JSON of a WhyPart.
func (p *WhyPart) Fields(o *json.Object) {
	o.Member("query").String(&p.Query)
	o.Member("key").String(&p.Key)
	o.Member("value").Float32(&p.Value)
}

// optionalIndex is a member that is left out where it is None.
func optionalIndex(o *json.Object, name string, v *int) {
	m := o.Optional(name, *v != None)
	if m.There() {
		m.Int(v)
	} else {
		*v = None
	}
}

// ParseWhy reads a weight's place, KIND.LAYER.HEAD.ROW.COL.
func ParseWhy(s string) (p Place, col int, err error) {
	p, rest, ok := parsePlace(s)
	if !ok || len(rest) != 2 {
		return Place{}, 0, say.Error("“", say.Cut(s, 60), "” is no weight; write KIND.LAYER.HEAD.ROW.COL, such as cross.2.3.1.4")
	}
	p.Row = rest[0]
	return p, rest[1], nil
}
