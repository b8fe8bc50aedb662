package egress

import (
	"fmt"

	"github.com/yumen-data/yumen"
)

// maxRows is how many rows a result may have. A table of cells is no result yet, and may have as many as can be
// protected.
func (s Subject) maxRows() int64 {
	if s.Cells {
		return max(s.Risk.MaxRows, maxTable)
	}
	return s.Risk.MaxRows
}

func capRows(s Subject) yumen.Finding {
	most := s.maxRows()
	f := yumen.Finding{Rule: yumen.RuleCapRows, Parameter: fmt.Sprintf("max_rows = %d", most),
		Value:    fmt.Sprintf("%d rows", s.Evidence.Rows),
		Evidence: "rows of the held result", Verdict: yumen.VerdictPass, Msg: yumen.Say(
			"few enough rows to be read by people", "行数在可人工审阅范围内")}
	if s.Evidence.Rows > most {
		f.Verdict, f.Count = yumen.VerdictBlock, 1
		f.Msg = yumen.Say("%d rows, the contract allows %d: aggregate further or ask for fewer groups",
			"结果 %d 行，合同上限 %d 行：请进一步聚合或减少分组", s.Evidence.Rows, most)
	}
	return f
}

func capBytes(s Subject) yumen.Finding {
	most := int64(s.Risk.MaxBytes)
	f := yumen.Finding{Rule: yumen.RuleCapBytes, Parameter: "max_bytes = " + s.Risk.MaxBytes.String(),
		Value:    fmt.Sprintf("%d bytes", s.Evidence.Bytes),
		Evidence: "bytes of the held result", Verdict: yumen.VerdictPass, Msg: yumen.Say("small enough", "大小在上限之内")}
	if s.Evidence.Bytes > most {
		f.Verdict, f.Count = yumen.VerdictBlock, 1
		f.Msg = yumen.Say("%d bytes, the contract allows %s: aggregate further or ask for fewer columns",
			"结果 %d 字节，合同上限 %s：请进一步聚合或减少列", s.Evidence.Bytes, s.Risk.MaxBytes)
	}
	return f
}
