package intake

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// text reads lines and decodes them. In GB 18030 no byte of a character of several bytes is a line feed, a comma, a
// semicolon, a tab or a quote, so a line can be cut before it is decoded.
type text struct {
	in      *input
	decoder *encoding.Decoder // nil for UTF-8
	// unchecked leaves it to the reader of a cell to refuse what is no UTF-8, or a NUL.
	unchecked bool
}

func newText(in *input, encodingName string) *text {
	t := &text{in: in}
	if encodingName == gb18030 {
		t.decoder = simplifiedchinese.GB18030.NewDecoder()
	}
	return t
}

// next returns the next line as UTF-8 and its end. A line with bytes that the encoding does not have, or with a NUL,
// has a fault and no text.
func (t *text) next() (line, end string, fault Fault, err error) {
	raw, rawEnd, err := t.in.readLine()
	if err != nil {
		return "", "", 0, err
	}
	end = string(rawEnd)
	if t.unchecked {
		return string(raw), end, 0, nil
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", end, FaultEncoding, nil
	}
	if t.decoder == nil || ascii(raw) {
		if !utf8.Valid(raw) {
			return "", end, FaultEncoding, nil
		}
		return string(raw), end, 0, nil
	}
	// The decoder writes the replacement character for what it cannot decode. A file that holds that character itself
	// was damaged before.
	decoded, err := t.decoder.Bytes(raw)
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		return "", end, FaultEncoding, nil
	}
	return string(decoded), end, 0, nil
}

func ascii(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r >= utf8.RuneSelf })
}
