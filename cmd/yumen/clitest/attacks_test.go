package clitest

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/cmd/yumen-bench/attacks"
)

// expected are verdicts of the quick suite that neither the machine's speed nor chance decides.
var expected = []struct {
	attack  string
	system  attacks.System
	verdict attacks.Verdict
}{
	{"differencing pair", attacks.Threshold, attacks.Beaten},
	{"tracker", attacks.Threshold, attacks.Beaten},
	{"linear reconstruction, 1·n counts", attacks.Threshold, attacks.Beaten},
	{"linear reconstruction, 4·n counts", attacks.Threshold, attacks.Beaten},
	{"linear reconstruction, 4·n counts", attacks.Aggregate, attacks.Unbound},
	{"linear reconstruction, 4·n counts", attacks.DP, attacks.Holds},
	{"averaging", attacks.Naive, attacks.Beaten},
	{"averaging: the same text again", attacks.DP, attacks.Holds},
	{"unique group keys, cells", attacks.Aggregate, attacks.Holds},
	{"unique group keys, existence", attacks.Aggregate, attacks.Holds},
	{"unique group keys, existence", attacks.DP, attacks.Holds},
	{"outlier aggregates", attacks.Threshold, attacks.Beaten},
	{"outlier aggregates", attacks.Aggregate, attacks.Holds},
	{"outlier aggregates", attacks.DP, attacks.Holds},
	{"multiplicity inflation", attacks.Threshold, attacks.Beaten},
	{"multiplicity inflation", attacks.Aggregate, attacks.Holds},
	{"unit laundering", attacks.Threshold, attacks.Beaten},
	{"unit laundering", attacks.Aggregate, attacks.Holds},
	{"influence of one person", attacks.DP, attacks.Holds},
	{"membership: count", attacks.DP, attacks.Holds},
	{"empirical ε: sum", attacks.DP, attacks.Holds},
	{"empirical ε: wasm map", attacks.DP, attacks.Holds},
	{"group-key disclosure: 1 × 10 units, δ 0.02", attacks.DP, attacks.Holds},
	{"noise structure: low bits of sums", attacks.DP, attacks.Holds},
	{"floating point", attacks.Naive, attacks.Beaten},
	{"seed control", attacks.Naive, attacks.Beaten},
	{"seed control: statements", attacks.Aggregate, attacks.Holds},
	{"refusal channel", attacks.Threshold, attacks.Beaten},
	{"refusal channel", attacks.DP, attacks.Holds},
	{"findings before review", attacks.Aggregate, attacks.Holds},
	{"per-unit Wasm state", attacks.Wasm, attacks.Holds},
	{"budget race", attacks.DP, attacks.Holds},
	{"unpaid answers", attacks.DP, attacks.Holds},
}

// The quick attacks come out as they must: the baselines fall, nothing of ours that promises a bound breaks it, and the
// exit code says so.
func TestAttacks(t *testing.T) {
	only := ""
	if testing.Short() {
		only = "outlier"
	}
	cmd := exec.Command(bin, "bench", "attacks", "--quick", "--json", "--only", only)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v", err)
	}
	var results []attacks.Result
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatal(err)
	}
	got := map[string]attacks.Verdict{}
	for _, r := range results {
		got[r.Attack+" on "+string(r.System)] = r.Verdict
		if r.System.Ours() && (r.Verdict == attacks.Broken || r.Verdict == attacks.Untested) {
			t.Errorf("%s on %s: %s: %d of %d; %s", r.Attack, r.System, r.Verdict, r.Hits, r.Trials, r.Note.EN)
		}
	}
	for _, e := range expected {
		if !strings.Contains(e.attack, only) {
			continue
		}
		if v := got[e.attack+" on "+string(e.system)]; v != e.verdict {
			t.Errorf("%s on %s: %q, want %q", e.attack, e.system, v, e.verdict)
		}
	}
}
