package egress

import (
	"fmt"
	"maps"
	"slices"

	"github.com/yumen-data/yumen"
)

// identifierTypes are looked for in every result; evidence of others is judged too.
var identifierTypes = []string{"bank_card", "credit_code", "mobile", "resident_id"}

// identifiers judges checksum-valid identifiers, one finding for each type. More hits than the contract tolerates are
//
//   - in rows, where they stand in text: a fail that a mask of the identifiers inside the text repairs, once;
//   - in numbers that are aggregates: a review, for a total can have the digits of a telephone number by chance; in class dp
//     they are not looked at, for they are noise and nobody's;
//   - elsewhere (group keys, numbers of a row, opaque output): a block. What is unexpected there is not
//     repaired silently.
//
// Tolerated hits are a review.
func identifiers(s Subject) []yumen.Finding {
	hits := map[string][]yumen.CellHits{}
	for _, t := range identifierTypes {
		hits[t] = nil
	}
	for _, h := range s.Evidence.Identifiers {
		if h.Count > 0 && !noise(s, h.Column) {
			hits[h.Type] = append(hits[h.Type], h.CellHits)
		}
	}
	var out []yumen.Finding
	for _, t := range slices.Sorted(maps.Keys(hits)) {
		out = append(out, identifier(s, t, hits[t]))
	}
	return out
}

func identifier(s Subject, kind string, hits []yumen.CellHits) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleIdentifiers + "." + yumen.Rule(kind),
		Parameter: fmt.Sprintf("max_hits = %d", s.Risk.MaxHits), Verdict: yumen.VerdictPass,
		Evidence: "checksums computed over every cell in the enclave",
		Msg:      yumen.Say("no cell holds one", "没有单元格含有此类标识符")}
	worst, columns := yumen.VerdictPass, []string(nil)
	for _, h := range hits {
		f.Count += int(h.Count)
		f.Cells = firstCells(append(f.Cells, h.Cells...))
		v := hitVerdict(s, kind, h.Column)
		worst = worst.Worse(v)
		if v == yumen.VerdictFail && pendingMask(s, h.Column) == "" {
			columns = append(columns, h.Column)
		}
	}
	f.Value = fmt.Sprintf("%d cells in %d columns", f.Count, len(hits))
	switch {
	case f.Count == 0:
	case f.Count <= s.Risk.MaxHits:
		f.Verdict, f.Msg = yumen.VerdictReview,
			yumen.Say("%d cells hold a valid one, which the contract tolerates: look at them",
				"%d 个单元格含有效标识符，在合同容许之内：请查看", f.Count)
	default:
		f.Verdict, f.Msg = worst, hitMessage(worst, f.Count, kind)
		if worst == yumen.VerdictFail && len(columns) > 0 {
			f.Fix = &yumen.Fix{Technique: yumen.TechniqueMask, Columns: columns,
				Params: map[string]string{"preset": kind, "where": "embedded", "rule": string(f.Rule)}}
		}
	}
	return f
}

func hitMessage(v yumen.Verdict, n int, kind string) yumen.Text {
	switch v {
	case yumen.VerdictReview:
		return yumen.Say("%d totals look like a %s: make sure that they are totals", "%d 个汇总值形似 %s：请确认确为汇总值", n, kind)
	case yumen.VerdictFail:
		return yumen.Say("%d cells hold a valid %s: mask it", "%d 个单元格含有效的 %s：须掩码", n, kind)
	}
	return yumen.Say("%d cells hold a valid %s: leave the column out", "%d 个单元格含有效的 %s：请去掉该列", n, kind)
}

// hitVerdict judges hits in one column.
func hitVerdict(s Subject, kind, column string) yumen.Verdict {
	i := slices.IndexFunc(s.Columns, func(c yumen.ArtifactColumn) bool { return c.Name == column })
	if i < 0 {
		return yumen.VerdictBlock
	}
	c := s.Columns[i]
	switch {
	case s.Class == yumen.ClassAggregate && c.Kind == yumen.ColumnAggregate && c.Type != yumen.TypeText:
		return yumen.VerdictReview
	case s.Class == yumen.ClassRows && c.Type == yumen.TypeText && !maskedInside(s, column, kind):
		return yumen.VerdictFail
	}
	return yumen.VerdictBlock
}

// maskedInside reports whether identifiers of the type were masked in the column before; hits after that are not
// repaired again.
func maskedInside(s Subject, column, kind string) bool {
	return slices.ContainsFunc(s.Fixes, func(x yumen.Fix) bool {
		return x.Technique == yumen.TechniqueMask && x.Params["preset"] == kind && slices.Contains(x.Columns, column)
	})
}

// noise reports whether a column holds noisy numbers. A column that is not known holds anything.
func noise(s Subject, column string) bool {
	return s.Class == yumen.ClassDP &&
		slices.ContainsFunc(s.Columns,
			func(c yumen.ArtifactColumn) bool { return c.Name == column && c.Type.Numeric() })
}
