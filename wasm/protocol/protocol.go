// Package protocol is what the page and the engine say to each other: the types of their messages
// and the headers, which cross as JSON. Numbers cross as the buffers of a message.
package protocol

import (
	"heed/core/model"
	"heed/core/record"
)

// From the page to the engine.
const (
	Run  = "run"  // header Request; answered by Progress*, Partial*, then Record or Failed
	Maps = "maps" // header Want; answered by Maps with the header Result
)

// From the engine to the page.
const (
	Progress = "progress" // header Loading
	Partial  = "partial"  // header Output
	Record   = "record"   // header Result; one buffer of weights for each map, in order
	Failed   = "failed"   // header Failure
)

// Request asks for a run. A newer request ends an older one, which is then not answered any more.
type Request struct {
	ID     int         `json:"id"` // grows from request to request
	Model  string      `json:"model"`
	Text   string      `json:"text"`
	Target *string     `json:"target,omitempty"` // the reader's own target text instead of the model's
	Kind   record.Kind `json:"kind"`             // the maps to send along: every head of this layer
	Layer  int         `json:"layer"`
}

// Want asks for more maps of the run that was answered last.
type Want struct {
	ID    int         `json:"id"` // of that run
	Kind  record.Kind `json:"kind"`
	Layer int         `json:"layer"`
}

// Loading tells how much of a model has arrived. Total is 0 while it is not known.
type Loading struct {
	Model string `json:"model"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
}

// Output is what the model has written so far.
type Output struct {
	ID     int    `json:"id"`
	Output string `json:"output"`
}

// Result is a finished run: the Record, its maps without their weights, which are the buffers. In
// the answer to Want the Record holds maps only.
type Result struct {
	ID     int           `json:"id"`
	Shape  []Stack       `json:"shape,omitempty"` // which maps the model has
	Millis float64       `json:"millis,omitempty"`
	Record record.Record `json:"record"`
}

// Stack tells how many layers and heads of a kind a model has.
type Stack = model.Stack

// Failure is why a run has no result: a sentence for the reader that says what to do.
type Failure struct {
	ID      int    `json:"id"`
	Message string `json:"message"`
}
