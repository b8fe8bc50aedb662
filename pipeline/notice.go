package pipeline

import "github.com/yumen-data/yumen"

// notice is what everybody who reads a result of the class has to know. It is the same for every result: it does not
// disclose whether anything was left out or suppressed.
func notice(c yumen.ReleaseClass) yumen.Text {
	if c != yumen.ClassAggregate {
		return yumen.Text{}
	}
	return yumen.Say("groups below the threshold are left out; cells shown as c are suppressed; figures are rounded, "+
		"so parts need not add up to totals",
		"低于最小频数的分组不予列出；显示为 c 的单元格已抑制；数值经过取整，各部分之和未必等于总数")
}
