//go:build js && wasm && kernels && !inference

package tensor

import _ "embed"

// The two forms of the kernel module, which core/cmd/kernels writes.
var (
	//go:embed kernels/plain.wasm
	plainKernels string
	//go:embed kernels/relaxed.wasm
	relaxedKernels string
)
