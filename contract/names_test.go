package contract

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		pattern namePattern
		name    string
		want    bool
	}{
		{jobName, "就诊 2024.v1_a-b", true}, {jobName, strings.Repeat("域", 64), true},
		{jobName, strings.Repeat("域", 65), false},
		{jobName, "", false}, {jobName, " a", false}, {jobName, "a\n", false}, {jobName, "a/b", false},
		{jobName, "\xff", false},
		{outputName, "é_1", true}, {outputName, strings.Repeat("a", 63), true},
		{outputName, strings.Repeat("a", 64), false},
		{outputName, "_a", false}, {outputName, "1a", false}, {outputName, "a b", false}, {outputName, "", false},
		{fileName, "_members-1.csv", true}, {fileName, strings.Repeat("9", 64), true},
		{fileName, strings.Repeat("9", 65), false},
		{fileName, ".csv", false}, {fileName, "a/b.csv", false}, {fileName, "-a", false}, {fileName, "a\x00", false},
	} {
		if got := c.pattern.matches(c.name); got != c.want {
			t.Errorf("%v matches %q: %v", c.pattern.form(), c.name, got)
		}
	}
}
