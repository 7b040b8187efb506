module heed

go 1.27

toolchain go1.27.4

require (
	github.com/chromedp/chromedp v0.23.0 // the browser tests; nothing that ships imports it
	github.com/go-gl/mathgl v1.2.0
	github.com/google/go-cmp v0.7.0 // tests alone
	honnef.co/go/js/dom/v2 v2.0.0-20250304181735-b5e52f05e89d
)

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
)
