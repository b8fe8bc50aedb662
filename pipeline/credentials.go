package pipeline

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Credential returns the credential of an id, or kind not_found.
func (s *Service) Credential(ctx context.Context, id string) (access.Credential, error) {
	c, err := journal.Load[access.Credential](ctx, s.state, store.Credential, id)
	return c.V, err
}

// Credentialed reports whether a credential was ever made, but for codes that make the first one.
func (s *Service) Credentialed(ctx context.Context) (bool, error) {
	if n, err := s.state.Committed(ctx, store.Credential); err != nil || n == 0 {
		return false, err
	}
	all, err := s.Credentials(ctx)
	return slices.ContainsFunc(all, func(c access.Credential) bool { return c.Method != api.MethodCode }), err
}

// Credentials returns all credentials, oldest first.
func (s *Service) Credentials(ctx context.Context) ([]access.Credential, error) {
	all, err := journal.List[access.Credential](ctx, s.state, store.Credential, "")
	slices.SortStableFunc(all, func(a, b access.Credential) int { return a.Issued.Compare(b.Issued) })
	return all, err
}

// CreateCredential records a new credential that lives for a while, and returns it. Whether it may be made is asked
// when the people concerned are as they are in the step, and where it is made with another one, that one still counts
// then.
func (s *Service) CreateCredential(ctx context.Context, by yumen.Actor, c access.Credential, life time.Duration,
	may func() error) (out access.Credential, err error) {
	for range maxTries { // others may be made with the same one meanwhile
		if out, err = s.createCredential(ctx, by, c, life, may); !stale(err) {
			break
		}
	}
	return out, err
}

func (s *Service) createCredential(ctx context.Context, by yumen.Actor, c access.Credential, life time.Duration,
	may func() error) (access.Credential, error) {
	c.Issued, c.By = s.now(), by.Name
	c.Expires = c.Issued.Add(life)
	st := journal.Step{}
	owner, err := journal.Find[api.Person](ctx, s.state, store.Person, c.Person)
	if err == nil {
		st.Seen, err = s.personSeen(ctx, by.Name)
	}
	if err == nil {
		err = may()
	}
	if err != nil {
		return c, err
	}
	if owner.Rev > 0 { // written as it is: of this and what ends all tokens of the person the second is decided anew
		p, err := journal.Put(store.Person, c.Person, owner.Rev, owner.V)
		if err != nil {
			return c, err
		}
		st.Records = append(st.Records, p)
	}
	if c.With != "" {
		if err := s.madeOf(ctx, by, &c, &st); err != nil {
			return c, err
		}
	}
	e := s.entry(by, yumen.ActionTokenCreate, c.ID)
	e.At = c.Issued
	e.Details = map[string]string{"person": c.Person, "method": string(c.Method), "scopes": scopesText(c.Scopes),
		"expires": c.Expires.Format(time.RFC3339)}
	if c.With != "" {
		e.Details["with"] = c.With
	}
	if c.HandedBy != "" {
		e.Details["handed_by"] = c.HandedBy
	}
	p, err := journal.Put(store.Credential, c.ID, 0, c)
	if err != nil {
		return c, err
	}
	st.Entries, st.Records = append([]yumen.Entry{e}, st.Entries...), append(st.Records, p)
	return c, s.journal.Commit(ctx, st)
}

// madeOf has a step say of a credential that another one was made with it, which still counts then. A code is used up,
// and all other credentials of its person end: whoever had them notices that somebody came in by a code.
func (s *Service) madeOf(ctx context.Context, by yumen.Actor, c *access.Credential, st *journal.Step) error {
	with, err := journal.Load[access.Credential](ctx, s.state, store.Credential, c.With)
	if err == nil {
		err = with.V.Counts(c.Issued)
	}
	if err != nil {
		return err
	}
	with.V.Made++
	if c.Person == with.V.Person {
		c.HandedBy = with.V.HandedBy
	}
	if with.V.Method == api.MethodCode {
		if c.HandedBy = with.V.By; c.HandedBy == yumen.System.Name { // of a new home
			c.HandedBy = ""
		}
		with.V.Revoked = &api.TokenRevoked{At: c.Issued, By: by.Name}
		if err := s.endTokens(ctx, by, c.Person, st,
			func(o access.Credential) bool { return o.ID != c.With }); err != nil {
			return err
		}
	}
	p, err := journal.Put(store.Credential, c.With, with.Rev, with.V)
	st.Records = append(st.Records, p)
	return err
}

func scopesText(scopes []api.Scope) string {
	out := make([]string, len(scopes))
	for i, sc := range scopes {
		out[i] = string(sc)
	}
	return strings.Join(out, " ")
}

// RevokeCredential ends a credential and all that were made with it, in one step, and returns those that it ended.
func (s *Service) RevokeCredential(ctx context.Context, by yumen.Actor, id string) (out []access.Credential,
	err error) {
	for range maxTries { // one may be made with it meanwhile
		if out, err = s.revokeCredential(ctx, by, id); !stale(err) {
			break
		}
	}
	return out, err
}

func (s *Service) revokeCredential(ctx context.Context, by yumen.Actor, id string) ([]access.Credential, error) {
	st := journal.Step{}
	var out []access.Credential
	next := []string{id}
	for len(next) > 0 {
		c, err := journal.Load[access.Credential](ctx, s.state, store.Credential, next[0])
		if err != nil {
			return nil, err
		}
		if c.V.Revoked == nil {
			if err := s.revoke(by, &c, &st); err != nil {
				return nil, err
			}
			out = append(out, c.V)
		}
		made, err := s.madeWith(ctx, next[0])
		if err != nil {
			return nil, err
		}
		next = append(next[1:], made...)
	}
	if len(out) == 0 {
		return nil, yumen.Errorf(yumen.KindConflict, "token %s is revoked already", "令牌 %s 此前已撤销",
			id).ToFix("nothing is left to do", "无需再操作")
	}
	return out, s.journal.Commit(ctx, st)
}

// revoke has a step end a credential.
func (s *Service) revoke(by yumen.Actor, c *journal.Versioned[access.Credential], st *journal.Step) error {
	c.V.Revoked = &api.TokenRevoked{At: s.now(), By: by.Name}
	p, err := journal.Put(store.Credential, c.V.ID, c.Rev, c.V)
	e := s.entry(by, yumen.ActionTokenRevoke, c.V.ID)
	e.Details = map[string]string{"person": c.V.Person}
	st.Entries, st.Records = append(st.Entries, e), append(st.Records, p)
	return err
}

// madeWith returns the ids of the credentials that were made with one.
func (s *Service) madeWith(ctx context.Context, id string) (out []string, err error) {
	all, err := s.Credentials(ctx)
	for _, c := range all {
		if c.With == id {
			out = append(out, c.ID)
		}
	}
	return out, err
}

// RecordFailures has the log say how many logins failed.
func (s *Service) RecordFailures(ctx context.Context, f access.Failures) error {
	e := s.systemEntry(yumen.ActionLoginRefuse, "login")
	e.Details = map[string]string{"wrong": strconv.Itoa(f.Wrong), "ended": strconv.Itoa(f.Ended),
		"locked":  strconv.Itoa(f.Locked),
		"sources": strconv.Itoa(f.Sources)}
	return s.record(ctx, e)
}
