package contract

import (
	"regexp"
	"sync"
	"unicode/utf8"
)

// namePattern is the form of a name, and how many characters it may have. A bound within the pattern would be written
// out as so many copies of each class of characters. A form is compiled when it is needed: letters and digits of any
// script take a tenth of a millisecond, which every process would spend when it starts, enclaves among them.
type namePattern struct {
	form func() *regexp.Regexp
	most int
}

func newNamePattern(form string, most int) namePattern {
	return namePattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(form) }), most}
}

func (p namePattern) matches(name string) bool {
	return p.form().MatchString(name) && utf8.RuneCountInString(name) <= p.most
}

var (
	// jobName is what tables and the log show of a job beside its number.
	jobName    = newNamePattern(`^[\p{L}\p{Nd}][\p{L}\p{Nd} ._-]*$`, 64)
	outputName = newNamePattern(`^\p{L}[\p{L}\p{Nd}_]*$`, 63)
	fileName   = newNamePattern(`^[\p{L}\p{Nd}_][\p{L}\p{Nd}._-]*$`, 64)
)
