package egress

import (
	"testing"

	"github.com/yumen-data/yumen"
)

// private is an answer of class dp with a text, a noisy count and a noisy mean in each row.
func private(rows int64, hits ...yumen.IdentifierHits) Subject {
	return Subject{Class: yumen.ClassDP, Risk: risk, K: 10, Noised: true,
		Columns: []yumen.ArtifactColumn{{Name: "key", Type: yumen.TypeText, Kind: yumen.ColumnKey},
			{Name: "n", Type: yumen.TypeInteger, Kind: yumen.ColumnAggregate},
			{Name: "mean", Type: yumen.TypeDouble, Kind: yumen.ColumnAggregate}},
		Evidence: yumen.Evidence{Rows: rows, Bytes: 100, Identifiers: hits}}
}

func hit(column string) yumen.IdentifierHits {
	return yumen.IdentifierHits{Type: "mobile", CellHits: yumen.CellHits{Column: column, Count: 1}}
}

// Of an answer of class dp its size is judged and its texts, and nothing that would compare it with data.
func TestPrivateAnswers(t *testing.T) {
	tolerant := private(3, hit("key"))
	tolerant.Risk.MaxHits = 1
	exact := private(3)
	exact.Noised = false
	compared := private(3)
	compared.Evidence.Matches = []yumen.MatchEvidence{{Dataset: "visits", Rows: 3, Rare: 3, Whole: true}}
	compared.Evidence.Unrounded = []yumen.CellHits{{Column: "n", Count: 3}}
	for name, c := range map[string]struct {
		s    Subject
		want yumen.Verdict
	}{
		"fine": {private(3), yumen.VerdictPass}, "no rows": {private(0), yumen.VerdictPass},
		"too many rows":          {private(5001), yumen.VerdictBlock},
		"noise like a number":    {private(3, hit("n"), hit("mean")), yumen.VerdictPass},
		"a number in a text":     {private(3, hit("key")), yumen.VerdictBlock},
		"in no known column":     {private(3, hit("elsewhere")), yumen.VerdictBlock},
		"tolerated":              {tolerant, yumen.VerdictReview},
		"not from a noisy table": {exact, yumen.VerdictBlock}, "compared all the same": {compared, yumen.VerdictPass},
	} {
		fs := Check(c.s)
		if got := Overall(fs); got != c.want {
			t.Errorf("%s: %s, want %s: %+v", name, got, c.want, fs)
		}
	}
}
