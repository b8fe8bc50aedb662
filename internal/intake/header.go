package intake

import (
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
)

// matchHeader finds the column of each header, in any order. What is missing is called by its name in the catalog
// entry; what is unknown is called by its position only, because in a file without a header line it would be a person's
// data. Where exact, they stand in order as they are spelt.
func matchHeader(headers []field, cols []Column, exact bool) ([]int, error) {
	byName := map[string]int{}
	for i, c := range cols {
		byName[strings.ToLower(c.Header)] = i
	}
	order := make([]int, len(headers))
	seen := make([]bool, len(cols))
	var unknown []int
	var reasons []yumen.Reason
	for i, h := range headers {
		k, ok := byName[strings.ToLower(strings.TrimSpace(h.text))]
		ok = ok && !(exact && (k != i || h.text != cols[i].Header))
		switch {
		case !ok:
			unknown = append(unknown, i)
		case seen[k]:
			reasons = append(reasons,
				headerReason(i,
					yumen.Say("column %s stands in the header a second time", "列 %s 在表头中重复", cols[k].Header),
					yumen.Text{}))
		default:
			order[i], seen[k] = k, true
		}
	}
	var missing []string
	for i, c := range cols {
		if !seen[i] {
			missing = append(missing, c.Header)
		}
	}
	for _, i := range unknown {
		reasons = append(reasons,
			headerReason(i, yumen.Say("header %d is no column of the dataset", "第 %d 个表头不是数据集的列", i+1),
				suggest.Fix(headers[i].text, missing)))
	}
	for _, m := range missing {
		reasons = append(reasons,
			yumen.Reason{Rule: "columns", Place: m,
				Msg: yumen.Say("column %s is missing from the file", "文件缺少列 %s", m)})
	}
	msg := yumen.Say("the header line does not fit the dataset", "表头与数据集不符")
	return order, yumen.Refuse(yumen.KindInvalid, msg, reasons)
}

func headerReason(i int, msg, fix yumen.Text) yumen.Reason {
	return yumen.Reason{Rule: "columns", Place: "header " + strconv.Itoa(i+1), Msg: msg, Fix: fix}
}
