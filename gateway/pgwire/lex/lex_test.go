package lex

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		text string
		want []Kind
	}{
		{"select 1", []Kind{Word, Blank, Number}},
		{"a$b _x é", []Kind{Word, Blank, Word, Blank, Word}},
		{`"a""b".U&"d\0061t"`, []Kind{Quoted, Punctuation, Unicode}},
		{`'it''s' E'it\'s' U&'x' N'x' B'01' x'1F'`,
			[]Kind{String, Blank, Escaped, Blank, Wide, Blank, National, Blank, Bits, Blank, Hex}},
		{"'a' -- more\n  'b'", []Kind{String}},
		{"E'a'\n'\\''", []Kind{Escaped}},
		{"'a' 'b'", []Kind{String, Blank, String}},
		{"'a' -- no", []Kind{String, Blank, Comment}},
		{`'\'`, []Kind{String}},
		{"$$a'b$$ $x$ $y$ $x$", []Kind{Dollar, Blank, Dollar}},
		{"$1+$2", []Kind{Parameter, Operator, Parameter}},
		{"/* a /* b */ c */--d\n1", []Kind{Comment, Comment, Blank, Number}},
		{"1.5e-3 .5 1. 1..2 1e+9",
			[]Kind{Number, Blank, Number, Blank, Number, Blank, Number, Punctuation, Number, Blank, Number}},
		{"1=-1", []Kind{Number, Operator, Operator, Number}},
		{"1@-1", []Kind{Number, Operator, Number}},
		{"1-- x", []Kind{Number, Comment}},
		{"a*/*c*/b", []Kind{Word, Operator, Comment, Word}},
		{"a::int[]:=:b", []Kind{Word, Punctuation, Word, Punctuation, Punctuation, Punctuation, Punctuation, Word}},
		{`\ { $`, []Kind{Other, Blank, Other, Blank, Other}},
	} {
		tokens, err := Tokens(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		var got []Kind
		for _, token := range tokens {
			got = append(got, token.Kind)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got kinds %v, want %v", c.text, got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		text   string
		pos    int
		reason Reason
	}{
		{"select 'a", 7, OpenString},
		{`select E'a\'`, 7, OpenString},
		{`1 E'\`, 2, OpenString},
		{`x "a`, 2, OpenQuoted},
		{`x "" y`, 2, EmptyQuoted},
		{`"a""`, 0, OpenQuoted},
		{"b'0", 0, OpenBits},
		{"x'0", 0, OpenHex},
		{"1 $a$ $b$", 2, OpenDollar},
		{"/* /* */", 0, OpenComment},
		{"1 + 12a", 4, JunkNumber},
		{"1e", 0, JunkNumber},
		{"$1a", 0, JunkParameter},
		{"'a'\n'b", 0, OpenString},
	} {
		_, err := Tokens(c.text)
		var got *Error
		if !errors.As(err, &got) || got.Pos != c.pos || got.Reason != c.reason {
			t.Errorf("%q: got %+v, want %q at %d", c.text, err, c.reason, c.pos)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" ; -- x\n ;/* y */", nil},
		{"select 1; select ';' ;", []string{"select 1", "select ';'"}},
		{"/*a*/ begin /*b*/ ; commit -- c", []string{"begin", "commit"}},
		{"select (1;2); x", []string{"select (1;2)", "x"}},
		{"a); b", []string{"a)", "b"}},
		{"select $$;$$; b", []string{"select $$;$$", "b"}},
	} {
		got, err := Split(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		}
		var texts []string
		for _, s := range got {
			texts = append(texts, s.Text)
			if c.text[s.Start:s.Start+len(s.Text)] != s.Text {
				t.Errorf("%q: %q does not begin at %d", c.text, s.Text, s.Start)
			}
		}
		if !slices.Equal(texts, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, texts, c.want)
		}
	}
}

func TestNamesAndLiterals(t *testing.T) {
	list, err := Split(`;Set "My""Var" ÄB U&"d\0061t\+000061" = E'a\n\'\x41\u00e9\101\q' 'it''s' $x$a'$x$ ` +
		`U&'!0061!!' UESCAPE '!' N'n' 'a'` + "\n'b'")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	s := list[0]
	if got := []string{s.Word(0), s.Word(1), s.Word(2), s.Word(99)}; !slices.Equal(got, []string{"SET", "", "ÄB", ""}) {
		t.Errorf("words %q", got)
	}
	if !s.Words(0, "SET") || s.Words(0, "SET", "MY") {
		t.Error("Words does not compare words")
	}
	names := []string{s.Ident(0), s.Ident(1), s.Ident(2), s.Ident(3), s.Ident(4), s.Ident(-1)}
	if !slices.Equal(names, []string{"set", `My"Var`, "Äb", "data", "", ""}) {
		t.Errorf("names %q", names)
	}
	var values []string
	for i := range s.Tokens {
		if v, ok := s.Literal(i); ok {
			values = append(values, v)
		}
	}
	want := []string{"a\n'AéAq", "it's", "a'", "a!", "!", "n", "ab"}
	if !slices.Equal(values, want) {
		t.Errorf("got %q, want %q", values, want)
	}
}

func TestPosition(t *testing.T) {
	if got := Position("就诊 x", len("就诊 ")); got != 4 {
		t.Errorf("got %d, want 4", got)
	}
}

func TestApply(t *testing.T) {
	text := "select a::regclass from b"
	got, m := Apply(text, []Edit{{Start: 24, End: 25, New: "other"}, {Start: 7, End: 18, New: "f(a)"},
		{Start: 8, End: 9, New: "x"}})
	if got != "select f(a) from other" {
		t.Fatalf("got %q", got)
	}
	for pos, want := range map[int]int{-1: 0, 0: 0, 7: 7, 10: 7, 11: 18, 12: 19, 17: 24, 20: 24, 22: 25, 99: 25} {
		if back := m.Back(pos); back != want {
			t.Errorf("place %d: got %d, want %d", pos, back, want)
		}
	}
}

// FuzzTokens holds the laws: tokens joined are the text, each has a length, statements are parts of the text, and after
// edits at tokens every place outside of them leads back to the same bytes.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", "select 1", "'a'\n'b'", `E'\`, "$a$x$a$", "/*/**/*/", "U&\"\\0061\" UESCAPE '!'",
		"1..2;(;", "::-+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { lawful(t, text) })
}

func lawful(t *testing.T, text string) {
	tokens, err := Tokens(text)
	end := 0
	for _, token := range tokens {
		if token.Start != end || token.End <= end {
			t.Fatalf("token %+v does not follow %d", token, end)
		}
		end = token.End
	}
	var wrong *Error
	switch {
	case err == nil && end != len(text):
		t.Fatalf("tokens end at %d of %d", end, len(text))
	case err != nil && (!errors.As(err, &wrong) || wrong.Pos != end):
		t.Fatalf("%v does not follow %d", err, end)
	}
	list, err2 := Split(text)
	if (err == nil) != (err2 == nil) {
		t.Fatalf("Tokens: %v, Split: %v", err, err2)
	}
	end = 0
	for _, s := range list {
		if s.Start < end || text[s.Start:s.Start+len(s.Text)] != s.Text || len(s.Tokens) == 0 {
			t.Fatalf("statement %+v is no part of the text behind %d", s, end)
		}
		end = s.Start + len(s.Text)
		for i := range s.Tokens {
			s.Word(i)
			s.Ident(i)
			s.Literal(i)
		}
	}
	var edits []Edit
	for i, token := range tokens {
		if i%3 == 0 {
			edits = append(edits, Edit{Start: token.Start, End: token.End, New: strings.Repeat("x", i%5)})
		}
	}
	changed, m := Apply(text, edits)
	leadsBack(t, text, changed, m, edits)
}

func leadsBack(t *testing.T, text, changed string, m Map, edits []Edit) {
	last := 0
	for pos := 0; pos <= len(changed); pos++ {
		back := m.Back(pos)
		if back < last || back > len(text) {
			t.Fatalf("place %d leads to %d, behind %d", pos, back, last)
		}
		last = back
		in := slices.ContainsFunc(edits, func(e Edit) bool { return back >= e.Start && back < e.End })
		if !in && back < len(text) && pos < len(changed) && text[back] != changed[pos] {
			t.Fatalf("place %d leads to %d: %q, not %q", pos, back, text[back], changed[pos])
		}
	}
}

// TestLinear cuts texts that are long in each form; one that took quadratic time would not end within the test's bound.
func TestLinear(t *testing.T) {
	const n = 1 << 20
	for _, s := range []string{"(", "/*", "'a'\n", "'a' --\n", "$a", "$a$", "+-", ";", "U&", "\"a\"", "1.", "E'\\'"} {
		text := strings.Repeat(s, n)
		if list, err := Split(text); err == nil && len(list) > n {
			t.Errorf("%q: %d statements", s, len(list))
		}
	}
}
