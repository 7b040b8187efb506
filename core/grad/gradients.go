//go:build !inference

package grad

// gradients says whether this program has the way back of each operation: all have but heed.wasm, which is a tenth
// smaller by that and the like.
const gradients = true
