package law

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// A link in the documentation leads to a file that exists and, where it names one, to a heading in it.
func TestLinks(t *testing.T) {
	all := texts(t)
	pages := 0
	for name, text := range all {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		pages++
		for _, v := range deadLinks(name, text, all, exists) {
			t.Error(v)
		}
	}
	if pages == 0 {
		t.Error("no documentation found")
	}
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(top, name))
	return err == nil
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```")
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// deadLinks lists the links of a page that lead nowhere. Links out of the project are not followed.
func deadLinks(name, text string, pages map[string]string, exists func(string) bool) []string {
	var out []string
	for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		target, anchor, _ := strings.Cut(m[1], "#")
		if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
			continue
		}
		file := name
		if target != "" {
			file = path.Join(path.Dir(name), target)
		}
		switch {
		case !exists(file):
			out = append(out, fmt.Sprintf("%s: %s does not exist", name, m[1]))
		case anchor != "" && !slices.Contains(anchors(pages[file]), anchor):
			out = append(out, fmt.Sprintf("%s: %s has no such heading", name, m[1]))
		}
	}
	return out
}

// anchors returns the names that headings get: lower case, spaces to dashes, punctuation gone.
func anchors(text string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsNumber(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(m[1])))
	}
	return out
}

func TestLinkCheckCatches(t *testing.T) {
	pages := map[string]string{
		"docs/a.md": "# One thing, said\n[b](b.md) [here](#one-thing-said) [out](https://example.org/x) [code](../go.mod)\n```\n[no](gone.md)\n```\n",
		"docs/b.md": "[gone](c.md) [far](../docs/a.md#one-thing-said) [no](a.md#two) [no](#three)",
	}
	exists := func(name string) bool { return pages[name] != "" || name == "go.mod" }
	if got := deadLinks("docs/a.md", pages["docs/a.md"], pages, exists); got != nil {
		t.Errorf("a: %q", got)
	}
	want := []string{"docs/b.md: c.md does not exist", "docs/b.md: a.md#two has no such heading",
		"docs/b.md: #three has no such heading"}
	if got := deadLinks("docs/b.md", pages["docs/b.md"], pages, exists); !slices.Equal(got, want) {
		t.Errorf("b: %q, want %q", got, want)
	}
}
