package recurrent

import "testing"

// TestWeights wants a model's weights to be counted before they are made.
func TestWeights(t *testing.T) {
	_, models := loadGolden(t)
	for _, m := range models {
		if got, want := m.Count(), int64(m.Params.Count()); got != want {
			t.Errorf("%s: %d weights are announced, there are %d", m.Attention, got, want)
		}
	}
	c := tiny()
	c.Attention, c.Plain, c.Separate, c.Width = NoAttention, true, true, 8
	if m := initialised(t, c); m.Count() != int64(m.Params.Count()) {
		t.Errorf("of a plain decoder %d weights are announced, there are %d", m.Count(), m.Params.Count())
	}
}

func TestConfigErrors(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no vocabulary":    func(c *Config) { c.Vocab = 0 },
		"negative layers":  func(c *Config) { c.EncoderLayers = -1 },
		"negative width":   func(c *Config) { c.AttentionWidth = -2 },
		"attention":        func(c *Config) { c.Attention = "quux" },
		"no attention":     func(c *Config) { c.Attention = "" },
		"dot of two sizes": func(c *Config) { c.Attention, c.DecoderHidden = "dot", 9 },
		"scaled dot":       func(c *Config) { c.Attention, c.Bidirectional = "scaled_dot", false },
		"special token":    func(c *Config) { c.EOS = 99 },
		"huge":             func(c *Config) { c.Vocab, c.Width = 1<<20, 1<<13 },
		"too wide":         func(c *Config) { c.EncoderHidden = 1 << 19 },
		"plain attention":  func(c *Config) { c.Plain, c.Width = true, 8 },
		"plain widths":     func(c *Config) { c.Plain, c.Attention = true, NoAttention },
		"too many weights": func(c *Config) { c.EncoderHidden, c.EncoderLayers = 1<<13, 50 },
	} {
		c := tiny()
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	c := tiny()
	if _, err := New(c); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
}
