// Package decode says what a decoder must do for a search to drive it token by token. The decoders are in
// packages transformer and recurrent, the searches in package run.
//
// Notation: C the width of the network.
package decode

import (
	"heed/core/attention"
	"heed/core/grad"
)

// State is a decoder in the middle of its work, for several hypotheses at once. Its buffers live
// until the arena of its Pass is reset.
type State interface {
	// Step puts tokens into the decoder, counts[i] of them for hypothesis which[i], and returns its output for each,
	// len(ids)×C, in scratch memory of the Pass. Hooks see the new rows only; sequence i is that of which[i].
	Step(which, counts, ids []int, hooks attention.Hooks) grad.Value
	// Contexts returns the context vector of each row of the last Step, in scratch memory of the Pass;
	// the zero Value where the network has none.
	Contexts() grad.Value
	Len(h int) int     // tokens that hypothesis h has decoded
	Room(h int) int    // tokens that it can still take
	Truncate(h, n int) // forgets all but its first n tokens
	Copy(dst, src int) // makes hypothesis dst a copy of src
}
