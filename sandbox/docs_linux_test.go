package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/goldentest"
)

// TestEnclavePage: the tables of the page say what the program does.
func TestEnclavePage(t *testing.T) {
	goldentest.Part(t, "../docs/enclave.md", "probes", probeTable())
	goldentest.Part(t, "../docs/enclave.md", "syscalls", syscallTable())
}

func probeTable() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d attempts:\n\n| area | number | tried |\n|---|---|---|\n", len(Probes()))
	for _, group := range escapes {
		var names []string
		for _, a := range group.attempts {
			names = append(names, a.name)
		}
		fmt.Fprintf(&b, "| %s | %d | %s |\n", group.area, len(names), strings.Join(names, ", "))
	}
	return b.String()
}

func syscallTable() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| role | calls | groups |\n|---|---|---|\n")
	for _, role := range append(everyRole, string(roleDoctor), string(roleProbe)) {
		fmt.Fprintf(&b, "| `%s` | %d | %s |\n", role, len(syscallsFor(role).names), strings.Join(groupsOf(role), ", "))
	}
	return b.String()
}

// groupsOf lists the groups of syscalls.txt that a role has.
func groupsOf(role string) (out []string) {
	for line := range strings.Lines(syscallList) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] != '[' {
			continue
		}
		for _, w := range words[1:] {
			if w == "all" || w == role {
				out = append(out, strings.Trim(words[0], "[]"))
			}
		}
	}
	return out
}
