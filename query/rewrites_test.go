package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/query/plan"
)

// TestRewrites holds that what a refusal suggests is accepted. Statements stand in pairs: one that is refused, and it
// as its
// suggestion rewrites it.
func TestRewrites(t *testing.T) {
	sc := readScope(t)
	sc.Today = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	trees := readTrees(t)
	all := readCorpus(t, "testdata/rewrites/all.sql")
	if len(all) < 50 || len(all)%2 != 0 {
		t.Fatalf("%d statements", len(all))
	}
	var got bytes.Buffer
	for i := 0; i < len(all); i += 2 {
		refused, rewritten := all[i], all[i+1]
		_, err := Analyse(refused.sql, treeOf(t, trees, refused), sc)
		if err == nil {
			t.Errorf("accepted: %s", refused.sql)
			continue
		}
		e := yumen.AsError(err)
		fixed := !e.Fix.IsZero()
		for _, r := range e.Reasons {
			fixed = fixed || !r.Fix.IsZero()
		}
		if !fixed {
			t.Errorf("%s\nsuggests nothing: %v", refused.sql, err)
		}
		if _, err := Analyse(rewritten.sql, treeOf(t, trees, rewritten), sc); err != nil {
			t.Errorf("%s\nis refused, though suggested by %v: %v", rewritten.sql, e, err)
		}
		fmt.Fprintf(&got, "%s\n%s\n⇒ %s\n\n", refused.sql, e.In(yumen.LangEnglish), rewritten.sql)
	}
	goldentest.File(t, "testdata/rewrites/all.golden", got.Bytes())
}

// fixes are what refusals of statements suggest, by rule and form, with one of the statements.
type fixes map[string]string

// add puts in what the refusal of a statement suggests. A form is a suggestion without the statement's own names and
// values.
func (f fixes) add(s statement, tree json.RawMessage, sc plan.Scope) {
	sc.Params = s.params
	_, err := Analyse(s.sql, tree, sc)
	if err == nil {
		return
	}
	for _, r := range yumen.AsError(err).Reasons {
		form := r.Fix.EN
		for _, t := range sc.Tables {
			for _, c := range t.Dataset.Columns {
				if slices.Contains([]string{"rank", "name", "code", "area"}, c.Name) { // words of suggestions
					continue
				}
				form = regexp.MustCompile(`\b`+regexp.QuoteMeta(c.Name)+`\b`).ReplaceAllString(form, "…")
			}
		}
		form = r.Rule + ": " + ownValue.ReplaceAllString(form, "…")
		if written.MatchString(r.Fix.EN) && f[form] == "" {
			f[form] = s.sql
		}
	}
}

var (
	ownValue = regexp.MustCompile(`'[^']*'|[0-9]+(\.[0-9]+)?`)
	written  = regexp.MustCompile(`[a-z_]\(|\b[A-Z]{4,}\b`) // a suggestion that writes SQL out
)

// untried are forms that name what to do otherwise than by SQL; group.calendar is tried on the calendar's own corpus.
var untried = []string{"did you mean", "apply for the use", "as a job of its own", "leave TABLESAMPLE out",
	"over the datasets of the contract", "a dataset of the contract in FROM", "give a boolean", "group.calendar"}

// TestEverySuggestionIsTried holds that each form of suggestion that any corpus meets is among those that TestRewrites
// tries.
func TestEverySuggestionIsTried(t *testing.T) {
	sc := readScope(t)
	sc.Today = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	trees := readTrees(t)
	tried, met := fixes{}, fixes{}
	for _, s := range readCorpus(t, "testdata/rewrites/all.sql") {
		tried.add(s, treeOf(t, trees, s), sc)
	}
	for _, pattern := range []string{"testdata/*.sql", "testdata/hostile/*.sql"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, s := range readCorpus(t, file) {
				of := sc
				of.Class = s.class
				met.add(s, treeOf(t, trees, s), of)
			}
		}
	}
	for _, set := range everydaySets(t) {
		set.scope.Class = yumen.ClassAggregate
		for _, s := range readCorpus(t, set.file+".sql") {
			met.add(s, treeOf(t, trees, s), set.scope)
		}
	}
	if len(met) < 60 {
		t.Errorf("only %d forms are met", len(met))
	}
	for form, sql := range met {
		if tried[form] == "" &&
			!slices.ContainsFunc(untried, func(u string) bool { return strings.Contains(form, u) }) {
			t.Errorf("%s\n%s", form, sql)
		}
	}
}
