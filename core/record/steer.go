package record

import (
	"math"
	"strconv"
	"strings"

	"heed/core/say"
)

// Steering adds a direction to the residual stream after a layer, at every position (activation addition: Turner et al.
// 2023, "Steering Language Models With Activation Engineering"; Rimsky et al. 2024, "Steering Llama 2 via Contrastive
// Activation Addition"). The direction is the difference of two texts' states there, each the mean over its tokens that
// are not special. Without a Kind nothing is steered.
type Steering struct {
	Kind         Kind // Decoder, or Self for an encoder
	Layer        int
	Strength     float64 // how often the difference is added
	Toward, Away string  // the two texts
}

// MaxSteering is the largest strength.
const MaxSteering = 20

// Any says whether anything is added.
func (s Steering) Any() bool { return s.Kind != "" && s.Strength != 0 }

// String writes where and how strongly, as addresses do, such as decoder.2=4.
func (s Steering) String() string {
	if s.Kind == "" {
		return ""
	}
	return string(s.Kind) + "." + strconv.Itoa(s.Layer) + "=" + strconv.FormatFloat(s.Strength, 'g', -1, 64)
}

// Parse reads KIND.LAYER=STRENGTH. What it cannot read changes nothing; the error is a sentence.
func (s *Steering) Parse(text string) error {
	if strings.TrimSpace(text) == "" {
		s.Kind, s.Layer, s.Strength = "", 0, 0
		return nil
	}
	at, number, _ := strings.Cut(strings.TrimSpace(text), "=")
	kind, layer, _ := strings.Cut(at, ".")
	n, wrong := strconv.Atoi(layer)
	strength, bad := strconv.ParseFloat(number, 64)
	if k := Kind(kind); k != Decoder && k != Self || wrong != nil || n < 0 || n >= maxLayers || bad != nil || !(math.Abs(strength) <= MaxSteering) {
		return say.Error("“", say.Cut(text, 60), "” is no steering; write KIND.LAYER=STRENGTH, such as decoder.2=4, the kind decoder or self, the strength from −", MaxSteering, " to ", MaxSteering)
	}
	s.Kind, s.Layer, s.Strength = Kind(kind), n, strength
	return nil
}
