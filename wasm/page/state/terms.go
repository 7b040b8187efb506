package state

import (
	"heed/core/model"
	"heed/core/text"
)

// Term is a technical word that stands on a control or in a picture: its name, a sentence on what it means, and its
// entry in the glossary of the lessons.
type Term struct {
	Name, Says text.Key
	Entry      string
}

// The words, in the order in which they are explained.
var (
	TermEncoder     = Term{text.EncoderName, text.EncoderMeans, "encoder"}
	TermDecoder     = Term{text.DecoderName, text.DecoderMeans, "decoder"}
	TermAttention   = Term{text.AttentionName, text.AttentionMeans, "attention"}
	TermQuery       = Term{text.QueryAndKey, text.QueryAndKeyMean, "query"}
	TermLayer       = Term{text.LayerName, text.LayerMeans, "layer"}
	TermHead        = Term{text.HeadName, text.HeadMeans, "head"}
	TermThreshold   = Term{text.ThresholdName, text.ThresholdMeans, "weight"}
	TermWords       = Term{text.WordsName, text.WordsMeans, "token"}
	TermSpecial     = Term{text.SpecialName, text.SpecialMeans, "special-token"}
	TermLens        = Term{text.LensName, text.LensMeans, "layer"}
	TermOff         = Term{text.SwitchOff, text.SwitchOffMeans, "ablation"}
	TermHeat        = Term{text.AttentionTemperatureName, text.HeatMeans, "temperature"}
	TermTemperature = Term{text.TemperatureName, text.TemperatureMeans, "temperature"}
	TermTopK        = Term{text.TopKName, text.TopKMeans, "top-k"}
	TermTopP        = Term{text.TopPName, text.TopPMeans, "top-p"}
)

// Terms are the words that are to be seen now.
func (s *State) Terms() (all []Term) {
	c, e := s.Controls(), s.Edits()
	add := func(seen bool, terms ...Term) {
		if seen {
			all = append(all, terms...)
		}
	}
	add(s.Imported == nil, TermEncoder, TermDecoder)
	add(len(c.Kinds) > 0, TermAttention)
	add(s.Mapped(), TermQuery)
	add(len(c.Layers) > 0, TermLayer)
	add(len(c.Heads) > 0, TermHead)
	add(c.Threshold, TermThreshold)
	add(c.Words, TermWords)
	add(c.Special, TermSpecial)
	add(c.Lens, TermLens)
	add(e.Switch != "", TermOff)
	add(e.Heat.Name != "", TermHeat)
	add(s.Task() == model.Generation && s.Editable, TermTemperature, TermTopK, TermTopP)
	return all
}
