package law

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withoutWayOn are the functions whose denials say what to do in another way, or to nobody who reads it.
var withoutWayOn = map[string]string{
	"access/access.go Unknown":            "the name that was probably meant, where there is one",
	"egress/submitter_message.go Refusal": "each reason says it",
	"pipeline/review.go recordVote":       "the words are the reviewer's",
	"sandbox/session.go Run":              "a defect of the caller",
}

// denials returns where a denial is made that says no way on: neither ToFix nor Then.
func denials(f *ast.File) (out []string) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		chained := map[ast.Expr]bool{} // errors on which a way on is set
		ast.Inspect(fn, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			on, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if on.Sel.Name == "ToFix" || on.Sel.Name == "Then" || chained[call] {
				chained[on.X] = true
			}
			if on.Sel.Name == "Errorf" && len(call.Args) > 0 && !chained[call] {
				if kind, ok := call.Args[0].(*ast.SelectorExpr); ok && kind.Sel.Name == "KindDenied" {
					out = append(out, fn.Name.Name)
				}
			}
			return true
		})
	}
	return out
}

// Whoever is denied something reads what to do about it.
func TestDenialsSayWhatToDo(t *testing.T) {
	found := map[string]bool{}
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		rel, err1 := filepath.Rel(top, path)
		if err != nil || err1 != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && rel != "." {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, fn := range denials(f) {
			if at := rel + " " + fn; withoutWayOn[at] == "" {
				t.Errorf("%s denies something and does not say what to do", at)
			} else {
				found[at] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for at := range withoutWayOn {
		if !found[at] {
			t.Errorf("%s: no such denial any more", at)
		}
	}
}

func TestDenialCheckCatches(t *testing.T) {
	for src, want := range map[string][]string{
		`yumen.Errorf(yumen.KindDenied, "a", "b")`:                                {"f"},
		`yumen.Errorf(yumen.KindDenied, "a", "b").At("x")`:                        {"f"},
		`yumen.Errorf(yumen.KindDenied, "a", "b").ToFix("c", "d")`:                nil,
		`yumen.Errorf(yumen.KindDenied, "a", "b").At("x").Then("c", "d").At("y")`: nil,
		`yumen.Errorf(yumen.KindInvalid, "a", "b")`:                               nil,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "a.go", "package a\nfunc f() error { return "+src+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := denials(f); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}
