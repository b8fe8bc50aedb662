package query

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen/query/plan"
)

// BenchmarkAnalyse times the analysis of statements of 50 lines, tree included.
func BenchmarkAnalyse(b *testing.B) { benchmarkAnalyse(b, "testdata/long.sql", readScope(b)) }

// BenchmarkAnalysePrivate does so in class dp.
func BenchmarkAnalysePrivate(b *testing.B) {
	benchmarkAnalyse(b, "testdata/dp/long.sql", privateScope(b))
}

func benchmarkAnalyse(b *testing.B, file string, scope plan.Scope) {
	trees := readTrees(b)
	for _, s := range readCorpus(b, file) {
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
