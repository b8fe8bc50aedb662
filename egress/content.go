package egress

import (
	"fmt"
	"math"
	"strings"

	"github.com/yumen-data/yumen"
)

// invisibleContent has a person look at texts and names with characters that nobody sees: they can carry anything.
func invisibleContent(s Subject) yumen.Finding {
	f := yumen.Finding{Rule: yumen.RuleContentInvisible, Parameter: "0 cells with characters that nobody sees",
		Evidence: "every text and every name of a column, read in the enclave; row 0 is the name",
		Verdict:  yumen.VerdictPass, Msg: yumen.Say("no text has characters that nobody sees", "文本中没有不可见字符")}
	for _, c := range s.Evidence.Content {
		f.Count += int(c.Invisible.Count)
		f.Cells = firstCells(append(f.Cells, c.Invisible.Cells...))
	}
	f.Value = fmt.Sprintf("%d cells", f.Count)
	if f.Count > 0 {
		f.Verdict = yumen.VerdictReview
		f.Msg = yumen.Say("%d cells or names have characters that nobody sees, which can carry anything: look at them, "+
			"previews show their code points",
			"%d 个单元格或列名含不可见字符，可夹带任意信息：请查看，预览会显示其码位", f.Count)
	}
	return f
}

// maxDescribed is how many columns a finding describes one by one.
const maxDescribed = 50

// capacity tells reviewers of a module's result how much it could carry, column by column: no rule says how much of
// that is needed.
func capacity(s Subject) yumen.Finding {
	bits := 0.0
	var en, zh []string
	for i, c := range s.Evidence.Content {
		bits += c.Entropy * float64(c.Values)
		if c.Nulls > 0 && c.Values > 0 {
			bits += nullBits(c)
		}
		if i >= maxDescribed {
			continue
		}
		said := describeContent(c)
		en, zh = append(en, said.EN), append(zh, said.ZH)
	}
	order := yumen.Say("rows are sorted", "各行已排序")
	if s.Evidence.Unsorted {
		n, _ := math.Lgamma(float64(s.Evidence.Rows) + 1)
		bits += n / math.Ln2
		order = yumen.Say("rows are not sorted, and their order can carry %.0f bits: have the module sort them by all columns",
			"各行未排序，行序可携带 %.0f 比特：请让模块按全部列排序", n/math.Ln2)
	}
	if more := len(s.Evidence.Content) - maxDescribed; more > 0 {
		en = append(en, fmt.Sprintf("%d more columns are not described here", more))
		zh = append(zh, fmt.Sprintf("另有 %d 列未在此逐列说明", more))
	}
	return yumen.Finding{Rule: yumen.RuleContentCapacity, Parameter: "a measure for reviewers", Verdict: yumen.VerdictReview,
		Value:    fmt.Sprintf("%.0f bits", bits),
		Evidence: "how often values occur, lengths, digits, nulls and order, measured in the enclave",
		Msg: yumen.Say("this result can carry up to %.0f bits. %s. %s", "该结果最多可携带 %.0f 比特。%s。%s", bits, order,
			yumen.Text{EN: strings.Join(en, "; "), ZH: strings.Join(zh, "；")})}
}

// nullBits is how much the places of nulls can carry.
func nullBits(c yumen.ContentEvidence) float64 {
	n := float64(c.Values + c.Nulls)
	p := float64(c.Nulls) / n
	return -n * (p*math.Log2(p) + (1-p)*math.Log2(1-p))
}

func describeContent(c yumen.ContentEvidence) yumen.Text {
	return yumen.Say("%q: %.1f bits a cell, %d of %d cells null, longest text %d, %d of 53 binary digits",
		"%q：每格 %.1f 比特，%d / %d 格为空，最长文本 %d 字符，二进制有效位 %d / 53", c.Column, c.Entropy, c.Nulls, c.Values+c.Nulls,
		c.Longest, c.Digits)
}
