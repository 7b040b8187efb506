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
)

var views = [...]string{
	And:                "{0} and {1}",
	EmptyText:          "Nothing to show yet: the text is empty.",
	NoOutputToRead:     "Nothing to show yet: there is no output whose words could attend to the text.",
	NoOutputToLookBack: "Nothing to show yet: there is no output whose words could attend to each other.",
	OnlySpecial:        "There are only special tokens here, and they are hidden.",
	NoAttention:        "This record holds no attention.",

	LinksTab:         "Links",
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
}
