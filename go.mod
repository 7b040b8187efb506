module heed

go 1.27

toolchain go1.27.4

require (
	github.com/go-gl/mathgl v1.2.0
	honnef.co/go/js/dom/v2 v2.0.0-20250304181735-b5e52f05e89d
)
