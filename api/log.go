package api

import (
	"context"
	"encoding/json"

	"github.com/yumen-data/yumen"
)

// MaxLogPage is how many entries a page of the log has at most.
const MaxLogPage = 1000

// LogUseCases are about what the log says.
type LogUseCases interface {
	// Entries returns a page of the log, oldest first. Entries that tell of the checks of jobs are withheld from
	// whoever may not see findings, such as an administrator. Nobody reads what checks found in a result of their own,
	// whatever roles they hold besides: who asks for one job is not answered about their own, and in a page of all
	// entries those about jobs of the principal's own are withheld, but for class dp, whose checks see noisy figures
	// alone.
	Entries(ctx context.Context, by Principal, q LogQuery) (LogPage, error)
}

// LogQuery says which entries are asked for.
type LogQuery struct {
	Job    string // those of one job; all where empty
	From   int64  // the index of the first; below 0 it counts from the end, so that -20 asks for the newest 20
	Limit  int    // defaults to MaxLogPage, and is no more
	Proofs bool   // each with its proof
}

// LogPage is a page of the log.
type LogPage struct {
	Entries []LogEntry `json:"entries"`
	Size    int64      `json:"size"`           // entries of the whole log
	Next    int64      `json:"next,omitempty"` // From of the next page; 0 where there is none
}

// LogEntry is an entry with its place in the log.
type LogEntry struct {
	Index int64 `json:"index"`
	// Withheld says that the entry tells of the checks of a job and is not for the principal. Nothing else is given of
	// it.
	Withheld bool        `json:"withheld,omitempty"`
	Entry    yumen.Entry `json:"entry,omitzero"`
	// Raw is the entry byte for byte as it stands in the log: the leaf of its tree.
	Raw []byte `json:"-"`
	// Proof, where asked for, shows offline that the entry stands in the log: an audit path as in RFC 6962, section
	// 2.1.1, and the signed checkpoint it leads to.
	Proof json.RawMessage `json:"proof,omitempty"`
}
