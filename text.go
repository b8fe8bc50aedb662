package yumen

import (
	"encoding/json"
	"fmt"
)

// Lang is a language that messages come in.
type Lang string

// The languages that every message has.
const (
	LangEnglish Lang = "en"
	LangChinese Lang = "zh"
)

// Text is one message in both languages. A name that needs no translation may stand in one of them alone.
type Text struct {
	EN string `json:"en,omitempty" yaml:"en,omitempty"`
	ZH string `json:"zh,omitempty" yaml:"zh,omitempty"`
}

// Say formats the same arguments in both languages; each may use them in its own order (%[2]s).
func Say(en, zh string, args ...any) Text {
	if len(args) == 0 {
		return Text{EN: en, ZH: zh}
	}
	return Text{EN: fmt.Sprintf(en, inLang(LangEnglish, args)...), ZH: fmt.Sprintf(zh, inLang(LangChinese, args)...)}
}

// inLang picks the language of the arguments that are texts themselves.
func inLang(l Lang, args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case Text:
			out[i] = a.In(l)
		case *Error:
			out[i] = a.In(l)
		default:
			out[i] = a
		}
	}
	return out
}

// In returns the text in language l, or in the other where l is missing.
func (t Text) In(l Lang) string {
	if l == LangChinese && t.ZH != "" || t.EN == "" {
		return t.ZH
	}
	return t.EN
}

// String returns the English text.
func (t Text) String() string { return t.In(LangEnglish) }

// IsZero reports whether the text says nothing.
func (t Text) IsZero() bool { return t == Text{} }

// UnmarshalJSON takes a plain string, which stands for both languages, or an object with en and zh.
func (t *Text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = Text{EN: s, ZH: s}
		return nil
	}
	type both Text
	return json.Unmarshal(b, (*both)(t))
}
