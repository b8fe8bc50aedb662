package cases

import (
	"fmt"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/workday"
)

// A step is late by the day on which it ended, or by today; one that was taken back is not.
func TestTimes(t *testing.T) {
	form := act(Decide, 1, center, "pass")
	for name, w := range map[string]struct {
		acts  []Act
		today yumen.Day
		want  string
	}{
		"on its way":         {nil, "2026-10-08", "form false;"},
		"one day after":      {nil, "2026-10-09", "form true;"},
		"ended in time":      {[]Act{form}, "2026-12-01", "form false;answer true;"},
		"ended late":         {[]Act{act(Decide, 20, center, "pass")}, "2026-10-19", "form true;answer false;"},
		"all in time":        {[]Act{form, act(Decide, 2, provider, "pass"), act(Decide, 2, bureau, "pass")}, "2027-01-01", "form false;answer false;"},
		"taken back":         {[]Act{act(Withdraw, 1, user)}, "2027-01-01", ""},
		"waits for the user": {[]Act{act(Return, 1, center, "why=x")}, "2027-01-01", ""},
		"stands still":       {[]Act{form, act(Stop, 1, bureau, "event=third_party")}, "2027-01-01", "form false;answer false;"},
	} {
		c, err := Fold(testRules(t), workday.Embedded(), application(), w.acts)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		times, err := c.Times()
		got := ""
		for i := range times {
			got += fmt.Sprintf("%s %v;", times[i].Step, times[i].Late(w.today))
		}
		if err != nil || got != w.want {
			t.Errorf("%s: %s, want %s, %v", name, got, w.want, err)
		}
	}
}
