package contract

import (
	"regexp"
	"unicode/utf8"
)

// namePattern is the form of a name, and how many characters it may have. A bound within the pattern would be written out
// as so many copies of each class of characters whenever a process starts, enclaves among them.
type namePattern struct {
	form *regexp.Regexp
	most int
}

func (p namePattern) matches(name string) bool {
	return p.form.MatchString(name) && utf8.RuneCountInString(name) <= p.most
}

var (
	// jobName is what tables and the log show of a job beside its number.
	jobName    = namePattern{regexp.MustCompile(`^[\p{L}\p{Nd}][\p{L}\p{Nd} ._-]*$`), 64}
	outputName = namePattern{regexp.MustCompile(`^\p{L}[\p{L}\p{Nd}_]*$`), 63}
	fileName   = namePattern{regexp.MustCompile(`^[\p{L}\p{Nd}_][\p{L}\p{Nd}._-]*$`), 64}
)
