package yumen

import (
	"strings"
	"testing"
)

// TestExcerpt holds that the line of a submitted text is shown to people and stays out of what is logged.
func TestExcerpt(t *testing.T) {
	e := Errorf(KindInvalid, "syntax error", "语法错误").At("1:8").ToFix("write AS", "请写 AS")
	e.Excerpt = "SELECT secret\n       ^"
	if want := "1:8: syntax error\n    SELECT secret\n           ^\n→ write AS"; e.In(LangEnglish) != want {
		t.Errorf("%s", e.In(LangEnglish))
	}
	if strings.Contains(e.Error(), "secret") || e.Error() != "1:8: syntax error; → write AS" {
		t.Errorf("%s", e.Error())
	}
}

// What to ask for next is named as an action, in a cause too, and phrased by whoever shows it.
func TestNextIsPhrased(t *testing.T) {
	e := Errorf(KindConflict, "no version", "没有版本").ToFix("import one", "请导入").Then("catalog.import", "visits")
	if got, want := e.In(LangEnglish), "no version\n→ import one\n→ catalog.import visits"; got != want {
		t.Errorf("%q", got)
	}
	whole := Errorf(KindFailed, "failed", "失败").Because(e)
	if got, want := whole.Phrased(LangChinese, func(n Next) string { return "<" + n.Of + ">" }),
		"失败: 没有版本\n→ 请导入\n→ <visits>"; got != want {
		t.Errorf("%q", got)
	}
}
