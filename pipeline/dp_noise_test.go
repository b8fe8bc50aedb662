package pipeline_test

import (
	"testing"

	"github.com/yumen-data/yumen"
)

// An answer whose noise is as wide as what is public is refused before it is paid for, with all figures, unless it is
// asked for on purpose.
func TestWideNoiseIsAskedFor(t *testing.T) {
	p := newPrivately(t)
	spec := question(100)
	spec.Privacy.WideNoise = false
	j := p.ask(spec)
	if j.State != yumen.StateRejected || len(j.Error.Reasons) != 2 || j.Error.Reasons[0].Rule != "privacy.noise" ||
		j.Error.Reasons[0].Fix.ZH == "" {
		t.Fatalf("%s: %+v", j.State, j.Error)
	}
	if len(p.logged("budget.debit")) != 0 || p.balance().Spent != 0 {
		t.Error("a refused question was paid for")
	}
	if _, err := p.s.Explain(t.Context(), analyst, spec, []byte("module")); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("explained: %v", err)
	}
	x, err := p.s.Explain(t.Context(), analyst, question(100), []byte("module"))
	if err != nil || x.Privacy == nil || x.Privacy.Rows < 1 || x.Privacy.Measures[0].Share < 0.5 {
		t.Fatalf("explained: %+v, %v", x.Privacy, err)
	}
	if j := p.ask(question(100)); j.State != yumen.StateReleased {
		t.Errorf("asked for on purpose: %s %v", j.State, j.Error)
	}
}
