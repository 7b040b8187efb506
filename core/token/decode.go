package token

import (
	"strconv"
	"strings"

	"heed/core/json"
	"heed/core/say"
)

// decoder is the last stage of a tokenizer: it says what text a piece is.
type decoder struct {
	Type        string
	Parts       []decoder // of a Sequence
	Prefix      string    // of a WordPiece
	Cleanup     bool
	Replacement string // of a Metaspace
	Keep        bool   // of a Metaspace: the space at the beginning of a text
	Suffix      string // of a BPEDecoder
	Pattern     textPattern
	Content     string // of a Replace and a Strip
	Start, Stop int

	AddPrefixSpace, TrimOffsets, NoRegex bool // of a ByteLevel, where they mean nothing
}

func (d *decoder) Fields(o *json.Object) {
	o.Member("type").String(&d.Type)
	level := d.Type == "ByteLevel"
	o.Optional("add_prefix_space", level).Bool(&d.AddPrefixSpace)
	o.Optional("trim_offsets", level).Bool(&d.TrimOffsets)
	useRegex := !d.NoRegex
	o.Optional("use_regex", level).Bool(&useRegex)
	if o.Writing() {
		return
	}
	list(o.Optional("decoders", false), &d.Parts)
	d.Prefix, d.Cleanup, d.Replacement, d.Suffix = "##", true, "▁", "</w>"
	o.Optional("prefix", false).String(&d.Prefix)
	o.Optional("cleanup", false).Bool(&d.Cleanup)
	o.Optional("replacement", false).String(&d.Replacement)
	o.Optional("suffix", false).String(&d.Suffix)
	if add := o.Optional("add_prefix_space", false); add.There() {
		d.Keep = !d.AddPrefixSpace
	}
	scheme := ""
	if o.Optional("prepend_scheme", false).String(&scheme); scheme != "" {
		d.Keep = scheme == "never"
	}
	o.Optional("pattern", false).Object(d.Pattern.Fields)
	o.Optional("content", false).String(&d.Content)
	o.Optional("start", false).Int(&d.Start)
	o.Optional("stop", false).Int(&d.Stop)
}

// decode fills in what the pieces of the vocabulary decode to.
func (t *Tokenizer) decode(d *decoder) error {
	if d == nil { // the library puts a space between pieces
		t.asWritten = true
		d = &decoder{Type: "WordPiece"}
	}
	lead, err := d.lead()
	if err != nil {
		return say.Error("decoder ", say.Quote(d.Type), ": ", err)
	}
	t.lead = lead
	special := map[int]bool{}
	for _, id := range t.special {
		special[id] = true
	}
	level := d.Type == "ByteLevel" // in which an added token is what it is called
	for id, s := range t.vocab {
		if !special[id] && (t.bytes[id] == nil || !level) {
			fused := false
			b := s
			if !level {
				b = foreign.decoded(d, s, &fused)
			} else if bytes, ok := unwritten(s); ok {
				b = string(bytes)
			}
			t.bytes[id] = append(make([]byte, 0, len(b)), b...) // not nil, which is special
		}
	}
	return nil
}

// lead returns how many spaces are taken off the beginning of a text.
func (d *decoder) lead() (lead int, err error) {
	switch {
	case d.Type == "ByteLevel":
		return 0, nil
	case foreign == nil:
		return 0, lacks("the type", d.Type)
	}
	return foreign.decoder(d)
}

// foreignLead is lead of a kind that Heed's own tokenizers do not have.
func (d *decoder) foreignLead() (lead int, err error) {
	switch d.Type {
	case "Sequence":
		fused := false
		for i := range d.Parts {
			p := &d.Parts[i]
			n, err := p.lead()
			if err != nil {
				return 0, err
			}
			lead += n
			if fused = fused || p.Type == "Fuse"; p.Type == "Strip" && fused && p.Content == " " {
				lead += p.Start
			}
		}
	case "WordPiece":
		return 1, nil
	case "Metaspace":
		if !d.Keep {
			return 1, nil
		}
	case "Replace":
		if d.Pattern.Literal == "" {
			return 0, say.Error("a Replace by an expression is not supported")
		}
	case "ByteFallback", "Fuse", "Strip", "BPEDecoder":
	default:
		return 0, say.Error("the type ", say.Quote(d.Type), " is not supported")
	}
	return min(lead, 16), nil
}

// text returns what a piece within a text decodes to.
func (d *decoder) text(s string, fused *bool) string {
	switch d.Type {
	case "Sequence":
		for i := range d.Parts {
			s = d.Parts[i].text(s, fused)
		}
	case "ByteLevel":
		if b, ok := unwritten(s); ok {
			return string(b)
		}
	case "ByteFallback":
		if b, ok := fallbackByte(s); ok {
			return string([]byte{b})
		}
	case "Fuse":
		*fused = true
	case "Strip":
		if !*fused && d.Content != "" { // of each piece; after Fuse it is the text that is stripped
			for i := 0; i < d.Start && strings.HasPrefix(s, d.Content); i++ {
				s = s[len(d.Content):]
			}
			for i := 0; i < d.Stop && strings.HasSuffix(s, d.Content); i++ {
				s = s[:len(s)-len(d.Content)]
			}
		}
	case "Replace":
		return strings.ReplaceAll(s, d.Pattern.Literal, d.Content)
	case "Metaspace":
		return strings.ReplaceAll(s, d.Replacement, " ")
	case "BPEDecoder":
		return strings.ReplaceAll(s, d.Suffix, " ")
	case "WordPiece":
		if inner, ok := strings.CutPrefix(s, d.Prefix); ok && d.Prefix != "" {
			s = inner
		} else {
			s = " " + s
		}
		if d.Cleanup {
			s = cleanup(s)
		}
	}
	return s
}

// cleanup takes away the spaces that do not belong before a piece of English.
func cleanup(s string) string {
	for _, c := range [...][2]string{
		{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"},
		{" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
	} {
		s = strings.ReplaceAll(s, c[0], c[1])
	}
	return s
}

// fallbackByte reads the piece <0x00> to <0xFF> of a byte.
func fallbackByte(s string) (byte, bool) {
	if len(s) != 6 || s[:3] != "<0x" || s[5] != '>' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[3:5], 16, 8)
	return byte(n), err == nil
}
