package suggest

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	for _, c := range []struct{ name, among, want string }{
		{"tittle", "title source", "title"},
		{"colunms", "columns", "columns"},
		{"min-k", "min_k width", "min_k"},
		{"Role", "role", "role"},
		{"abd", "abc xyz", "abc"},
		{"AB", "ab", "ab"},
		{"cn", "en zh", ""},
		{"ab", "xyz", ""},
		{"grade", "group", ""},
		{"", "a", ""},
		{"性別", "年龄 性别", "性别"},
		{"性别", "年龄 收入", ""},
		{"anything", "", ""},
		{strings.Repeat("a", 65), strings.Repeat("a", 65), ""},
	} {
		got, ok := Nearest(c.name, strings.Fields(c.among))
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Nearest(%q, %q) = %q, %v; want %q", c.name, c.among, got, ok, c.want)
		}
	}
}

// The distance is symmetric, zero for equal words only, and never more than the longer length.
func TestDistanceLaws(t *testing.T) {
	word := rapid.StringMatching(`[abc]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := []rune(word.Draw(t, "a")), []rune(word.Draw(t, "b"))
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != (string(a) == string(b)) || d > max(len(a), len(b)) ||
			d < max(len(a)-len(b), len(b)-len(a)) {
			t.Fatalf("distance(%q, %q) = %d, back %d", string(a), string(b), d, distance(b, a))
		}
	})
}
