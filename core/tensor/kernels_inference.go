//go:build js && wasm && kernels && inference

package tensor

import _ "embed"

// The two forms of the kernel module, which core/cmd/kernels writes, without gradients and blocks.
var (
	//go:embed kernels/plain-inference.wasm
	plainKernels string
	//go:embed kernels/relaxed-inference.wasm
	relaxedKernels string
)
