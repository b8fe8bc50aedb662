package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// Caps on text that comes out of an enclave.
const (
	maxText    = 2000 // bytes of one message in one language
	maxReasons = 200
	maxLayers  = 64
)

var knownKinds = []yumen.ErrorKind{yumen.KindInvalid, yumen.KindDenied, yumen.KindNotFound, yumen.KindConflict,
	yumen.KindLimit, yumen.KindFailed,
	yumen.KindUnavailable, yumen.KindCorrupt, yumen.KindInternal}

// decodeError reads the error that an enclave ended with. What is not a well-formed error is a broken protocol.
func decodeError(payload []byte) error {
	var e yumen.Error
	if strictJSON(payload, &e) != nil || !slices.Contains(knownKinds, e.Kind) || len(e.Reasons) > maxReasons {
		return corrupt("bad error frame")
	}
	e.Place, e.Msg, e.Fix, e.Excerpt = clean(e.Place), cleanText(e.Msg), cleanText(e.Fix), ""
	for i, r := range e.Reasons {
		e.Reasons[i] = yumen.Reason{Rule: clean(r.Rule), Place: clean(r.Place), Msg: cleanText(r.Msg),
			Fix: cleanText(r.Fix)}
	}
	return &e
}

// clean makes text from inside safe to show: no control characters (which could drive a terminal or fake log lines),
// valid UTF-8, bounded.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func cleanText(t yumen.Text) yumen.Text { return yumen.Text{EN: clean(t.EN), ZH: clean(t.ZH)} }

func cleanAll(list []string) []string {
	list = list[:min(len(list), maxLayers)]
	for i := range list {
		list[i] = clean(list[i])
	}
	return list
}

// late is the error of a run that was ended for the time that it took.
type late struct{ error }

// Unwrap returns what is said of it.
func (l late) Unwrap() error { return l.error }

// Timeout reports that it was the time, as net.Error does.
func (late) Timeout() bool { return true }

// timedOut reports whether a run was ended for the time that it took.
func timedOut(err error) bool {
	var l late
	return errors.As(err, &l)
}

func timeLimit(wall yumen.Duration) *yumen.Error {
	return yumen.Errorf(yumen.KindLimit, "killed after %s", "运行超过 %s，已终止", time.Duration(wall)).
		ToFix("make the job smaller, or ask for a longer deadline in the contract", "请缩小任务，或在合同中申请更长的时限")
}

func memoryLimit(size yumen.Size) *yumen.Error {
	return yumen.Errorf(yumen.KindLimit, "needs more memory than %s", "所需内存超过 %s", size).
		ToFix("make the job smaller, or ask for more memory in the contract", "请缩小任务，或在合同中申请更多内存")
}

func scratchLimit(size yumen.Size) *yumen.Error {
	return yumen.Errorf(yumen.KindLimit, "needs more scratch space than %s", "所需临时空间超过 %s", size).
		ToFix("make the job smaller", "请缩小任务")
}

func missingLayers(level, minimum yumen.IsolationLevel, missing []string) *yumen.Error {
	names := strings.Join(missing, ", ")
	return yumen.Errorf(yumen.KindUnavailable,
		"this host isolates at level %[1]s, but %[2]s is required; missing: %[3]s",
		"本机隔离等级为 %[1]s，要求至少为 %[2]s；缺少：%[3]s", level, minimum, names).
		ToFix("see what the host lacks", "请查看本机缺少什么").Then("doctor", "")
}

// withoutPath takes host paths out of an error: reports end up in logs and receipts.
func withoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	return err
}
