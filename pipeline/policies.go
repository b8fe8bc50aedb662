package pipeline

import (
	"context"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// policiesInForce is which policies are in force.
type policiesInForce struct {
	Digest yumen.Digest `json:"digest"`
	Own    bool         `json:"own"` // of the home, not those that ship
}

// RecordPolicies has the log say which policies are in force from now on, where others were before. A home that never
// had any of its own says nothing.
func (s *Service) RecordPolicies(ctx context.Context, digest yumen.Digest, own bool) error {
	st, err := s.policiesStep(ctx, policiesInForce{digest, own})
	if err != nil || len(st.Entries) == 0 {
		return err
	}
	return s.journal.Commit(ctx, st)
}

// RecordReload has the log say in one step what a server works by from now on, and which policies are in force.
func (s *Service) RecordReload(ctx context.Context, digests map[string]yumen.Digest, policies yumen.Digest,
	own bool) error {
	st, err := s.policiesStep(ctx, policiesInForce{policies, own})
	if err != nil {
		return err
	}
	e := s.systemEntry(yumen.ActionServerReload, "server")
	e.Digests = digests
	st.Entries = append(st.Entries, e)
	return s.journal.Commit(ctx, st)
}

// policiesStep is the step that puts policies in force; an empty one where they are already.
func (s *Service) policiesStep(ctx context.Context, now policiesInForce) (journal.Step, error) {
	const id = "current"
	was, err := journal.Find[policiesInForce](ctx, s.state, store.Policies, id)
	if err != nil || was.Rev == 0 && !now.Own || was.V == now {
		return journal.Step{}, err
	}
	p, err := journal.Put(store.Policies, id, was.Rev, now)
	if err != nil {
		return journal.Step{}, err
	}
	e := s.systemEntry(yumen.ActionPoliciesLoad, "policies")
	e.Digests = map[string]yumen.Digest{"policies": now.Digest}
	e.Details = map[string]string{"own": strconv.FormatBool(now.Own)}
	return journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p}}, nil
}
