package clitest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every command that the documentation shows is one the program has, with the flags it shows.
func TestDocumentedCommands(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "examples/*.md", "examples/*/*.md"} {
		found, err := filepath.Glob(filepath.Join("../../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	seen := 0
	for _, page := range pages {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range shown(string(b)) {
			seen++
			if why := unknownCommand(t, line); why != "" {
				t.Errorf("%s: %s: %s", page, line, why)
			}
		}
	}
	if seen < 5 {
		t.Errorf("the documentation shows %d commands", seen)
	}
	for _, bad := range []string{"yumen catlog list", "yumen catalog lst", "yumen catalog list --nope",
		"yumen review vote ID --reson x"} {
		if unknownCommand(t, bad) == "" {
			t.Errorf("%q is not seen", bad)
		}
	}
}

var (
	fenced  = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```")
	command = regexp.MustCompile(`^(?:\$ )?(?:bin/)?(yumen .*)$`)
	inline  = regexp.MustCompile("`(?:bin/)?(yumen [a-z][^`]*)`")
	word    = regexp.MustCompile(`^[a-z]+$`)
	flag    = regexp.MustCompile(`^--[a-z-]+`)
)

// shown returns the commands in a page's code.
func shown(page string) []string {
	var out []string
	for _, m := range fenced.FindAllStringSubmatch(page, -1) {
		for line := range strings.Lines(m[1]) {
			if c := command.FindStringSubmatch(strings.TrimSpace(line)); c != nil {
				out = append(out, c[1])
			}
		}
	}
	for _, m := range inline.FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return out
}

// unknownCommand asks the program for help on a command line and says what it does not know of it.
func unknownCommand(t *testing.T, line string) string {
	t.Helper()
	tokens := strings.Fields(line)[1:]
	var path []string
	for _, s := range tokens {
		if !word.MatchString(s) {
			break
		}
		path = append(path, s)
	}
	if slices.Equal(path, []string{"enclave"}) {
		return "" // hidden: it answers to its parent only
	}
	out, err := exec.Command(bin, append(slices.Clone(path), "--help")...).CombinedOutput()
	if err != nil {
		return "no such command"
	}
	help := string(out)
	_, usage, _ := strings.Cut(help, "Usage:\n  yumen ")
	for _, s := range path {
		if !strings.HasPrefix(usage, s) {
			if strings.HasPrefix(usage, "[") || strings.Contains(help, "[command]") {
				return "no such command"
			}
			break // from here on, arguments
		}
		usage = strings.TrimPrefix(strings.TrimPrefix(usage, s), " ")
	}
	for _, s := range tokens {
		if f := flag.FindString(s); f != "" && !strings.Contains(help, f+" ") && !strings.Contains(help, f+"\n") {
			return "no flag " + f
		}
	}
	return ""
}
