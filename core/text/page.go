package text

// The keys of the page (package wasm/page).
const (
	EngineRestarted Key = firstPage + iota
)

var page = [...]string{
	EngineRestarted - firstPage: "Heed’s engine crashed and has been restarted.",
}
