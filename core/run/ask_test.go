package run

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"heed/core/record"
)

// TestAsk: every question has the answer that the method of its own has, a question in vain a sentence, and who
// stops it is told so.
func TestAsk(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		position := r.Predictions[0].Position
		ask := func(q record.Question) *record.Record {
			t.Helper()
			part, err := s.Ask(q, nil)
			if err != nil {
				t.Fatal(err)
			}
			if part.Answer.To != q {
				t.Errorf("the answer is to %+v, asked was %+v", part.Answer.To, q)
			}
			return part
		}
		if p := ask(record.Question{Ablate: record.PositionParts}); len(p.Ablation) == 0 || p.Answer.Refusal != "" {
			t.Errorf("%d positions are ablated: %s", len(p.Ablation), p.Answer.Refusal)
		}
		if p := ask(record.Question{Ablate: "neurons"}); !strings.Contains(p.Answer.Refusal, "neurons") || p.Ablation != nil {
			t.Errorf("neurons: %+v", p.Answer)
		}
		if p := ask(record.Question{Patch: "   "}); p.Answer.Refusal == "" {
			t.Error("an empty text is patched from")
		}
		two := ask(record.Question{Attribute: LeaveOneOut + "," + GradientInput, Position: position}).Attribution
		for i, a := range []*record.Attribution{two, two.Beside} {
			want, err := s.Attribute([]string{LeaveOneOut, GradientInput}[i], position)
			if err != nil {
				t.Fatal(err)
			}
			for j := range want.Source {
				near(t, a.Method, float64(a.Source[j]), float64(want.Source[j]), 1e-6)
			}
		}
		transformer := kind == "marian" || kind == "gpt2" || kind == "bert"
		seen := ask(record.Question{Attribute: Attention, Position: position})
		if attends := len(r.Maps) > 0; attends != (seen.Attribution != nil) {
			t.Errorf("attention: %v, %q", seen.Attribution, seen.Answer.Refusal)
		} else if attends {
			sum := 0.0
			for _, v := range seen.Attribution.Source {
				sum += float64(v)
			}
			near(t, "the sum of the mean row", sum, 1, 1e-5)
		}
		rolled := ask(record.Question{Attribute: Rollout, Position: position})
		if transformer != (rolled.Attribution != nil) {
			t.Errorf("rollout: %v, %q", rolled.Attribution, rolled.Answer.Refusal)
		} else if transformer {
			near(t, "the sum of the rollout", totalOf(rolled.Attribution), 1, 1e-4)
		}
		if p := ask(record.Question{Attribute: "magic", Position: position}); !strings.Contains(p.Answer.Refusal, "magic") {
			t.Errorf("magic: %+v", p.Answer)
		}
		if p := ask(record.Question{Attribute: "a,b,c", Position: position}); p.Answer.Refusal == "" {
			t.Error("three methods are compared")
		}
		if transformer {
			q := record.Question{Why: record.Place{Kind: r.Maps[0].Kind, Row: 1}, Col: 1}
			want, err := s.Why(q.Why, 1)
			if got := ask(q).Why; err != nil || got == nil || got.Score != want.Score {
				t.Errorf("why: %v, want %v, %v", got, want, err)
			}
		}
		stop := errors.New("stop")
		for _, q := range []record.Question{{Ablate: record.PositionParts}, {Attribute: LeaveOneOut, Position: position}} {
			if _, err := s.Ask(q, func(done, of int) error { return stop }); err != stop {
				t.Errorf("%+v, stopped: %v", q, err)
			}
		}
	})
}

// TestAskOver: means and roles are taken over the texts that a session was given, and the answer names them.
func TestAskOver(t *testing.T) {
	s, _ := drawn(t, "translation", "marian")
	texts := []string{"a dog and a cat", "the cat sat on the mat", "the dog"}
	const three = "the 3 examples of this model"
	s.Over(texts, nil)
	part, err := s.Ask(record.Question{Ablate: record.HeadParts, With: record.WithMean}, nil)
	if err != nil || part.AblatedWith != three {
		t.Fatalf("%q, %v", part.AblatedWith, err)
	}
	want, err := s.Ablate(Ablation{Mean: texts})
	if err != nil || !slices.Equal(part.Ablation, want) {
		t.Errorf("%v, want %v (%v)", part.Ablation, want, err)
	}
	zeros, err := s.Ask(record.Question{Ablate: record.HeadParts}, nil)
	if err != nil || zeros.AblatedWith != "" || zeros.Ablation[0].Delta == want[0].Delta {
		t.Errorf("by zeros: %q, %v, %v", zeros.AblatedWith, zeros.Ablation[0], err)
	}
	part, err = s.Ask(record.Question{Roles: true}, nil)
	if err != nil || part.Roles == nil || part.Roles.Corpus != three {
		t.Fatalf("%+v, %v", part.Roles, err)
	}
	heads, err := Heads(s.Model, texts, nil)
	if err != nil || !slices.Equal(part.Roles.Heads, heads) {
		t.Errorf("%v, want %v (%v)", part.Roles.Heads, heads, err)
	}
	// What is stored is added to the heads that have it.
	s.corpus = corpus{}
	s.Over(texts, &record.Translations{Pairs: "9 words", Chance: 0.1, Heads: []record.HeadRate{{Kind: record.Cross, Layer: 1, Head: 1, Rate: 0.75}}})
	part, err = s.Ask(record.Question{Roles: true}, nil)
	if err != nil || part.Roles.Pairs != "9 words" {
		t.Fatalf("%+v, %v", part.Roles, err)
	}
	for _, h := range part.Roles.Heads {
		translates := h.Kind == record.Cross && h.Layer == 1 && h.Head == 1
		if h.Translates() != translates || translates && h.Shares[record.OnTranslation] != 0.75 {
			t.Errorf("%+v", h)
		}
	}
	s.Over(nil, nil)
	if part, err = s.Ask(record.Question{Roles: true}, nil); err != nil || !strings.Contains(part.Roles.Corpus, "everyday") {
		t.Errorf("without a corpus: %+v, %v", part.Roles, err)
	}
	s.Model.About.Example, s.Model.About.Others = texts[0], texts[1:]
	s.Over(nil, nil)
	if part, err = s.Ask(record.Question{Roles: true}, nil); err != nil || part.Roles.Corpus != three || !slices.Equal(part.Roles.Heads, heads) {
		t.Errorf("of a model that came with examples: %+v, %v", part.Roles, err)
	}
	none := errors.New("enough")
	for _, q := range []record.Question{{Ablate: record.FFNParts, With: record.WithMean}, {Roles: true}} {
		s.Over(texts, nil)
		s.corpus.means, s.corpus.roles = nil, nil
		if _, err := s.Ask(q, func(int, int) error { return none }); !errors.Is(err, none) {
			t.Errorf("%+v is not ended: %v", q, err)
		}
	}
	if part, err = s.Ask(record.Question{Adversary: true}, nil); err != nil || !strings.Contains(part.Answer.Refusal, "no soft attention") {
		t.Errorf("other weights of a Transformer: %+v, %v", part.Answer, err)
	}
}
