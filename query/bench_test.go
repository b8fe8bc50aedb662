package query

import (
	"strings"
	"testing"
)

// BenchmarkAnalyse times the analysis of a statement of 50 lines, tree included.
func BenchmarkAnalyse(b *testing.B) {
	trees, scope := readTrees(b), readScope(b)
	for _, s := range readCorpus(b, "testdata/long.sql") {
		if n := strings.Count(s.sql, "\n") + 1; n < 50 {
			b.Fatalf("%s has %d lines", s.name, n)
		}
		tree := treeOf(b, trees, s)
		b.Run(s.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Analyse(s.sql, tree, scope); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAnalysePrivate times a statement of 50 lines in class dp.
func BenchmarkAnalysePrivate(b *testing.B) {
	trees, scope := readTrees(b), privateScope(b)
	for _, s := range readCorpus(b, "testdata/dp/long.sql") {
		if n := strings.Count(s.sql, "\n") + 1; n < 50 {
			b.Fatalf("%s has %d lines", s.name, n)
		}
		tree := treeOf(b, trees, s)
		b.Run(s.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Analyse(s.sql, tree, scope); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
