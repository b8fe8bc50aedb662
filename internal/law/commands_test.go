package law

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// command is how a command line is asked for something.
var command = regexp.MustCompile("`yumen |\\byumen (init|demo|serve|config|doctor|backup|restore|catalog|contract|job|query|review|release|desensitize|audit|key|bench)\\b|(^|[ (])--[a-z]")

// commands returns the texts of a file that tell people a command or a flag.
func commands(f *ast.File) (out []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		if text, err := strconv.Unquote(lit.Value); err == nil && command.MatchString(text) {
			out = append(out, text)
		}
		return true
	})
	return out
}

// Errors name actions (yumen.Next), because a door has no commands: only the command line phrases them.
func TestNoTextNamesACommand(t *testing.T) {
	read := 0
	for _, p := range list(t) {
		path := p.path()
		if path == "home" || slices.Contains([]string{"cmd", "examples", "tools"}, strings.SplitN(path, "/", 2)[0]) {
			continue // a home's own settings file speaks to whoever edits it
		}
		if len(p.GoFiles) == 0 {
			continue
		}
		for _, f := range parse(t, p) {
			read++
			for _, text := range commands(f) {
				t.Errorf("%s: %q", path, text)
			}
		}
	}
	if read < 100 {
		t.Errorf("%d files were read", read)
	}
}

func TestCommandsAreSeen(t *testing.T) {
	for text, want := range map[string]bool{"see yumen job show j-1": true, "run `yumen doctor`": true,
		"give --key FILE":             true,
		"the user that yumen runs as": false, "a - b": false, "2026--01": false, "(--all)": true} {
		if command.MatchString(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
