package transformer

import "heed/core/tensor"

// ParseActivation maps the names that Hugging Face configurations use; ok is false for others.
func ParseActivation(name string) (a tensor.Activation, ok bool) {
	switch name {
	case "relu":
		return tensor.ReLU, true
	case "silu", "swish":
		return tensor.SiLU, true
	case "gelu", "gelu_python":
		return tensor.GELU, true
	case "gelu_new", "gelu_fast", "gelu_pytorch_tanh":
		return tensor.GELUTanh, true
	case "tanh":
		return tensor.Tanh, true
	}
	return tensor.Identity, false
}
