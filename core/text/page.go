package text

// The keys of the page (packages wasm/page and wasm/page/state).
const (
	EngineRestarted Key = firstPage + iota
	FatalText
	UnknownSetting
	LongSetting
	AndMore
	NoSuchModel
	NoSuchView
	ModelLacksView
	NoSuchKind
	ModelLacksKind
	NotALayer
	NoSuchLayer
	NotAHead
	NoSuchHead
	NoSuchPlace
	NoSuchToken
	NotAThreshold
	NotAFlag
	SpecialShown
	ControlsShown
	PiecesShown
	LastLayerShown
	NoSuchLayout
	NotAPlace
	NotAHeat
	NoSuchWeights
	NotWithin
	TwoHeadsOnly
	OneHeadOnly
	NoModelToCompare
	OtherTask
	NothingToCompare
	LayerHead
	HeadPlace
	ViewBeside
	KindCross
	KindSelf
	KindDecoder
	KindDecoderAlone
	KindEncoderAlone
	TryAgain
	WithoutRecord
	LoadingRecord
	LoadingModel
	LoadingPlain
	LoadingBytes
	LoadingAmount
	LoadingSilent
	TheModel
	Nearness
	MeanHasNoScore
	NotDone
	ChangesOfAnother
	ReadAsGiven
	OpenModel
	OpeningModel
	ModelRefused
	ModelElsewhere
	OpenElsewhere
	WithoutModel
	TooMuchForTab
	TheLab
	SecondLeft
	SecondsLeft
	MinutesLeft
	RecordRefused
	TypeToBegin
	OrBegin
	TypeSecond
	TypeLanguage
	ASentence
	TheOutput
	Output
	OwnTranslation
	ModelTranslation
	ModelOutput
	TypeLong
	Shorter
	OwnShorter
	BeginStory
	TypeHole
	FilledIn
	TextOfRecord
	Mean
	All
	IsOff
	LayoutColumns
	LayoutArcs
	CompareModels
	CompareSentences
	CompareHeads
	AModel
	BannerOurs
	BannerOther
	RunRecord
	FooterRecord
	FooterModel
	DrawnHere
	RunsHere
	AboutModel
	Billion
	Million
	AtTemperature
	AtTopK
	AtTopP
	TheFirstSentence
	TheSecondSentence
	FirstSentence
	SecondSentence
	SwitchOff
	SwitchOn
	RankHeads
	AskWhyThere
	SwitchAttentionOff
	ChooseOneHead
	PiecesOnly
	ChooseCell
	AttentionTemperatureName
	ScoreOf
	AttendsTo
	AttentionIsOff
	HeadIsOff
	InHead
	ScoresDivided
	AddressName
	AllHeads
	AttentionName
	BackToLive
	CannotExport
	ChangeAttention
	ChangedByHand
	ClickToHide
	Close
	CompareName
	Continue
	Copy
	CopyLink
	Present
	EndPresentation
	Controls
	Embed
	EmbedCode
	EmbedCopied
	EmbedElement
	EmbedForm
	EmbedFrame
	EmbedMarked
	EmbedTitle
	Examples
	Export
	ExportCSV
	ExportCSVTitle
	ExportHTML
	ExportHTMLTitle
	ExportJSON
	ExportJSONTitle
	ExportPNG
	ExportPNGTitle
	ExportSVG
	ExportSVGTitle
	FileHasNoAddress
	FileRefused
	FileToEmbed
	FileTooLarge
	FirstName
	HeadDoes
	HeadName
	HiddenWord
	Import
	KeyTab
	KeyTabDoes
	KeyArrows
	KeyArrowsDo
	KeyHome
	KeyHomeDoes
	KeyCtrlHome
	KeyCtrlHomeDoes
	KeyPage
	KeyPageDoes
	KeyEnter
	KeyEnterDoes
	KeySpace
	KeySpaceDoes
	KeyHead
	KeyHeadDoes
	KeyZoom
	KeyZoomDoes
	KeyTurn
	KeyTurnDoes
	KeyEscape
	KeyEscapeDoes
	KeyPresent
	KeyPresentDoes
	KeySheet
	KeySheetDoes
	TouchTap
	TouchTapDoes
	TouchLong
	TouchLongDoes
	TouchTwo
	TouchTwoDo
	Keys
	LayerName
	LayoutName
	LensName
	LinkByHand
	LinkByHandShort
	LinkCopied
	LinkCopiedHere
	LinkCopiedShort
	ModelCard
	ModelName
	NoPicture
	NoTokens
	NothingToExport
	NothingToList
	PictureCancelled
	PictureTooLarge
	PutWordBack
	ReadingFile
	RecordShown
	SavedAs
	SecondName
	ShowIt
	SpecialName
	Stop
	TemperatureName
	TheDifference
	TheSecondSentenceName
	NoSuchStep
	NotInStep
	MarkIsCell
	StepsRefused
	TourName
	TakeTour
	ResumeTour
	StepOf
	StepBack
	ExplainWords
	Glossary
	GlossaryOf
	EncoderName
	EncoderMeans
	DecoderName
	DecoderMeans
	AttentionMeans
	QueryAndKey
	QueryAndKeyMean
	LayerMeans
	HeadMeans
	ThresholdMeans
	WordsMeans
	SpecialMeans
	LensMeans
	SwitchOffMeans
	HeatMeans
	TemperatureMeans
	TopKMeans
	TopPMeans
	StepOn
	LeaveTour
	ThresholdName
	Took
	TookExact
	ToolsName
	TopKName
	TopPName
	Undo
	UndoAll
	UndoChange
	ViewName
	WhatIsShown
	WordsName
	WordsToHide
	WritingName
	OutputChanged
	OutputSame
	OutputSameOnly
	OnlyHere
)

var page = [...]string{
	EngineRestarted - firstPage:          "Heed’s engine crashed and has been restarted.",
	FatalText - firstPage:                "Heed crashed twice on this text. Edit it to continue.",
	UnknownSetting - firstPage:           "Unknown setting in the address: “{0}”. It was ignored.",
	LongSetting - firstPage:              "The setting “{0}” in the address has {1} bytes; at most {2} are read. It was ignored.",
	AndMore - firstPage:                  "{0} more like this.",
	NoSuchModel - firstPage:              "There is no model named “{0}” here. Showing {1} instead.",
	NoSuchView - firstPage:               "There is no view named “{0}”; the views are {1}. Showing {2}.",
	ModelLacksView - firstPage:           "{0} has no view named {1}. Showing {2}.",
	NoSuchKind - firstPage:               "There is no kind of attention named “{0}”; the kinds are cross, self, decoder and rnn. Showing {1}.",
	ModelLacksKind - firstPage:           "{0} has no attention of the kind {1}. Showing {2}.",
	NotALayer - firstPage:                "“{0}” isn’t a layer. Layers are numbered from 0. Showing layer {1}.",
	NoSuchLayer - firstPage:              "There is no layer {0} here: {1} has layers 0 to {2}. Showing layer {3}.",
	NotAHead - firstPage:                 "“{0}” isn’t a head. Heads are numbered from 0; write one, a list of them, mean or all. Showing head {1}.",
	NoSuchHead - firstPage:               "There is no head {0} here: {1} has heads 0 to {2}. Showing head {3}.",
	NoSuchPlace - firstPage:              "There is no head {0} here: {1} has layers 0 to {2} with heads 0 to {3}. Showing {4}.",
	NoSuchToken - firstPage:              "There is no {0} {1} here: they go from 0 to {2}.",
	NotAThreshold - firstPage:            "“{0}” isn’t a threshold. It must be above 0 and at most 1. Showing {1}.",
	NotAFlag - firstPage:                 "{0} takes 0 or 1, not “{1}”. {2}",
	ControlsShown - firstPage:            "The page is shown as usual.",
	SpecialShown - firstPage:             "Special tokens are shown.",
	PiecesShown - firstPage:              "Pieces are shown.",
	LastLayerShown - firstPage:           "The predictions of the last layer are shown.",
	NoSuchLayout - firstPage:             "There is no layout named “{0}”. Links have the layouts columns and arcs. Showing columns.",
	NotAPlace - firstPage:                "“{0}” isn’t a {1}. They are numbered from 0.",
	NoSuchWeights - firstPage:            "“{0}” isn’t a form of weights. There are int8, which is fast, and float32, which is exact.",
	NotAHeat - firstPage:                 "“{0}” isn’t a temperature of attention. It must be between {1} and {2}.",
	NotWithin - firstPage:                "“{0}” isn’t a {1}. It must be between {2} and {3}.",
	TwoHeadsOnly - firstPage:             "Only two heads can be compared. Showing {0} and {1}, without {2}.",
	OneHeadOnly - firstPage:              "“{0}” is one head, and two are compared: write LAYER.HEAD,LAYER.HEAD, such as 0.1,2.3.",
	NoModelToCompare - firstPage:         "There is no model named “{0}” to compare with.",
	OtherTask - firstPage:                "{0} does another task than {1}, so they can’t be compared.",
	NothingToCompare - firstPage:         "{0} has no attention, so there are no two maps to compare. Showing the models side by side.",
	LayerHead - firstPage:                "layer {0}, head {1}",
	HeadPlace - firstPage:                "{0} layer {1} head {2}",
	ViewBeside - firstPage:               "Side by side",
	KindCross - firstPage:                "Output attends to source",
	KindSelf - firstPage:                 "Source attends to itself",
	KindDecoder - firstPage:              "Output attends to itself",
	KindDecoderAlone - firstPage:         "Text attends back to itself",
	KindEncoderAlone - firstPage:         "Text attends to itself",
	TryAgain - firstPage:                 "Try again",
	WithoutRecord - firstPage:            "Continue without the record",
	LoadingRecord - firstPage:            "Loading the record",
	LoadingModel - firstPage:             "Loading the model",
	LoadingPlain - firstPage:             "Loading",
	LoadingBytes - firstPage:             "{0}: {1} MB",
	LoadingAmount - firstPage:            "{0}: {1} of {2} MB",
	LoadingSilent - firstPage:            ". The server has stopped sending.",
	TheModel - firstPage:                 "the model",
	ReadAsGiven - firstPage:              "The model writes “{0}” by itself; the output of the file is read here as your own.",
	NotDone - firstPage:                  "{0} (not done: it meets nothing here)",
	ChangesOfAnother - firstPage:         "What was changed by hand in “{0}” is not changed here.",
	MeanHasNoScore - firstPage:           "A mean over heads has no score of its own. The picture is of head {0}; choose one head.",
	Nearness - firstPage:                 "Cosine of the two sentences’ vectors: {0}. It is 1 where they say the same, and about 0 where they have nothing to do with each other.",
	OpenModel - firstPage:                "Open a model…",
	OpeningModel - firstPage:             "Opening {0}…",
	ModelRefused - firstPage:             "“{0}” could not be opened: {1}",
	ModelElsewhere - firstPage:           "This page asks to open a model from {0}: {1}. It will be downloaded from there, and run here; what you type stays on this device.",
	OpenElsewhere - firstPage:            "Open it from {0}",
	TooMuchForTab - firstPage:            "the browser ended the program that opened it, as it does where a tab has too little memory. Open a smaller model, or one in fewer bits",
	WithoutModel - firstPage:             "Continue with another model",
	TheLab - firstPage:                   "Heed’s lab",
	SecondLeft - firstPage:               ", about a second left",
	SecondsLeft - firstPage:              ", about {0} seconds left",
	MinutesLeft - firstPage:              ", about {0|minute|minutes} left",
	RecordRefused - firstPage:            "The record “{0}” cannot be shown: {1}",
	TypeToBegin - firstPage:              "Type a sentence to see which words the model attends to.",
	OrBegin - firstPage:                  "Or begin with one of these:",
	TypeSecond - firstPage:               "Type a second sentence to see where the attention differs.",
	TypeLanguage - firstPage:             "Type {0}",
	ASentence - firstPage:                "a sentence",
	TheOutput - firstPage:                "the output",
	Output - firstPage:                   "Output",
	OwnTranslation - firstPage:           "Write your own translation",
	ModelTranslation - firstPage:         "Use the model’s translation",
	ModelOutput - firstPage:              "Use the model’s output",
	TypeLong - firstPage:                 "Type a long sentence",
	Shorter - firstPage:                  "Shorter",
	OwnShorter - firstPage:               "Shorten it yourself",
	BeginStory - firstPage:               "Type the beginning of a text",
	TypeHole - firstPage:                 "Type a sentence, with [MASK] or ___ for a word to be found",
	FilledIn - firstPage:                 "Filled in",
	TextOfRecord - firstPage:             "The text of the record",
	Mean - firstPage:                     "mean",
	All - firstPage:                      "all",
	IsOff - firstPage:                    "\u00a0off",
	LayoutColumns - firstPage:            "columns",
	LayoutArcs - firstPage:               "arcs",
	CompareModels - firstPage:            "Models",
	CompareSentences - firstPage:         "Two sentences",
	CompareHeads - firstPage:             "Two heads",
	AModel - firstPage:                   "a model",
	BannerOurs - firstPage:               "Saved run of {1} from {0}{2} (read-only).",
	RunRecord - firstPage:                "Run it again here",
	BannerOther - firstPage:              "Saved run of {1} from {0}{2} (read-only: the model is not here).",
	FooterRecord - firstPage:             "{0} · a saved run",
	FooterModel - firstPage:              "{0} · {1}\u00a0weights · {2}\u00a0MB",
	DrawnHere - firstPage:                "Drawn on this page; nothing leaves your device",
	RunsHere - firstPage:                 "Runs on this page; nothing leaves your device",
	AboutModel - firstPage:               "{0} {1}\u00a0weights, {2}\u00a0MB.",
	Billion - firstPage:                  "billion",
	Million - firstPage:                  "million",
	AtTemperature - firstPage:            "temperature {0}",
	AtTopK - firstPage:                   ", top-k {0}",
	AtTopP - firstPage:                   ", top-p {0}",
	TheFirstSentence - firstPage:         "the first sentence",
	TheSecondSentence - firstPage:        "the second sentence",
	FirstSentence - firstPage:            "First sentence",
	SecondSentence - firstPage:           "Second sentence",
	SwitchOff - firstPage:                "Switch this head off",
	SwitchOn - firstPage:                 "Switch this head on again",
	RankHeads - firstPage:                "Which heads matter more?",
	AskWhyThere - firstPage:              "Why does this head look there?",
	SwitchAttentionOff - firstPage:       "Switch attention off",
	ChooseOneHead - firstPage:            "Choose one head to change it.",
	PiecesOnly - firstPage:               "Weights are set for single tokens, not for whole words.",
	ChooseCell - firstPage:               "Choose a cell to set its weight.",
	AttentionTemperatureName - firstPage: "Temperature of attention",
	ScoreOf - firstPage:                  "Score of “{0}”",
	AttendsTo - firstPage:                "“{0}” attends to “{1}”",
	AttentionIsOff - firstPage:           "Attention: off",
	HeadIsOff - firstPage:                "{0}, layer {1}, head {2}: off",
	InHead - firstPage:                   "{0} (layer {1}, head {2})",
	ScoresDivided - firstPage:            "Scores divided by {0}",
	AddressName - firstPage:              "The address of this view",
	AllHeads - firstPage:                 "All heads",
	AttentionName - firstPage:            "Attention",
	BackToLive - firstPage:               "Back to the live model",
	CannotExport - firstPage:             "This cannot be exported: {0}.",
	ChangeAttention - firstPage:          "Change the attention",
	ChangedByHand - firstPage:            "Changed by hand",
	ClickToHide - firstPage:              "Click a word to hide it:",
	Close - firstPage:                    "Close",
	CompareName - firstPage:              "Compare",
	Continue - firstPage:                 "Continue",
	Copy - firstPage:                     "Copy",
	Present - firstPage:                  "Present",
	EndPresentation - firstPage:          "End presentation",
	Controls - firstPage:                 "Controls",
	CopyLink - firstPage:                 "Copy link",
	Embed - firstPage:                    "Embed",
	EmbedCode - firstPage:                "Code for your page",
	EmbedCopied - firstPage:              "Copied. Paste it into your page.",
	EmbedElement - firstPage:             "Element",
	EmbedForm - firstPage:                "Form",
	EmbedFrame - firstPage:               "Frame",
	EmbedMarked - firstPage:              "It is selected. Copy it from there.",
	EmbedTitle - firstPage:               "What a neural network attends to",
	Examples - firstPage:                 "Examples",
	Export - firstPage:                   "Export",
	ExportCSV - firstPage:                "Numbers (CSV)",
	ExportCSVTitle - firstPage:           "The weights, for a spreadsheet",
	ExportHTML - firstPage:               "Page (HTML)",
	ExportHTMLTitle - firstPage:          "One file with the picture, the sentences and a table",
	ExportJSON - firstPage:               "Record (JSON)",
	ExportJSONTitle - firstPage:          "Everything from this run, to be imported here or read by a program",
	ExportPNG - firstPage:                "Picture (PNG)",
	ExportPNGTitle - firstPage:           "As it is painted here, at twice its size",
	ExportSVG - firstPage:                "Drawing (SVG)",
	ExportSVGTitle - firstPage:           "As lines and letters, for print or for a drawing program",
	FileHasNoAddress - firstPage:         "A record from a file has no address. Export it and send the file.",
	FileRefused - firstPage:              "“{0}” cannot be shown: {1}",
	FileToEmbed - firstPage:              "A record from a file has no address to embed. Put the file beside your page, and write <heed-view record=\"FILE.json\"></heed-view> there.",
	FileTooLarge - firstPage:             "it is larger than 200 MB. Write a Record of fewer layers, or of a shorter text.",
	FirstName - firstPage:                "First",
	HeadDoes - firstPage:                 "In this text the head {0} ({1} of its weight).",
	HeadName - firstPage:                 "Head",
	HiddenWord - firstPage:               "hidden word",
	Import - firstPage:                   "Import",
	KeyTab - firstPage:                   "Tab",
	KeyTabDoes - firstPage:               "to the next control; the picture is one stop",
	KeyArrows - firstPage:                "← → ↑ ↓",
	KeyArrowsDo - firstPage:              "among views, layers, heads and models; in the picture from word to word, or from cell to cell",
	KeyHome - firstPage:                  "Home, End",
	KeyHomeDoes - firstPage:              "to the first or last word, or cell of a row",
	KeyCtrlHome - firstPage:              "Ctrl + Home, End",
	KeyCtrlHomeDoes - firstPage:          "to the first or last row",
	KeyPage - firstPage:                  "Page Up, Page Down",
	KeyPageDoes - firstPage:              "ten words, or rows, at once",
	KeyEnter - firstPage:                 "Enter",
	KeyEnterDoes - firstPage:             "open what the cursor is at: how a weight was computed, a head of the grid, what was predicted at a position; on a word, as Space",
	KeySpace - firstPage:                 "Space",
	KeySpaceDoes - firstPage:             "keep the word or the cell at the cursor open while the text changes; again, to let go",
	KeyHead - firstPage:                  "Space, Enter",
	KeyHeadDoes - firstPage:              "on a head of links: show it with the others, or alone",
	KeyZoom - firstPage:                  "+, −, 0",
	KeyZoomDoes - firstPage:              "zoom a heatmap, and reset the zoom",
	KeyTurn - firstPage:                  "Shift + ← → ↑ ↓",
	KeyTurnDoes - firstPage:              "turn the tower; + and − zoom it, 0 or a double click resets it",
	KeyEscape - firstPage:                "Esc",
	KeyEscapeDoes - firstPage:            "close a list or this sheet, or let go of a word that was kept",
	KeyPresent - firstPage:               "p",
	KeyPresentDoes - firstPage:           "present: large, without controls; Esc ends it",
	KeySheet - firstPage:                 "?",
	KeySheetDoes - firstPage:             "this sheet, anywhere but in a textbox",
	TouchTap - firstPage:                 "Tap",
	TouchTapDoes - firstPage:             "on a word, a link or a cell: keep it open; again, to let go",
	TouchLong - firstPage:                "Long press",
	TouchLongDoes - firstPage:            "read the value under the finger",
	TouchTwo - firstPage:                 "Two fingers",
	TouchTwoDo - firstPage:               "zoom a heatmap or the tower; two taps reset a heatmap",
	Keys - firstPage:                     "Keys",
	LayerName - firstPage:                "Layer",
	LayoutName - firstPage:               "Layout",
	LensName - firstPage:                 "What each layer would predict",
	LinkByHand - firstPage:               "Copy it from here:",
	LinkByHandShort - firstPage:          "The text is too long for an address, and is not in it. Copy it from here:",
	LinkCopied - firstPage:               "Copied. Whoever opens it sees what you see.",
	LinkCopiedHere - firstPage:           "Copied.",
	LinkCopiedShort - firstPage:          "Copied without the text, which is too long for an address: send it along, or export the Record.",
	ModelCard - firstPage:                "Model card",
	ModelName - firstPage:                "Model",
	NoPicture - firstPage:                "There is no picture to take: this heed-view shows none.",
	NoTokens - firstPage:                 "it holds no tokens, so there is nothing to draw.",
	NothingToExport - firstPage:          "There is nothing to export yet.",
	NothingToList - firstPage:            "There is nothing to list.",
	PictureCancelled - firstPage:         "The picture was cancelled: this heed-view now shows something else.",
	PictureTooLarge - firstPage:          "This browser cannot paint so large a picture. Export it as a drawing (SVG).",
	PutWordBack - firstPage:              "Put the word back; where it is not known, the model’s guess",
	ReadingFile - firstPage:              "Reading “{0}” …",
	RecordShown - firstPage:              "The record is shown.",
	SavedAs - firstPage:                  "Saved as {0}.",
	SecondName - firstPage:               "Second",
	ShowIt - firstPage:                   "Show it",
	SpecialName - firstPage:              "Special tokens",
	Stop - firstPage:                     "Stop",
	TemperatureName - firstPage:          "Temperature",
	TheDifference - firstPage:            "The difference",
	TheSecondSentenceName - firstPage:    "The second sentence",
	NoSuchStep - firstPage:               "There is no step “{0}”: this element has {1|step|steps}, numbered from 0.",
	NotInStep - firstPage:                "is not a setting of a step",
	MarkIsCell - firstPage:               "is not a cell: write [row, column]",
	StepsRefused - firstPage:             "The steps of this element cannot be read: {0}.",
	TourName - firstPage:                 "Tour",
	TakeTour - firstPage:                 "Take the tour: {0|step|steps}",
	ResumeTour - firstPage:               "Resume the tour at step {0} of {1}",
	StepOf - firstPage:                   "Step {0} of {1}",
	ExplainWords - firstPage:             "What do these words mean?",
	Glossary - firstPage:                 "Glossary",
	GlossaryOf - firstPage:               "Glossary: {0}",
	EncoderName - firstPage:              "Encoder",
	EncoderMeans - firstPage:             "A network that reads a text. Each of its words sees all the others.",
	DecoderName - firstPage:              "Decoder",
	DecoderMeans - firstPage:             "A network that writes a text, one token after the other. Each sees only those before it.",
	AttentionMeans - firstPage:           "Whose words have the queries and whose the keys: the output’s and the source’s, or those of one text.",
	QueryAndKey - firstPage:              "Query and key",
	QueryAndKeyMean - firstPage:          "A query is what a word looks for, a key what a word is found by. The better they fit, the larger the weight.",
	LayerMeans - firstPage:               "One round of the same computation over all words. The next layer reads what it computes.",
	HeadMeans - firstPage:                "One of several attentions that work side by side in a layer, each with its own queries and keys. “mean” is the average of all.",
	ThresholdMeans - firstPage:           "The strongest links of each word are drawn until they have this share of its weight.",
	WordsMeans - firstPage:               "Models read pieces of words, called tokens. This merges the pieces of a word: columns are added, rows averaged.",
	SpecialMeans - firstPage:             "Tokens that stand for no text: <pad> begins an output, </s> ends a sentence, [CLS] and [SEP] stand around a text. Attention often rests on them.",
	LensMeans - firstPage:                "What the model would predict if it ended after each layer (the logit lens).",
	SwitchOffMeans - firstPage:           "A head that is off adds nothing to its layer. Where the output stays the same, it did not depend on that head alone.",
	HeatMeans - firstPage:                "Scores are divided by it before the softmax. Above 1 the weights become more even, below 1 less even.",
	TemperatureMeans - firstPage:         "How the next token is drawn: at 0 it is always the most probable one, higher up others come more often.",
	TopKMeans - firstPage:                "Only this many of the most probable tokens may be drawn; 0: all.",
	TopPMeans - firstPage:                "Only the most probable tokens that have this probability together may be drawn; 0: all.",
	StepBack - firstPage:                 "Back",
	StepOn - firstPage:                   "Next",
	LeaveTour - firstPage:                "Leave the tour",
	ThresholdName - firstPage:            "Share of weight drawn",
	Took - firstPage:                     "{0}\u00a0ms for this text",
	TookExact - firstPage:                "{0}\u00a0ms for this text, in float32",
	ToolsName - firstPage:                "Tools",
	TopKName - firstPage:                 "Top-k",
	TopPName - firstPage:                 "Top-p",
	Undo - firstPage:                     "Undo",
	UndoAll - firstPage:                  "Undo all",
	UndoChange - firstPage:               "undo",
	ViewName - firstPage:                 "View",
	WhatIsShown - firstPage:              "What is shown",
	WordsName - firstPage:                "Whole words",
	WordsToHide - firstPage:              "Words to hide",
	WritingName - firstPage:              "Writing",
	OutputChanged - firstPage:            "The output changed; without your changes it is “{0}”.",
	OutputSame - firstPage:               "The output stays the same. Its probability per token went from {0} to {1}.",
	OutputSameOnly - firstPage:           "The output stays the same.",
	OnlyHere - firstPage:                 "The model is on this device only, so nobody else can open this.",
}
