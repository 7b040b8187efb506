package record

import "heed/core/json"

// Question asks for an explanation of a run: the one of Ablate, Patch, Attribute, Why, Adversary and Roles that is not
// empty. Its answer stands in the member of the Record of that name. It compares with ==; its zero value asks nothing.
type Question struct {
	Ablate    string // the parts to ablate: HeadParts, LayerParts, FFNParts or PositionParts
	With      string // what stands in their place: zeros, or WithMean
	Patch     string // the other text
	At        string // what is taken from it: AtHeads, or AtResidual, which "" is too
	Attribute string // one method, or two with a comma between
	Position  int    // of the prediction that is attributed
	Why       Place  // the row whose score at Col is taken apart; without a Kind none
	Col       int
	Adversary bool // other weights of the soft attention
	Roles     bool // what the heads do over a corpus
}

// WithMean puts the mean over a corpus in the place of what is ablated: Question.With.
const WithMean = "mean"

// What is taken from another run: Question.At.
const (
	AtHeads    = "heads"
	AtResidual = "residual"
)

// Questions are those that the explanations in a Record answer, so that they can be asked again.
func (r *Record) Questions() (all []Question) {
	if len(r.Ablation) > 0 {
		q := Question{Ablate: r.Ablation[0].Part}
		if r.AblatedWith != "" {
			q.With = WithMean
		}
		all = append(all, q)
	}
	if len(r.Patch) > 0 && r.Donor != nil {
		q := Question{Patch: r.Donor.Text, At: AtResidual}
		if r.Patch[0].Head != None {
			q.At = AtHeads
		}
		all = append(all, q)
	}
	if a := r.Attribution; a != nil {
		q := Question{Attribute: a.Method, Position: a.Position}
		if a.Beside != nil {
			q.Attribute += "," + a.Beside.Method
		}
		all = append(all, q)
	}
	if w := r.Why; w != nil {
		all = append(all, Question{Why: w.Place, Col: w.Col})
	}
	if r.Adversary != nil {
		all = append(all, Question{Adversary: true})
	}
	if r.Roles != nil {
		all = append(all, Question{Roles: true})
	}
	return all
}

// Answer is what a question came to. Files have none: they hold the explanations themselves.
type Answer struct {
	To      Question
	Refusal string // a sentence that says why there is no explanation; "" where there is one
}

// Fields describes the JSON of a Question.
func (q *Question) Fields(o *json.Object) {
	o.Optional("ablate", q.Ablate != "").String(&q.Ablate)
	o.Optional("with", q.With != "").String(&q.With)
	o.Optional("patch", q.Patch != "").String(&q.Patch)
	o.Optional("at", q.At != "").String(&q.At)
	o.Optional("attribute", q.Attribute != "").String(&q.Attribute)
	o.Optional("position", q.Position != 0).Int(&q.Position)
	o.Optional("why", q.Why.Kind != "").Object(func(o *json.Object) {
		q.Why.fields(o)
		o.Member("col").Int(&q.Col)
	})
	o.Optional("adversary", q.Adversary).Bool(&q.Adversary)
	o.Optional("roles", q.Roles).Bool(&q.Roles)
}

// Fields describes the JSON of an Answer.
func (a *Answer) Fields(o *json.Object) {
	o.Member("to").Object(a.To.Fields)
	o.Optional("refusal", a.Refusal != "").String(&a.Refusal)
}
