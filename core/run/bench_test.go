package run_test

import (
	"os"
	"testing"

	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
)

// BenchmarkKey types letters at the end of a text, in real models, as the page has them run: MiniLM at about 16 tokens,
// SmolLM2 at about 32, of which each key changes the last one or two; and has SmolLM2 write tokens.
func BenchmarkKey(b *testing.B) {
	llm, _ := smolLM2(b)
	type of struct {
		name, text, more string
		how              run.Options
	}
	keys := func(b *testing.B, s *run.Session, all []of) {
		for _, k := range all {
			b.Run(k.name, func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					if _, err := s.Run(k.text+k.more[:i%len(k.more)], k.how); err != nil {
						b.Fatal(err)
					}
					if _, err := s.Next(k.how.Sampling); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	m, err := model.Open(os.DirFS(public + "minilm"))
	if err != nil {
		b.Fatal(err)
	}
	keys(b, run.NewSession(m), []of{{"MiniLM", "The animal didn't cross the street because it was too", " tired, old and wet", run.Options{Vector: true}}})
	story := "Once upon a time there was a little girl who had a red ball. She liked to play with her dog in the park near the old house"
	how := run.Sampling{Temperature: 0.7}
	keys(b, run.NewSession(llm), []of{{"SmolLM2", story, " of her friend", run.Options{Sampling: how}},
		{"SmolLM2 writes 10", story, "  ", run.Options{Sampling: how, MaxTokens: 10}}})
}

// BenchmarkWhy splits a score, of weights as the page has them; -benchmem says how much of them is copied.
func BenchmarkWhy(b *testing.B) {
	m, err := model.Open(os.DirFS("../../web/models/en-fr"))
	if err != nil {
		b.Fatal(err)
	}
	m.Net.Weights().Compact(true)
	s := run.NewSession(m)
	if _, err := s.Run("I see a red car and a white house and she is happy.", run.Options{}); err != nil {
		b.Fatal(err)
	}
	for _, kind := range []record.Kind{record.Self, record.Decoder, record.Cross} {
		b.Run(string(kind), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Why(record.Place{Kind: kind, Layer: 2, Head: 4, Row: 4}, 3); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
