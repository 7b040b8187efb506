package text

// The keys of the panels that ask why (the view "why" of wasm/page).
const (
	AskingName Key = firstAsk + iota
	AblateName
	AblateHeads
	AblateLayers
	AblateFFN
	AblatePositions
	PatchName
	AtName
	AtEachHead
	FirstMethod
	SecondMethod
	NoSecondMethod
	ByIntegrated
	ByGradient
	ByAttentionGradient
	ByLeaveOneOut
	ByAttention
	ByRollout
	ByDirect
	ExplainingPart
	StopExplaining
	ResumeExplaining
	StoppedAsking
	NotAPatch
	NotOneOf
	TwoMethodsOnly
	PatchedFrom
	LabBook
	BookBefore
	BookAfter
	PerToken
	ExpectsNext
	WithName
	WithZeros
	WithMeans
	RolesName
	SentenceShown
	ReadAs
	ReplaceName
	ReplaceBy
	WordReplaced
	SteerToward
	SteerAway
	SteerAfter
	SteerStrength
	SteeredBy
	SteerCaption
)

var asking = [...]string{
	AskingName - firstAsk:          "What is explained",
	AblateName - firstAsk:          "Without",
	AblateHeads - firstAsk:         "each head",
	AblateLayers - firstAsk:        "each layer",
	AblateFFN - firstAsk:           "each feed-forward network",
	AblatePositions - firstAsk:     "each word",
	PatchName - firstAsk:           "Take activations from",
	AtName - firstAsk:              "Patched is",
	AtEachHead - firstAsk:          "each head of a layer",
	FirstMethod - firstAsk:         "Method",
	SecondMethod - firstAsk:        "beside",
	NoSecondMethod - firstAsk:      "nothing",
	ByIntegrated - firstAsk:        "integrated gradients",
	ByGradient - firstAsk:          "gradient × input",
	ByAttentionGradient - firstAsk: "attention × gradient",
	ByLeaveOneOut - firstAsk:       "leave one out",
	ByAttention - firstAsk:         "mean attention",
	ByRollout - firstAsk:           "attention rollout",
	ByDirect - firstAsk:            "direct, by head and layer",
	ExplainingPart - firstAsk:      "{0} of {1|run|runs}",
	StopExplaining - firstAsk:      "Cancel",
	ResumeExplaining - firstAsk:    "Compute it",
	StoppedAsking - firstAsk:       "This was cancelled before it was computed",
	NotAPatch - firstAsk:           "“{0}” names no text to take activations from; write patch=text: and a sentence.",
	NotOneOf - firstAsk:            "There is no {1} named “{0}”; choose one of {2}.",
	TwoMethodsOnly - firstAsk:      "Two methods are compared, {0} and {1}; what follows was left out.",
	PatchedFrom - firstAsk:         "{0}: from “{1}”",
	LabBook - firstAsk:             "Lab book",
	BookBefore - firstAsk:          "before",
	BookAfter - firstAsk:           "after",
	PerToken - firstAsk:            "{0} per token",
	ExpectsNext - firstAsk:         "next: “{0}” {1}",
	WithName - firstAsk:            "In its place",
	WithZeros - firstAsk:           "zeros",
	WithMeans - firstAsk:           "its mean over example sentences",
	RolesName - firstAsk:           "Names measured over a corpus",
	SentenceShown - firstAsk:       "heads are named after this sentence",
	ReadAs - firstAsk:              "{0} → {1}",
	ReplaceName - firstAsk:         "Read the word",
	ReplaceBy - firstAsk:           "as",
	WordReplaced - firstAsk:        "the word “{0}” is read as “{1}”",
	SteerToward - firstAsk:         "Steer toward",
	SteerAway - firstAsk:           "away from",
	SteerAfter - firstAsk:          "after layer",
	SteerStrength - firstAsk:       "Strength",
	SteeredBy - firstAsk:           "toward “{0}”, away from “{1}”: {2} times their difference after layer {3}",
	SteerCaption - firstAsk:        "What the model then says shows what this direction does here, not that the model itself uses it.",
}
