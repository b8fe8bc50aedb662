package sandbox

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/enclave.md anew")

// TestEnclavePage: the tables of the page say what the program does.
func TestEnclavePage(t *testing.T) {
	const page = "../docs/enclave.md"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := string(b)
	for name, table := range map[string]string{"probes": probeTable(), "syscalls": syscallTable()} {
		begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
		before, rest, opened := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !opened || !closed {
			t.Fatalf("%s has no place for %s", page, name)
		}
		want = before + begin + table + end + after
	}
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(b) {
		t.Errorf("the tables of %s are not those of the program: go test ./sandbox -run EnclavePage -update", page)
	}
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
