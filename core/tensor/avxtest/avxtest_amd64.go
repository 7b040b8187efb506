// Package avxtest tells tests whether the upper halves of the vector registers are in use. What a function leaves in
// them slows the code of SSE instructions that runs after it: see tensor's leave.
package avxtest

// Known says whether this processor, and the system on it, tell InUse.
func Known() bool

// Use puts something into the upper half of a register.
func Use()

// Clear says that nothing of the upper halves is needed, as VZEROUPPER does.
func Clear()

// InUse says whether the upper half of any of the registers Y0 to Y15 or Z0 to Z15 is in use: the state components 2
// and 6 of XINUSE, which XGETBV reads (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1,
// sections 13.1 and 13.6). Where Known is false it must not be called.
func InUse() bool
