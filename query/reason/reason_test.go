package reason

import (
	"fmt"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestPlaces holds that places are lines and columns in characters.
func TestPlaces(t *testing.T) {
	s := Source{Text: "SELECT 性别\nFROM t"}
	for at, want := range map[int]string{0: "1:1", 7: "1:8", 10: "1:9", 14: "2:1", 19: "2:6", -1: "", 99: ""} {
		if got := s.Place(at); got != want {
			t.Errorf("byte %d is at %q, not %q", at, got, want)
		}
	}
}

// TestList holds that each reason is kept once, in the order of places, and no more than a bound.
func TestList(t *testing.T) {
	r := &List{Source: Source{Text: "SELECT a\nFROM t"}}
	for _, rule := range []string{"second", "first", "first"} {
		r.Add(rule, map[string]int{"second": 9}[rule], yumen.Text{EN: rule})
	}
	var got []string
	for _, reason := range yumen.AsError(r.Refusal()).Reasons {
		got = append(got, reason.Rule+" "+reason.Place)
	}
	if want := "[first 1:1 second 2:1]"; fmt.Sprint(got) != want {
		t.Errorf("%v, not %s", got, want)
	}
	for i := range 2 * maxReasons {
		r.Add(fmt.Sprint("rule.", i), 0, yumen.Text{})
	}
	if !r.Full() || len(r.All) != maxReasons {
		t.Errorf("%d reasons are kept", len(r.All))
	}
}

// TestNames holds that names are compared as the engine does, and shown without what a message should not hold.
func TestNames(t *testing.T) {
	if !Same("Visits", "vISITS") || Same("K", "\u212a") {
		t.Error("names are compared by more than the case of ASCII letters")
	}
	if got := Printable("a'; DROP_1\n性"); got != "a·· DROP_1·性" {
		t.Errorf("%q", got)
	}
}
