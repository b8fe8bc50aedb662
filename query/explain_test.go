package query

import (
	"testing"
)

func TestExplainPolicy(t *testing.T) {
	for _, c := range []struct {
		text, want string
		ok         bool
	}{
		{"EXPLAIN POLICY SELECT 1", "               SELECT 1", true},
		{"explain  Policy\nSELECT 1", "               \nSELECT 1", true},
		{"-- why\n/* a /* nested */ one */EXPLAIN/**/POLICY(SELECT 1)",
			"-- why\n/* a /* nested */ one */       /**/      (SELECT 1)", true},
		{"EXPLAIN POLICY", "              ", true},
		{"EXPLAIN -- a word\n POLICY\tSELECT 1", "        -- a word\n       \tSELECT 1", true},
		{"EXPLAIN SELECT 1", "EXPLAIN SELECT 1", false},
		{"EXPLAIN POLICYSELECT 1", "EXPLAIN POLICYSELECT 1", false},
		{"EXPLAINPOLICY SELECT 1", "EXPLAINPOLICY SELECT 1", false},
		{"SELECT 1 -- EXPLAIN POLICY", "SELECT 1 -- EXPLAIN POLICY", false},
		{"/* EXPLAIN POLICY */ SELECT 1", "/* EXPLAIN POLICY */ SELECT 1", false},
		{"/* EXPLAIN POLICY SELECT 1", "/* EXPLAIN POLICY SELECT 1", false},
		{"-- EXPLAIN POLICY", "-- EXPLAIN POLICY", false},
		{"ＥXPLAIN POLICY SELECT 1", "ＥXPLAIN POLICY SELECT 1", false},
		{"", "", false},
	} {
		if got, ok := ExplainPolicy(c.text); got != c.want || ok != c.ok {
			t.Errorf("%q: %q, %v", c.text, got, ok)
		}
	}
}
