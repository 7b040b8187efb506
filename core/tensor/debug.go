//go:build debug

package tensor

// Debug says that this is a build with the tag debug, which looks for uses of memory that was given
// back.
const Debug = true
