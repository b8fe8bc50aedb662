package attacks

import (
	"testing"

	"github.com/yumen-data/yumen"
)

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name         string
		system       System
		hits, trials int
		chance       float64
		bound        *float64
		want         Verdict
	}{
		{"no success where none is allowed", Aggregate, 0, 28, 0, never(), Holds},
		{"one success where none is allowed", Aggregate, 1, 1000, 0, never(), Broken},
		{"within the bound", DP, 740, 1000, 0.5, new(0.731), Holds},
		{"far beyond the bound", DP, 900, 1000, 0.5, new(0.731), Broken},
		{"nothing promised", Aggregate, 50, 50, 0.5, nil, Unbound},
		{"a baseline beaten", Threshold, 20, 20, 0.5, nil, Beaten},
		{"a baseline at chance", Threshold, 10, 20, 0.5, nil, Stands},
		{"never tried", DP, 0, 0, 0.5, new(1.0), Untested},
	} {
		if got := rate(c.name, c.system, "", c.hits, c.trials, c.chance, c.bound, yumen.Text{}).Verdict; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAreaVerdicts(t *testing.T) {
	var low, high []float64
	for i := range 100 {
		low, high = append(low, float64(i)), append(high, float64(i+100))
	}
	if got := area("", DP, "", low, high, new(0.5), yumen.Text{}).Verdict; got != Broken {
		t.Errorf("samples apart: %s", got)
	}
	if got := area("", DP, "", high, low, new(0.5), yumen.Text{}).Verdict; got != Broken {
		t.Errorf("samples apart the other way: %s", got)
	}
	if got := area("", DP, "", low, low, new(0.5), yumen.Text{}).Verdict; got != Holds {
		t.Errorf("samples alike: %s", got)
	}
}

func TestBrokenOnes(t *testing.T) {
	rs := []Result{{Verdict: Holds}, {Attack: "x", Verdict: Broken}, {Verdict: Unbound}}
	if got := BrokenOnes(rs); len(got) != 1 || got[0].Attack != "x" {
		t.Errorf("%v", got)
	}
}
