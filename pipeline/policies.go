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
	const id = "current"
	was, err := journal.Find[policiesInForce](ctx, s.state, store.Policies, id)
	if err != nil || was.Rev == 0 && !own || was.V == (policiesInForce{digest, own}) {
		return err
	}
	p, err := journal.Put(store.Policies, id, was.Rev, policiesInForce{digest, own})
	if err != nil {
		return err
	}
	e := s.systemEntry(yumen.ActionPoliciesLoad, "policies")
	e.Digests = map[string]yumen.Digest{"policies": digest}
	e.Details = map[string]string{"own": strconv.FormatBool(own)}
	return s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p}})
}
