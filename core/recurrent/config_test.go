package recurrent

import (
	"strings"
	"testing"
)

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

// TestConfigErrors wants an error that names the entry of the configuration which is wrong.
func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"vocab_size is 0", func(c *Config) { c.Vocab = 0 }},
		{"encoder_layers is -1", func(c *Config) { c.EncoderLayers = -1 }},
		{"encoder_layers is 51", func(c *Config) { c.EncoderLayers = 51 }},
		{"attention_dim is -2", func(c *Config) { c.AttentionWidth = -2 }},
		{"attention is \"quux\"", func(c *Config) { c.Attention = "quux" }},
		{"attention is \"\"", func(c *Config) { c.Attention = "" }},
		{"attention is dot, for which states", func(c *Config) { c.Attention, c.DecoderHidden = "dot", 9 }},
		{"attention is scaled_dot, for which states", func(c *Config) { c.Attention, c.Bidirectional = "scaled_dot", false }},
		{"eos_token_id is 99", func(c *Config) { c.EOS = 99 }},
		{"pad_token_id is -1", func(c *Config) { c.Pad = -1 }},
		{"decoder_start_token_id is 99", func(c *Config) { c.Start = 99 }},
		{"encoder_hidden_size is 524288", func(c *Config) { c.EncoderHidden = 1 << 19 }},
		{"vocab_size is 1048576, by which the model is too large", func(c *Config) { c.Vocab, c.Width = 1<<20, 1<<13 }},
		{"encoder_hidden_size is 8192, by which the model is too large", func(c *Config) { c.EncoderHidden, c.EncoderLayers = 1<<13, 50 }},
		{"decoder_hidden_size is 8192, by which the model is too large", func(c *Config) {
			c.Vocab, c.Width, c.EncoderHidden, c.Bidirectional, c.DecoderHidden, c.AttentionWidth = 1<<14, 1<<13, 1<<12, true, 1<<13, 1<<13
			c.Attention, c.Tied = "additive", true
		}},
		{"plain_decoder", func(c *Config) { c.Plain, c.Width = true, 8 }},
		{"plain_decoder", func(c *Config) { c.Plain, c.Attention = true, NoAttention }},
	} {
		config := tiny()
		c.change(&config)
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is %v, want one with %q", err, c.want)
		}
	}
	c := tiny()
	if _, err := New(c); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
}
