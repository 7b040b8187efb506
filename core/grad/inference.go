//go:build inference

package grad

const gradients = false
