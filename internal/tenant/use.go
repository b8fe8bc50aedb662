package tenant

import (
	"cmp"
	"slices"

	"github.com/yumen-data/yumen"
)

// Use is what a tenant has of each thing that is limited, and how often a limit stood in its way since the process
// began.
type Use struct {
	Key
	Runs        int        `json:"runs"`
	Waiting     int        `json:"waiting"` // runs, for whatever reason
	Memory      yumen.Size `json:"memory"`  // of its runs
	Held        yumen.Size `json:"held"`
	Spool       yumen.Size `json:"spool"`
	Connections int        `json:"connections"`

	Delayed            uint64 `json:"delayed"` // runs that a limit of the tenant held back
	RefusedHeld        uint64 `json:"refused_held"`
	RefusedSpool       uint64 `json:"refused_spool"`
	RefusedCalls       uint64 `json:"refused_calls"`
	RefusedConnections uint64 `json:"refused_connections"`
}

// Uses collects what tenants use. Its zero value is empty.
type Uses struct{ byKey map[Key]*Use }

// Of returns the use of a tenant, to be added to.
func (u *Uses) Of(k Key) *Use {
	if u.byKey == nil {
		u.byKey = map[Key]*Use{}
	}
	if u.byKey[k] == nil {
		u.byKey[k] = &Use{Key: k}
	}
	return u.byKey[k]
}

// Add adds what others counted.
func (u *Uses) Add(others []Use) {
	for _, o := range others {
		s := u.Of(o.Key)
		s.Runs, s.Waiting, s.Connections = s.Runs+o.Runs, s.Waiting+o.Waiting, s.Connections+o.Connections
		s.Memory, s.Held, s.Spool = s.Memory+o.Memory, s.Held+o.Held, s.Spool+o.Spool
		s.Delayed += o.Delayed
		s.RefusedHeld, s.RefusedSpool = s.RefusedHeld+o.RefusedHeld, s.RefusedSpool+o.RefusedSpool
		s.RefusedCalls, s.RefusedConnections = s.RefusedCalls+o.RefusedCalls, s.RefusedConnections+o.RefusedConnections
	}
}

// List returns the uses, contracts before organisations, by name.
func (u *Uses) List() []Use {
	out := make([]Use, 0, len(u.byKey))
	for _, v := range u.byKey {
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b Use) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return out
}
