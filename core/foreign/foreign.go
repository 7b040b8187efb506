// Package foreign, imported for its effect, has a program open models that were made by others: package token then
// reads all kinds of tokenizers that it knows, package model files of all kinds, package transformer all families.
// Without it a program opens Heed's own models, and is smaller by the code for the rest; what it lacks is an error
// that wraps say.ErrLab. Pages have it in lab.wasm.
package foreign

import (
	"heed/core/model"
	"heed/core/token"
	_ "heed/core/transformer/families"
)

func init() {
	model.LinkForeign()
	token.LinkForeign()
}
