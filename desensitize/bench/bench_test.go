package bench

import (
	"math"
	"os"
	"testing"
	"time"
)

// Everything is measured, in little time: figures are positive, and none is compared with what it should reach.
func TestRun(t *testing.T) {
	adult := "../../../shared/data/adult"
	if _, err := os.Stat(adult); err != nil {
		t.Log("the Adult extract is not there; that figure is left out")
		adult = ""
	}
	var got []Result
	err := Run(t.Context(), Config{Span: 5 * time.Millisecond, Adult: adult, Rows: 2000, Work: t.TempDir()},
		func(r Result) { got = append(got, r) })
	if err != nil {
		t.Fatal(err)
	}
	want := 7
	if adult != "" {
		want++
	}
	if len(got) != want {
		t.Errorf("%d figures, want %d", len(got), want)
	}
	for _, r := range got {
		if !(r.Value > 0) || !(r.Base > 0) || math.IsInf(r.Ratio, 0) || r.Name == "" || r.Baseline == "" {
			t.Errorf("%+v", r)
		}
	}
}
