package run

import (
	"strings"

	"heed/core/record"
	"heed/core/say"
)

// Ask answers a question about the last run: the explanation as a Record of its own, for the run's With. A question
// without an answer, such as one for a part that the network does not have, has a sentence in Answer.Refusal instead.
func (s *Session) Ask(q record.Question, progress Progress) (*record.Record, error) {
	part := &record.Record{Answer: record.Answer{To: q}}
	var stopped, err error
	if progress != nil {
		tell := progress
		progress = func(done, of int) error {
			stopped = tell(done, of)
			return stopped
		}
	}
	switch {
	case q.Ablate != "":
		part.Ablation, err = s.Ablate(Ablation{Parts: q.Ablate, Corpus: q.With == record.WithMean, Outputs: true, Progress: progress})
		if q.With == record.WithMean {
			part.AblatedWith = s.over().name
		}
	case q.Patch != "":
		var p *Patches
		if p, err = s.Patch(Patching{Other: q.Patch, At: q.At, Progress: progress}); err == nil {
			part.Patch, part.Donor = p.List, &p.Donor
		}
	case q.Attribute != "":
		part.Attribution, err = s.attributions(q, progress)
	case q.Why.Kind != "":
		part.Why, err = s.Why(q.Why, q.Col)
	case q.Adversary:
		part.Adversary, err = s.adversary(askedSteps, progress)
	case q.Roles:
		part.Roles, err = s.rolesOver(progress)
	}
	if stopped != nil {
		return nil, stopped
	}
	if err != nil {
		part.Answer.Refusal = err.Error()
	}
	return part, nil
}

// attributions are those of one method or of two.
func (s *Session) attributions(q record.Question, progress Progress) (first *record.Attribution, err error) {
	methods := strings.Split(q.Attribute, ",")
	if len(methods) > 2 {
		return nil, say.Error("at most two methods can be compared, not ", len(methods))
	}
	to := &first
	for i, method := range methods {
		if *to, err = s.attribute(method, q.Position, progress.stage(i*AttributionSteps, len(methods)*AttributionSteps)); err != nil {
			return nil, err
		}
		if err := progress.tell(i+1, len(methods)); err != nil {
			return nil, err
		}
		to = &(*to).Beside
	}
	return first, nil
}
