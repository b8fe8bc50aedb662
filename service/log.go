package service

import (
	"context"
	"encoding/json"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/pipeline"
)

// OpenLog returns the log of the domain, which may be opened only when it is asked for.
type OpenLog func() (*audit.Log, error)

// Entries returns a page of the log, oldest first. What it says of checks of jobs is withheld from whoever may not see
// what they find, and where they saw data, all that it says of a job of the reader's own.
func (s *Service) Entries(ctx context.Context, by api.Principal, q api.LogQuery) (api.LogPage, error) {
	act := access.AuditExport
	switch {
	case q.Job != "":
		act = access.JobLogs // who may follow jobs need not be allowed to read all
	case q.From < 0:
		act = access.AuditTail
	}
	person, err := s.may(ctx, by, api.ScopeLog, act)
	if err != nil {
		return api.LogPage{}, err
	}
	var own map[string]bool
	if q.Job != "" { // what is not withheld whole
		err = s.route.MayFollow(ctx, person, q.Job)
	} else {
		own, err = s.route.Untold(ctx, person)
	}
	if err != nil {
		return api.LogPage{}, err
	}
	l, err := s.log()
	if err != nil {
		return api.LogPage{}, err
	}
	blind := !s.rules.Permit(person, access.JobFindings)
	return page(ctx, l, q, func(e *yumen.Entry) bool { return own[e.Subject] || blind && pipeline.OfChecks(e) })
}

// page reads a page, and withholds some entries.
func page(ctx context.Context, l *audit.Log, q api.LogQuery, withheld func(*yumen.Entry) bool) (out api.LogPage,
	err error) {
	if q.Limit <= 0 || q.Limit > api.MaxLogPage {
		q.Limit = api.MaxLogPage
	}
	out.Size = l.Size()
	from := q.From
	if from < 0 {
		from = max(out.Size+from, 0)
	}
	for r, err := range l.Entries(from) {
		switch {
		case err != nil:
			return api.LogPage{}, err
		case ctx.Err() != nil:
			return api.LogPage{}, ctx.Err()
		case q.Job != "" && r.Entry.Subject != q.Job:
			continue
		case len(out.Entries) == q.Limit:
			out.Next = r.Index
			return out, nil
		}
		if withheld(&r.Entry) {
			out.Entries = append(out.Entries, api.LogEntry{Index: r.Index, Withheld: true})
			continue
		}
		e := api.LogEntry{Index: r.Index, Entry: r.Entry, Raw: r.Raw}
		if q.Proofs {
			if e.Proof, err = proof(l, r.Index); err != nil {
				return api.LogPage{}, err
			}
		}
		out.Entries = append(out.Entries, e)
	}
	return out, nil
}

func proof(l *audit.Log, index int64) (json.RawMessage, error) {
	p, err := l.Prove(index)
	if err != nil {
		return nil, err
	}
	return json.Marshal(p)
}
