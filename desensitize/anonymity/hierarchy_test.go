package anonymity

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
)

func TestReadHierarchyRefuses(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // rule@place
	}{
		{"empty file", "", nil},
		{"empty level", "a;x;*\nb;;*\n", []string{"hierarchy.gap@h:2"}},
		{"missing level", "a;x;*\nb;*\n", []string{"hierarchy.gap@h:2"}},
		{"one level too many", "a;*\nb;x;*\n", []string{"hierarchy.gap@h:2"}},
		{"value twice", "a;x;*\nb;x;*\na;x;*\n", []string{"hierarchy.twice@h:3"}},
		{"not monotone", "a;x;p;*\nb;x;q;*\n", []string{"hierarchy.monotone@h:2"}},
		{"no single top", "a;x\n\nb;y\n", []string{"hierarchy.top@h:3"}},
		{"cycle in a line", "a;b;a;*\n", []string{"hierarchy.cycle@h:1"}},
		{"cycle over lines", "c;c;*\na;b;*\nb;a;*\n", []string{"hierarchy.cycle@h:2"}},
		{"open quote", "a;*\n\"b;*\n", []string{"hierarchy.quote@h:2"}},
		{"text after a quote", "\"a\"b;*\n", []string{"hierarchy.quote@h:1"}},
		{"not UTF-8", "a;*\n\xff;*\n", []string{"hierarchy.encoding@h:2"}},
		{"all at once", "a;x;*\na;x;*\nb;*\nc;;*\n",
			[]string{"hierarchy.twice@h:2", "hierarchy.gap@h:3", "hierarchy.gap@h:4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadHierarchy("h", strings.NewReader(tt.text))
			var e *yumen.Error
			if !errors.As(err, &e) || e.Kind != yumen.KindInvalid {
				t.Fatalf("error %v, want one of kind invalid", err)
			}
			var got []string
			for _, r := range e.Reasons {
				got = append(got, r.Rule+"@"+r.Place)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadHierarchyAccepts(t *testing.T) {
	text := "\ufeff\"a;1\";\"say \"\"x\"\"\";*\r\nb;b;*\r\n\r\n;none;*\r\n"
	h, err := ReadHierarchy("h", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		value string
		level int
		want  string
		ok    bool
	}{
		{"a;1", 0, "a;1", true}, {"a;1", 1, `say "x"`, true}, {"a;1", 2, "*", true},
		{"b", 1, "b", true}, {"", 1, "none", true},
		{"c", 1, "", false}, {"b", 3, "", false}, {"b", -1, "", false},
	}
	for _, tt := range tests {
		if got, ok := h.Generalize(tt.value, tt.level); got != tt.want || ok != tt.ok {
			t.Errorf("Generalize(%q, %d) = %q, %v, want %q, %v", tt.value, tt.level, got, ok, tt.want, tt.ok)
		}
	}
	if h.Levels() != 3 || h.Name() != "h" {
		t.Errorf("levels %d, name %q", h.Levels(), h.Name())
	}
}

func TestReadHierarchyLongChain(t *testing.T) {
	var b strings.Builder
	for i := range 20000 { // labels that each lead to the next: no cycle, whatever its length
		b.WriteString(strings.Repeat("x", i%7) + string(rune('A'+i%26)) + itoa(i) + ";" + strings.Repeat("x", (i+1)%7) +
			string(rune('A'+(i+1)%26)) + itoa(i+1) + ";*\n")
	}
	if _, err := ReadHierarchy("h", strings.NewReader(b.String())); err != nil {
		t.Fatal(err)
	}
}

// FuzzReadHierarchy holds the law of every hierarchy that is accepted: each value reaches the one top, values equal at
// a level stay equal above it, and errors never carry a value.
func FuzzReadHierarchy(f *testing.F) {
	f.Add("a;x;*\nb;x;*\nc;y;*\n")
	f.Add("\"q;1\";*\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ReadHierarchy("h", strings.NewReader(text))
		if err != nil {
			return
		}
		for value := range h.leaf {
			if self, _ := h.Generalize(value, 0); self != value {
				t.Fatalf("level 0 of a value is not itself")
			}
		}
		top := h.Levels() - 1
		if len(h.labels[top]) != 1 {
			t.Fatalf("%d tops", len(h.labels[top]))
		}
		for level := range top {
			above := map[uint32]uint32{}
			for leaf, code := range h.up[level] {
				to := h.up[level+1][leaf]
				if was, ok := above[code]; ok && was != to {
					t.Fatalf("not monotone at level %d", level)
				}
				above[code] = to
			}
		}
	})
}

// dataDir finds the public data sets, or skips the test.
func dataDir(t testing.TB, name string) string {
	dir := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the public data set %s is not here", name)
	}
	return dir
}
