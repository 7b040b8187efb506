package text

// The keys of package view.
const (
	And Key = firstView + iota
	EmptyText
	NoOutputToRead
	TowerTooLarge
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

	OnlySpecialOutput
	OnlySpecialSource
	NoContextHeld
	NoContext
	NoOutputForContext
	NoPredictions
	NothingHidden
	NothingCommon
	OnlySpecialCommon
	FlowOneStep
	FlowNothing
	FlowTooLong
	Drawing
	MeanHasNoSteps
	LinksLeadCausal
	LinksLeadCausalShort
	LinksLeadCross
	LinksLead
	LinksLeadShort
	ArcsLeadBack
	ArcsLeadBackShort
	ArcsLead
	ArcsLeadShort
	HeatmapLead
	HeatmapLeadShort
	HeatmapLeadZero
	Masked
	Unreachable
	FlowMatrixTitle
	FlowMatrixLead
	FlowMatrixLeadShort
	GridLead
	GridLeadShort
	GridLeadShortest
	GridChoose
	FlowLead
	FlowLeadShort
	TowerLead
	TowerLeadShort
	TowerLeadShortest
	TowerDrag
	LensLead
	LensLeadShort
	LensLeadShortest
	FillLeadStill
	FillLeadStillShort
	FillLead
	FillLeadShort
	ExpectLead
	ExpectLeadShort
	ExpectLeadShortest
	ExpectChoose
	StepsLead
	StepsLeadShort
	PointAtNumber
	PointForSum
	ContextLead
	ContextLeadShort
	ContextLeadShortest
	MergedNote
	SetByHandDot
	BarsNote
	HiddenColumn
	HiddenInSums
	GridBroad
	GridBlank
	GridHidden
	GridNote
	TowerLit
	TowerTouch
	TowerKeys
	ContextCounted
	ContextNoWeights
	BoldNote
	LensNote
	NoLensHeld
	SpaceNote
	FlowBrought
	FlowKept
	StrongestTitle
	LargestTitle
	AblationZeros
	AblationMeans
	AdversaryTab
	AdversaryTitle
	AdversaryLead
	AdversaryLeadShort
	AdversaryCell
	AdversaryFar
	AdversarySame
	AdversaryDiffers
	AdversaryCaption
	TrueWeights
	OtherWeights
	NoAdversary
	RolePrevious // the roles, in the order of record.ShareNames
	RoleNext
	RoleFirst
	RoleSame
	RoleDuplicate
	RolePunctuation
	RoleInduction
	RoleSeparator
	RoleNoun
	RoleVerb
	RoleTranslation
	RoleNone
	RoleSays
	RoleSaysWords
	RoleSaysNone
	GridRoles
	GridTranslations
	ProbableTitle
	QueryTimesKey
	QueryTimesKeyShort
	AdditiveSum
	AdditiveSumShort

	AblationTab
	PatchTab
	AttributionTab
	WhyTab
	WhyGroup
	AblationTitle
	AblationTitleNext
	AblationLead
	AblationLeadShort
	OutputLogProb
	NextLogProb
	AblationChoose
	AblationCaption
	AblationCaptionNext
	AblationDot
	AblationGreedy
	AblationProves
	NoAblation
	WithoutPart
	OutputChanges
	PartIsOff
	Without
	WordOf
	AndOthers
	LessProbable
	MoreProbable
	ScaleEnds
	ChangeInNats
	LayerNumber
	LayerOf
	FFNOf
	FFNAlone
	FFNShort
	HeadShort
	CrossShort
	EmbeddingOf
	EmbeddingRow
	TheEncoder
	TheDecoder
	ContextVector
	PatchTitle
	PatchLead
	PatchLeadShort
	PatchCaption
	PatchCompares
	PatchSame
	PatchAway
	PatchBack
	PatchedCell
	EveryStep
	PatchInvites
	PatchChoose
	PatchedPlace
	NoPatch
	ThisText
	OtherText
	ThisOutput
	OtherOutput
	PatchedOutput
	PatchColumns
	AttributionTitle
	AttributionLead
	AttributionLeadShort
	DirectLead
	DirectLeadShort
	AttributionCaption
	OwnScales
	InText
	NoAttribution
	ExplainedWord
	ExplainedWords
	ContributingWords
	By
	NotLeftOut
	AllOthers
	CompletenessGap
	GapTooLarge
	DirectSum
	RankCorrelation
	OppositeSigns
	AgreeMuch
	AgreeSome
	AgreeLittle
	TooFewToCompare
	PartsNotWords
	WhyTitle
	WhyLead
	WhyLeadShort
	WhyChoose
	WhyCaption
	WhyColumn
	WhyPair
	OtherPairs
	TheScore
	NoWhy
)

var views = [...]string{
	And:                "{0} and {1}",
	EmptyText:          "Nothing to show yet: the text is empty.",
	TowerTooLarge:      "A tower of this text would have {0} tokens over all its floors, and {1} are the most that it shows. Choose a view of one layer, such as Links or Heatmap.",
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
	StripsLead:       "Each strip has one cell per head: the stronger its colour, the more that head attends to the word.",
	StripsLeadChoose: "Point at a word; choose heads by their squares.",
	StripsLeadShort:  "One cell per head; more colour is more weight.",
	StripsCaption:    "{0}, layer {1}, {2|head|heads}. The strips show what each head gives, from 0 (empty) to 1 (full colour); the lines are those of the heads whose squares are filled.",

	OnlySpecialOutput:    "The output has only special tokens, and they are hidden.",
	OnlySpecialSource:    "The text has only special tokens, and they are hidden.",
	NoContextHeld:        "This record holds no context vector, though its model has one.",
	NoContext:            "This model has no context vector: its words attend to each other directly. Recurrent models have one.",
	NoOutputForContext:   "Nothing to show yet: there is no output that gets the context.",
	NoPredictions:        "This record holds no predictions.",
	NothingHidden:        "No word is hidden here. Write __ in place of a word.",
	NothingCommon:        "The two have no words in common to compare.",
	OnlySpecialCommon:    "The two have only special tokens in common, and they are hidden.",
	FlowOneStep:          "This model’s attention is one step, from the output to the text: there are no layers to flow through. Links and Heatmap show it.",
	FlowNothing:          "This record holds no attention, so nothing flows.",
	FlowTooLong:          "This record has too many tokens and layers for the page to compute the flow. heed run -view flow draws it.",
	Drawing:              "Drawing: {0} %…",
	MeanHasNoSteps:       "A mean over heads has no steps. Choose one head to see how its weights are computed.",
	LinksLeadCausal:      "Each word on the right looks at words on the left, never ahead.",
	LinksLeadCausalShort: "Right looks at left, never ahead.",
	LinksLeadCross:       "Each word on the right looks, while it is being chosen, at words on the left.",
	LinksLead:            "Each word on the right looks at words on the left.",
	LinksLeadShort:       "Right looks at left.",
	ArcsLeadBack:         "Above the line each word looks back at words before it.",
	ArcsLeadBackShort:    "Each word looks back.",
	ArcsLead:             "Above the line words look back, below it ahead.",
	ArcsLeadShort:        "Above: back. Below: ahead.",
	HeatmapLead:          "Each row is a query, each column a key; a row’s weights sum to 1.",
	HeatmapLeadShort:     "Rows are queries, columns keys.",
	HeatmapLeadZero:      "Each row is a query, each column a key; all weights are 0.",
	Masked:               "masked",
	Unreachable:          "not reachable",
	FlowMatrixTitle:      "Flow: how much of each word reaches each position through all layers",
	FlowMatrixLead:       "How much of each column’s word reaches a row through all layers: a row’s shares sum to 1.",
	FlowMatrixLeadShort:  "Rows are made of columns; a row sums to 1.",
	GridLead:             "Each picture is the map of one head: rows are queries, columns keys.",
	GridLeadShort:        "Each picture is the map of one head.",
	GridLeadShortest:     "One picture per head.",
	GridChoose:           " Choose one to open it.",
	FlowLead:             "How much of each word below reaches a word above, through all layers.",
	FlowLeadShort:        "What each word above is made of.",
	TowerLead:            "Words rise through the layers. An arc goes up from a key to the query that attends to it.",
	TowerLeadShort:       "An arc goes up from a key to its query.",
	TowerLeadShortest:    "Arcs go up from key to query.",
	TowerDrag:            " Drag to turn it.",
	LensLead:             "What the model would say if it ended after that layer; the last layer’s word is its prediction.",
	LensLeadShort:        "What each layer would say; the last is the prediction.",
	LensLeadShortest:     "What each layer would say.",
	FillLeadStill:        "What the model puts in place of a hidden word.",
	FillLeadStillShort:   "In place of a hidden word.",
	FillLead:             "Choose a hidden word to see what the model puts there.",
	FillLeadShort:        "Choose a hidden word.",
	ExpectLead:           "The bar under each word shows how likely the model thought it was.",
	ExpectLeadShort:      "Under each word: how likely the model thought it was.",
	ExpectLeadShortest:   "The bar: how likely each word was.",
	ExpectChoose:         " Choose a word to see what else it expected there.",
	StepsLead:            "Point at a number to see how it is computed. Choose another word below to see its weight.",
	StepsLeadShort:       "Point at a number to see how it is computed. Choose another word.",
	PointAtNumber:        "Point at a number.",
	PointForSum:          "Point at a number to see its sum.",
	ContextLead:          "Each output word gets its own context: the sum of the source words’ states, each times its weight.",
	ContextLeadShort:     "Each output word gets its own context: a weighted sum.",
	ContextLeadShortest:  "Each output word gets its own sum.",
	MergedNote:           " Pieces are merged to words: keys are summed, queries averaged.",
	SetByHandDot:         " A dot: a weight that was set by hand.",
	BarsNote:             " The bars are what each word receives: the mean of its column.",
	HiddenColumn:         " Special tokens are hidden; the last column is the weight on them.",
	HiddenInSums:         " Special tokens are hidden, but stay in the sums, among the others.",
	GridBroad:            " Broad: the share that is spread evenly.",
	GridBlank:            " Blank cells are masked.",
	GridHidden:           " Special tokens are left out of the pictures; the patterns count them.",
	GridNote:             ". Under each picture: what the head mostly looks at in this text, and the share of its weight there.",
	TowerLit:             " The paths to and from one word are lit; their ink is the product of the weights along them.",
	TowerTouch:           " One finger turns the tower, two zoom it; a tap keeps a word’s paths. Keys: Shift and the arrows, + and −, 0; Enter, Escape.",
	TowerKeys:            " Shift and the arrow keys turn the tower too; + and −, a pinch, or the wheel after a click zoom; 0 or a double click resets it. A click or Enter keeps a word’s paths, Escape releases them.",
	ContextCounted:       " They are counted from 0, line by line.",
	ContextNoWeights:     " This record does not hold the weights of the sums.",
	BoldNote:             " Bold: the actual token.",
	LensNote:             "The logit lens: the output layer applied after each layer. Only the last was trained to be read so. ",
	NoLensHeld:           " This record does not hold what each layer would say.",
	SpaceNote:            " The sign ␣ is the space before a word; a piece without it continues the word before.",
	FlowBrought:          "brought by attention",
	FlowKept:             "kept by the residual connection; both lines are as wide as a share of 0.2",
	StrongestTitle:       "The strongest links",
	ProbableTitle:        "The most probable tokens",
	QueryTimesKey:        "The query and the key, multiplied number by number",
	QueryTimesKeyShort:   "Query × key, number by number",
	AdditiveSum:          "The decoder’s part, W s, and the word’s part, U h + b, number by number",
	AdditiveSumShort:     "W s and U h + b, number by number",

	AblationTab:          "Without a part",
	PatchTab:             "Patched",
	AttributionTab:       "Where from",
	WhyTab:               "Why this score",
	WhyGroup:             "Why",
	AblationTitle:        "What the output loses without each part",
	AblationTitleNext:    "What the next token loses without each part",
	AblationLead:         "The change of {1} without {0}, one at a time.",
	AblationLeadShort:    "Without {0}: the change.",
	OutputLogProb:        "the output’s log-probability",
	NextLogProb:          "the log-probability of “{0}”, the next token,",
	AblationChoose:       "Choose a head to switch it off.",
	AblationCaption:      "Each part is replaced alone, while the output that was written is read again.",
	AblationCaptionNext:  "Each part is replaced alone, while the same text is read again.",
	AblationDot:          "A dot: at some place another token is the most probable one.",
	AblationGreedy:       "A dot: greedy search writes another output.",
	AblationProves:       "This does not prove what a part is for: others may take over, or depend on it.",
	NoAblation:           "This record holds no ablation.",
	WithoutPart:          "{0}: {1} nats without it",
	OutputChanges:        ", and the output changes",
	PartIsOff:            "{0} is switched off",
	WordOf:               "“{0}” of {1}",
	Without:              "Without {0}:",
	AndOthers:            "and {0|other output|other outputs} that change",
	LessProbable:         "less probable without it",
	MoreProbable:         "more probable",
	ScaleEnds:            "left: {0}; right: {1}",
	ChangeInNats:         "change of the log-probability, in nats",
	LayerNumber:          "layer {0}",
	LayerOf:              "{0}, layer {1}",
	FFNOf:                "feed-forward network of {0}, layer {1}",
	FFNAlone:             "feed-forward network, layer {0}",
	FFNShort:             "feed-forward {0}",
	HeadShort:            "head {0}",
	CrossShort:           "cross {0}",
	EmbeddingOf:          "embedding of {0}",
	EmbeddingRow:         "embedding",
	TheEncoder:           "encoder",
	TheDecoder:           "decoder",
	ContextVector:        "context vector",
	PatchTitle:           "How much of the difference to another text comes back with each of its activations",
	PatchLead:            "One activation at a time is taken from the run of the other text: how much of the difference comes back.",
	PatchLeadShort:       "One activation from the other text: what comes back.",
	PatchCaption:         "0 leaves the difference as it was, 1 brings all of the other’s. This shows where the difference passes through, not how it is computed, and positions that do nothing alone may do much together.",
	PatchCompares:        "Compared is how much more probable “{0}” is than “{1}”: {2} nats here, {3} in the other run.",
	PatchSame:            "Both texts give “{1}”. Compared is its log-probability: {2} nats here, {3} in the other run.",
	PatchAway:            "away from the other",
	PatchBack:            "as in the other",
	PatchedCell:          "{0}: {1} of the difference comes back",
	EveryStep:            "every step",
	PatchInvites:         "Type another sentence, such as this one with one word changed, to take activations from.",
	NoPatch:              "This record holds no patching.",
	ThisText:             "this text",
	OtherText:            "the other text",
	ThisOutput:           "this text’s output",
	OtherOutput:          "the other’s output",
	PatchedOutput:        "this text’s output as it is patched now",
	PatchColumns:         "The numbers and the words over the columns are of the run without any patch; what is patched now may have given it other words, and another number of them.",
	AttributionTitle:     "Where “{0}” comes from",
	AttributionLead:      "How much each word contributes to “{0}” being written.",
	AttributionLeadShort: "What each word contributes.",
	DirectLead:           "How much each part of the network adds to the logit of “{0}”.",
	DirectLeadShort:      "What each part adds to the logit.",
	AttributionCaption:   "Methods disagree: none of them alone says what the model would do with another text.",
	OwnScales:            "Each column has a scale of its own.",
	InText:               "the text",
	NoAttribution:        "This record holds no attribution.",
	ExplainedWord:        "explain",
	ExplainedWords:       "Explained",
	ContributingWords:    "Contributing",
	By:                   "by {0}",
	NotLeftOut:           "not left out",
	AllOthers:            "{0|smaller part|smaller parts}, together {1}",
	CompletenessGap:      "Integrated gradients, from vectors of zeros in {0} steps: the numbers sum to {1} nats, and should sum to {2}.",
	GapTooLarge:          "That is too much: do not trust them here.",
	DirectSum:            "The parts sum to the logit {0}, within {1}. What a part does by way of later ones is counted with those.",
	RankCorrelation:      "The rank correlation of the two is {0}, of the sizes of their numbers, without sign, over the {1|token|tokens} of the text.",
	OppositeSigns:        "“{0}”, the largest of the two together, has opposite signs.",
	AgreeMuch:            "They put the words in much the same order.",
	AgreeSome:            "They agree in part: trust what both say, and test it by a change.",
	AgreeLittle:          "They do not agree, so neither can be read alone: test it by a change.",
	PartsNotWords:        "“Direct, by head and layer” counts parts of the network, not words: “{0}” cannot stand beside it.",
	TooFewToCompare:      "There are too few words to compare the two methods.",
	WhyTitle:             "Why this head looks there",
	WhyLead:              "Why “{0}” looks at “{1}” ({2}): the score, split by what query and key are made of.",
	WhyLeadShort:         "The score, split by what made query and key.",
	WhyChoose:            "Choose other words.",
	WhyCaption:           "The parts sum to the score. Heads are named by layer and head, such as 2.4. The split holds the norms’ statistics fixed, so it does not say what the score would be with another part.",
	WhyColumn:            "what the query is made of × what the key is",
	WhyPair:              "{0} × {1}",
	OtherPairs:           "{0|other pair|other pairs}",
	TheScore:             "the score",
	NoWhy:                "This record holds no split of a score.",
	PatchChoose:          "Choose one to patch it.",
	PatchedPlace:         "{0} at “{1}”",
	LargestTitle:         "The largest numbers",
	AblationZeros:        "In the place of a part stand zeros.",
	AblationMeans:        "In the place of a part stands its mean over {0}.",
	AdversaryTab:         "Other weights",
	AdversaryTitle:       "Other weights with which the model writes the same",
	AdversaryLead:        "Above the model’s own weights; below others, as far from them as was found, with which it writes the same.",
	AdversaryLeadShort:   "Other weights, the same output.",
	AdversaryCell:        "“{0}” looks at “{1}”: {2}, and {3} in the other map",
	AdversaryFar:         "The farthest row is that of “{0}”: {1} of its weight lies elsewhere (total variation distance). No prediction changes by more than {2}.",
	AdversarySame:        "Each row was searched alone, by gradient steps; with all of them at once the output is the same too.",
	AdversaryDiffers:     "Each row was searched alone, by gradient steps; with all of them at once the output is another one.",
	AdversaryCaption:     "This does not prove that the model’s own weights mean nothing: that others exist does not say that a trained model would have them.",
	TrueWeights:          "the model’s own weights",
	OtherWeights:         "other weights, the same output",
	NoAdversary:          "This record holds no other weights.",
	RolePrevious:         "previous place",
	RoleNext:             "next place",
	RoleFirst:            "first token",
	RoleSame:             "same place",
	RoleDuplicate:        "duplicates",
	RolePunctuation:      "punctuation",
	RoleInduction:        "induction",
	RoleSeparator:        "separator",
	RoleNoun:             "determiner, noun",
	RoleVerb:             "subject, verb",
	RoleTranslation:      "translation",
	RoleNone:             "no one role",
	RoleSays:             "{0}: {1} of the weight, {2} by chance",
	RoleSaysWords:        "{0}: of {1} of the words, {2} by chance",
	RoleSaysNone:         "no share of its weight is far above chance",
	GridRoles:            ". Under each picture: what the head does, measured over {0}, and its share of the weight. It is the role whose share is farthest above chance, if that is a quarter of the way from chance to all; the mean is named after this text. A role says where a head looks, not what for.",
	GridTranslations:     " Of translation the share is of words, not of weight: those that the head looks at most as their translation by a dictionary is written ({0}).",
}
