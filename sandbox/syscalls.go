package sandbox

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed syscalls.txt
var syscallList string

// syscallRules is the list for one role: what is allowed, each name with its conditions (any of them suffices; none
// means always), and what is answered as absent. The text is part of the program, so a line that cannot be understood
// is a defect.
type syscallRules struct {
	names   []string // in the order of the list
	allowed map[string][]string
	absent  []string
}

func syscallsFor(role string) syscallRules {
	rules := syscallRules{allowed: map[string][]string{}}
	group, mine := "", false
	for line := range strings.Lines(syscallList) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0][0] == '#':
		case words[0][0] == '[':
			group = words[0]
			mine = words[1] == "all" || slices.Contains(words[1:], role)
		case group == "[absent]":
			rules.absent = append(rules.absent, words...)
		case mine:
			for _, w := range words {
				rules.allow(w)
			}
		}
	}
	return rules
}

// allow adds one entry. Once a name is allowed without a condition, it stays so.
func (r *syscallRules) allow(entry string) {
	name, condition, conditional := strings.Cut(entry, ":")
	known, seen := r.allowed[name]
	if !seen {
		r.names = append(r.names, name)
	}
	switch {
	case !conditional:
		r.allowed[name] = nil
	case !seen || len(known) > 0:
		r.allowed[name] = append(known, condition)
	}
}
