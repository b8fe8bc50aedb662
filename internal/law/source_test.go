package law

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// top is the root of the repository.
const top = "../.."

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range list(t) {
		files := parse(t, p)
		for _, v := range slices.Concat(undocumentedPackage(p.Name, files), undocumented(p.Name, files)) {
			t.Errorf("%s: %s", p.path(), v)
		}
	}
}

// parse reads the package's files, or those of its tests where it has no others.
func parse(t *testing.T, p source) []*ast.File {
	t.Helper()
	names := p.GoFiles
	if len(names) == 0 {
		names = slices.Concat(p.TestGoFiles, p.XTestGoFiles)
	}
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// undocumentedPackage says what is wrong with the package comment.
func undocumentedPackage(name string, files []*ast.File) []string {
	var comments []string
	for _, f := range files {
		if f.Doc != nil {
			comments = append(comments, f.Doc.Text())
		}
	}
	switch {
	case len(comments) == 0:
		return []string{"no package comment"}
	case len(comments) > 1:
		return []string{"more than one package comment"}
	case name != "main" && !strings.HasPrefix(comments[0], "Package "+strings.TrimSuffix(name, "_test")+" "):
		return []string{"the package comment does not start with Package " + name}
	}
	return nil
}

// undocumented names the exported identifiers without a comment.
func undocumented(name string, files []*ast.File) []string {
	if name == "main" {
		return nil
	}
	var out []string
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil && !wellKnown[d.Name.Name] {
					out = append(out, d.Name.Name+" has no comment")
				}
			case *ast.GenDecl:
				out = append(out, undocumentedSpecs(d)...)
			}
		}
	}
	return out
}

// wellKnown methods say all in their name: those of sort.Interface and error, and tests.
var wellKnown = map[string]bool{"Len": true, "Less": true, "Swap": true, "Error": true, "Unwrap": true, "String": true,
	"GoString": true}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return !strings.HasPrefix(d.Name.Name, "Test") && !strings.HasPrefix(d.Name.Name, "Fuzz") &&
			!strings.HasPrefix(d.Name.Name, "Benchmark")
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

func undocumentedSpecs(d *ast.GenDecl) []string {
	var out []string
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				out = append(out, s.Name.Name+" has no comment")
			}
		case *ast.ValueSpec:
			if d.Doc != nil || s.Doc != nil || s.Comment != nil {
				continue
			}
			for _, n := range s.Names {
				if n.IsExported() {
					out = append(out, n.Name+" has no comment")
				}
			}
		}
	}
	return out
}

func TestDocumentationCheckCatches(t *testing.T) {
	for src, want := range map[string][]string{
		"package a":                   {"no package comment"},
		"// Package b is.\npackage a": {"the package comment does not start with Package a"},
		"// Package a is not.\npackage a\nfunc F() {}":                                                            {"F has no comment"},
		"// Package a is not.\npackage a\ntype T int":                                                             {"T has no comment"},
		"// Package a is not.\npackage a\nconst C = 1":                                                            {"C has no comment"},
		"// Package a is not.\npackage a\nvar v, V = 1, 2":                                                        {"V has no comment"},
		"// Package a is not.\npackage a\n// T is.\ntype T[E any] int\nfunc (T[E]) M() {}\nfunc (*T[E]) m() {}":   {"M has no comment"},
		"// Package a is not.\npackage a\ntype t int\nfunc (t) M() {}\nconst C = 1 // one\n// F is.\nfunc F() {}": nil,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "a.go", src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files := []*ast.File{f}
		got := slices.Concat(undocumentedPackage("a", files), undocumented("a", files))
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}

func TestNoReplace(t *testing.T) {
	for _, dir := range []string{top, filepath.Join(top, "tools")} {
		if n := replacements(t, dir); n != 0 {
			t.Errorf("%s/go.mod replaces %d modules: what is built must be what the module proxy serves", dir, n)
		}
	}
	bad := t.TempDir()
	text := "module example.org/a\n\nreplace example.org/b => ../b\n"
	if err := os.WriteFile(filepath.Join(bad, "go.mod"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if replacements(t, bad) != 1 {
		t.Error("a replacement is not seen")
	}
}

func replacements(t *testing.T, dir string) int {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct{ Replace []any }
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	return len(mod.Replace)
}

// strays are marks of the machine or the day on which something was written: they mean nothing to who reads it later.
var strays = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`(^|[^\w.])/(work/(main|shared)|root/\w)`), "a path of one machine"},
	{regexp.MustCompile(`/home/\w+/`), "a path of one machine"},
	{regexp.MustCompile(`(?i)\bissues? #?\d`), "a number of a list that is not here"},
	{regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`), "a promise instead of the thing"},
	{regexp.MustCompile(`proxy\.` + `golang\.org|registry\.` + `npmjs`), "a host that a closed domain cannot reach"},
}

func TestNoStrayWords(t *testing.T) {
	for name, text := range texts(t) {
		for _, v := range strayWords(name, text) {
			t.Error(v)
		}
	}
	for _, bad := range []string{"see /work" + "/main", "(/root" + "/x)", "in /home" + "/me/x", "as issue" + " 12 says",
		"TO" + "DO", "proxy." + "golang.org"} {
		if len(strayWords("a", bad)) != 1 {
			t.Errorf("%q is not seen", bad)
		}
	}
}

func strayWords(name, text string) []string {
	var out []string
	for i, line := range strings.Split(text, "\n") {
		for _, s := range strays {
			if s.pattern.MatchString(line) {
				out = append(out, fmt.Sprintf("%s:%d: %s", name, i+1, s.why))
			}
		}
	}
	return out
}

// textFiles are those that people read and write.
var textFiles = regexp.MustCompile(`\.(go|md|ya?ml|sql|sh|txt|conf|py|toml)$|(^|/)(Makefile|NOTICE|run|deps|openapi|python)$`)

// texts returns the project's text files by path, without what was built.
func texts(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(top, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == ".git" || name == "bin" || name == "dist" || d.Name() == "testdata"):
			return filepath.SkipDir
		case !d.Type().IsRegular() || !textFiles.MatchString(name):
			return nil
		}
		b, err := os.ReadFile(path)
		out[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("found %d text files", len(out))
	}
	return out
}
