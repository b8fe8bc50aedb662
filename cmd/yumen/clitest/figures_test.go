package clitest

import (
	"strings"
	"testing"
)

// TestFigureToCompareWith: rows are compared with a figure over others that was protected before. Reviewers see its
// cells, the receipt has their findings, and what leaves is as if the protected figure had been written as a constant.
func TestFigureToCompareWith(t *testing.T) { eachWay(t, testFigureToCompareWith) }

func testFigureToCompareWith(t *testing.T) {
	h := newHome(t)
	release := func(sql string) string {
		t.Helper()
		j, _ := h.submitSQL(sql)
		if out := h.must("review", "show", j.ID, "--as", "reviewer"); strings.Contains(sql,
			"* (SELECT avg") != strings.Contains(out, "cells of the figures to compare with") {
			t.Errorf("%s", out)
		}
		h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", "reviewer")
		h.must("review", "release", j.ID, "--as", "reviewer")
		name := "r" + strings.TrimPrefix(j.ID, "j")
		dir := t.TempDir()
		h.must("release", "get", name, "--out", dir, "--as", "analyst")
		h.must("release", "verify", dir+"/"+name+".receipt", "--file", dir+"/"+name+".csv")
		return h.released(name)
	}
	const people = "(SELECT person, count(*) AS n FROM visits GROUP BY person)"
	mean := strings.Split(strings.TrimSpace(release("SELECT avg(n) AS m FROM "+people)), "\n")[1]
	asked := func(figure string) string {
		return release("SELECT count(*) AS people FROM " + people + " WHERE n < 0.9 * " + figure)
	}
	if compared, written := asked("(SELECT avg(n) FROM "+people+")"),
		asked(mean); compared != written || strings.HasSuffix(compared, "c\n") {
		t.Errorf("compared with the figure %q, with %s %q", compared, mean, written)
	}
	h.must("audit", "verify")
}
