package learn

import "heed/core/train"

// defaultArch is the architecture on which a task shows best what it is there for.
func defaultArch(task string) string {
	switch task {
	case "dates":
		return Additive
	case "induction", "modular":
		return Decoder
	}
	return EncoderDecoder
}

// Default is the setting of a task and an architecture with all else left to it. TestDefaults holds what it reaches.
func Default(task, arch string) Setting {
	s := Setting{Task: task, Arch: arch, Layers: 1, Heads: 4, Width: 64, Positions: Sinusoid,
		Causal: true, Residuals: true, Norms: true, FFN: true,
		Rate: 0.003, Batch: 32, Steps: 2000, Optimizer: train.AdamW, Seed: 1}
	switch {
	case isRecurrent(arch):
		s.Rate, s.Width, s.Heads = 0.005, 64, 1
	case arch == Decoder || arch == Encoder:
		s.Layers, s.Positions = 2, Learned
	}
	return s
}
