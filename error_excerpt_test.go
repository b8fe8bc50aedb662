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
