package main

import "github.com/yumen-data/yumen"

// caseWords are the words for statuses, states of steps, acts and decisions of cases, as people read them.
var caseWords = map[string]yumen.Text{
	"open": yumen.Say("open", "办理中"), "returned": yumen.Say("returned", "退回补正"), "passed": yumen.Say("passed", "已通过"),
	"refused": yumen.Say("refused", "不予办理"), "appealed": yumen.Say("appealed", "申诉中"), "closed": yumen.Say("closed", "已办结"),
	"denied": yumen.Say("denied", "不予办理（终局）"), "withdrawn": yumen.Say("withdrawn", "已撤回"),
	"waits": yumen.Say("waits", "未开始"), "due": yumen.Say("due", "待办"),
	"pass": yumen.Say("pass", "准予"), "refuse": yumen.Say("refuse", "不予"),
	"decide": yumen.Say("decide", "决定"), "return": yumen.Say("return", "退回补正"), "complete": yumen.Say("complete", "补正"),
	"opine": yumen.Say("opine", "提出意见"), "attach": yumen.Say("attach", "附件"), "accept": yumen.Say("accept", "受理"),
	"set": yumen.Say("set", "设定时限"), "stop": yumen.Say("stop", "中止计时"), "resume": yumen.Say("resume", "恢复计时"),
	"extend": yumen.Say("extend", "延期"), "delegate": yumen.Say("delegate", "委托"), "withdraw": yumen.Say("withdraw", "撤回"),
	"appeal": yumen.Say("appeal", "申诉"), "rule": yumen.Say("rule", "裁定"), "close": yumen.Say("close", "办结"),
}

// caseWord is the word for one of them in a language; what has none is shown as it is.
func caseWord(l yumen.Lang, word string) string {
	if t, ok := caseWords[word]; ok {
		return t.In(l)
	}
	return word
}

func (a *app) caseWord(word string) string { return caseWord(a.Language(), word) }
