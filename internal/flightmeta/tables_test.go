package flightmeta

import "testing"

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{{"%", "", true}, {"", "", true}, {"", "a", false}, {"visits", "visits", true}, {"v%s", "visits", true},
		{"v_sits", "visits", true}, {"_", "就", true}, {"%诊%", "就诊记录", true}, {`a\_b`, "a_b", true},
		{`a\_b`, "axb", false}, {`\%`, "%", true}, {"%a%b", "aab", true}, {"%a", "ab", false}, {"a%%", "a", true},
	} {
		if got := like(&c.pattern, c.name); got != c.want {
			t.Errorf("%q LIKE %q: %v", c.name, c.pattern, got)
		}
	}
	if !like(nil, "anything") {
		t.Error("no pattern asks for all")
	}
}
