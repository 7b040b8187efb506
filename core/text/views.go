package text

// The keys of package view.
const (
	And Key = firstView + iota
	EmptyText
	NoOutputToRead
	NoOutputToLookBack
	OnlySpecial
	NoAttention

	LinksTab // what stands on the tabs
	StripsTab
	HeatmapTab
	GridTab
	TowerTab
	StepsTab
	ContextTab
	FlowTab
	PredictionsTab
	ListQueries // the names of lists for who listens
	ListKeys
	FlowQueries
	FlowKeys
	PredictedQueries
	PredictedKeys

	Heads
	QueryWord // a word's part in attention
	KeyWord
	SpecialHidden

	StripsTitle
	StripsLead
	StripsLeadChoose
	StripsLeadShort
	StripsCaption
)

var views = [...]string{
	And:                "{0} and {1}",
	EmptyText:          "Nothing to show yet: the text is empty.",
	NoOutputToRead:     "Nothing to show yet: there is no output whose words could attend to the text.",
	NoOutputToLookBack: "Nothing to show yet: there is no output whose words could attend to each other.",
	OnlySpecial:        "There are only special tokens here, and they are hidden.",
	NoAttention:        "This record holds no attention.",

	LinksTab:         "Links",
	StripsTab:        "Strips",
	HeatmapTab:       "Heatmap",
	GridTab:          "Grid",
	TowerTab:         "Tower",
	StepsTab:         "Steps",
	ContextTab:       "Context",
	FlowTab:          "Flow",
	PredictionsTab:   "Predictions",
	ListQueries:      "Looking",
	ListKeys:         "Looked at",
	FlowQueries:      "Reached",
	FlowKeys:         "Put in",
	PredictedQueries: "Text",
	PredictedKeys:    "Expected",

	Heads:         "heads",
	QueryWord:     "query",
	KeyWord:       "key",
	SpecialHidden: "Special tokens are hidden.",

	StripsTitle:      "Strips: {0}",
	StripsLead:       "Each strip has one cell per head: the darker, the more that head attends to the word.",
	StripsLeadChoose: "Point at a word; choose heads by their squares.",
	StripsLeadShort:  "One cell per head; darker is more weight.",
	StripsCaption:    "{0}, layer {1}, {2|head|heads}. The strips show what each head gives, from 0 (empty) to 1 (full colour); the lines are those of the heads whose squares are filled.",
}
