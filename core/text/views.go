package text

// The keys of package view.
const (
	And Key = firstView + iota
	EmptyText
	NoOutputToRead
	NoOutputToLookBack
	OnlySpecial
	NoAttention
)

var views = [...]string{
	And:                "{0} and {1}",
	EmptyText:          "Nothing to show yet: the text is empty.",
	NoOutputToRead:     "Nothing to show yet: there is no output whose words could attend to the text.",
	NoOutputToLookBack: "Nothing to show yet: there is no output whose words could attend to each other.",
	OnlySpecial:        "There are only special tokens here, and they are hidden.",
	NoAttention:        "This record holds no attention.",
}
