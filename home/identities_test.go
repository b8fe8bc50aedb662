package home

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/sqlite"
)

// openHome returns a home that is open for writing, with the people that a new one has.
func openHome(t *testing.T, local access.LocalIdentities) *Home {
	t.Helper()
	h, err := openHomeAt(t, made(t), local)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func openHomeAt(t *testing.T, dir string, local access.LocalIdentities) (*Home, error) {
	t.Helper()
	text := "domain: test\nisolation: none\n"
	if local != "" {
		text += "local_identities: " + string(local) + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, SettingsFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := Open(t.Context(), dir, Options{})
	if err == nil {
		t.Cleanup(func() { _ = h.Close() })
	}
	return h, err
}

// as returns the principal of a person whom nobody authenticated.
func (h *Home) as(t *testing.T, name string) api.Principal {
	t.Helper()
	by, err := h.Auth.Asserted(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return by
}

// with returns the principal of a new token.
func (h *Home) with(t *testing.T, by api.Principal, n api.NewToken) (api.Principal, api.IssuedToken) {
	t.Helper()
	made, err := h.Service.CreateToken(t.Context(), by, n)
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Auth.Authenticate(t.Context(), made.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return p, made
}

// said returns the entries of the log with an action.
func (h *Home) said(t *testing.T, action yumen.AuditAction) (out []yumen.Entry) {
	t.Helper()
	vkey, err := h.publicKey()
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range audit.Reader(h.path(LogDir), vkey)(0) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Entry.Action == action {
			out = append(out, r.Entry)
		}
	}
	return out
}

func TestTokens(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	by, made := h.with(t, h.as(t, "analyst"),
		api.NewToken{Label: "notebook", Scopes: []api.Scope{api.ScopeJobs, api.ScopeIdentities}})
	if !by.Person.Asserted || by.Method != api.MethodToken {
		t.Errorf("made by somebody whom nobody authenticated: %+v", by)
	}
	if _, err := h.Service.Jobs(t.Context(), by); err != nil {
		t.Error(err)
	}
	if _, err := h.Service.Datasets(t.Context(), by); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("outside its scopes: %v", err)
	}
	es := h.said(t, yumen.ActionTokenCreate)
	if len(es) != 1 || es[0].Actor != "analyst" || !es[0].Asserted || es[0].Subject != made.ID ||
		es[0].Details["scopes"] != "jobs identities" {
		t.Errorf("%+v", es)
	}
	if err := filepath.WalkDir(h.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), made.Secret[19:]) {
			t.Errorf("the secret stands in %s", path)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if _, err := h.Service.Verify(t.Context(), api.Machine(), api.VerifyOptions{}); err != nil {
		t.Errorf("verify: %v", err)
	}
}

// A token of few scopes, of another's or of a short life makes none of more.
func TestTokensMakeNoMore(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	few, _ := h.with(t, h.as(t, "analyst"), api.NewToken{Scopes: []api.Scope{api.ScopeIdentities, api.ScopeJobs}})
	made, err := h.Service.CreateToken(t.Context(), few, api.NewToken{})
	if err != nil || len(made.Scopes) != 2 || made.With != few.Credential {
		t.Errorf("%+v %v", made, err)
	}
	no, _ := h.with(t, h.as(t, "analyst"), api.NewToken{Scopes: []api.Scope{api.ScopeJobs}})
	for what, c := range map[string]struct {
		by   api.Principal
		want api.NewToken
	}{
		"more scopes":         {few, api.NewToken{Scopes: []api.Scope{api.ScopeReleases}}},
		"without the scope":   {no, api.NewToken{}},
		"no scopes":           {few, api.NewToken{Scopes: []api.Scope{}}},
		"an unknown scope":    {few, api.NewToken{Scopes: []api.Scope{"*"}}},
		"a scope twice":       {few, api.NewToken{Scopes: []api.Scope{api.ScopeJobs, api.ScopeJobs}}},
		"for ever":            {few, api.NewToken{Lifetime: 367 * 24 * time.Hour}},
		"into the past":       {few, api.NewToken{Lifetime: -time.Hour}},
		"a label of lines":    {few, api.NewToken{Label: "a\nb"}},
		"for somebody else":   {few, api.NewToken{Person: "reviewer"}},
		"for nobody":          {h.as(t, "admin"), api.NewToken{Person: "nobody"}},
		"a reviewer's":        {h.as(t, "admin"), api.NewToken{Person: "reviewer"}},
		"a provider's":        {h.as(t, "admin"), api.NewToken{Person: "provider"}},
		"two days of another": {h.as(t, "admin"), api.NewToken{Person: "analyst", Lifetime: 48 * time.Hour}},
	} {
		if made, err := h.Service.CreateToken(t.Context(), c.by, c.want); err == nil || made.Secret != "" {
			t.Errorf("%s: %+v %v", what, made, err)
		}
	}
}

// A token that is revoked ends at once, with all that were made with it; whoever held a principal of it is refused.
func TestRevoke(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	first, made := h.with(t, h.as(t, "analyst"), api.NewToken{})
	second, _ := h.with(t, first, api.NewToken{})
	third, last := h.with(t, second, api.NewToken{})
	beside, _ := h.with(t, h.as(t, "analyst"), api.NewToken{})
	if _, err := h.Service.RevokeToken(t.Context(), h.as(t, "reviewer"),
		made.ID); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("somebody else's: %v", err)
	}
	if _, err := h.Service.RevokeToken(t.Context(), h.as(t, "reviewer"),
		"aaaaaaaaaaaa"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("whether there is one is told: %v", err)
	}
	ended, err := h.Service.RevokeToken(t.Context(), first, made.ID)
	if err != nil || len(ended) != 3 || len(h.said(t, yumen.ActionTokenRevoke)) != 3 {
		t.Errorf("%v %v", ended, err)
	}
	for _, by := range []api.Principal{first, second, third} {
		if _, err := h.Service.Jobs(t.Context(), by); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("%s: %v", by.Credential, err)
		}
	}
	if _, err := h.Auth.Authenticate(t.Context(), last.Secret); yumen.KindOf(err) != yumen.KindDenied {
		t.Error(err)
	}
	if _, err := h.Service.Jobs(t.Context(), beside); err != nil {
		t.Error(err)
	}
	if _, err := h.Service.RevokeToken(t.Context(), beside, made.ID); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("twice: %v", err)
	}
	all, err := h.Service.Tokens(t.Context(), h.as(t, "admin"))
	mine, err1 := h.Service.Tokens(t.Context(), h.as(t, "reviewer"))
	if err := errors.Join(err, err1); err != nil || len(all) != 4 || len(mine) != 0 {
		t.Errorf("%v %v %v", all, mine, err)
	}
}

// Of a token that is revoked while others are made with it none is left.
func TestRevokeWhileMaking(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	for range 8 {
		first, made := h.with(t, h.as(t, "analyst"), api.NewToken{})
		var wg sync.WaitGroup
		tokens := make([]api.IssuedToken, 4)
		for i := range tokens {
			wg.Go(func() {
				tokens[i], _ = h.Service.CreateToken(context.WithoutCancel(t.Context()), first, api.NewToken{})
			})
		}
		if _, err := h.Service.RevokeToken(t.Context(), h.as(t, "admin"), made.ID); err != nil {
			t.Error(err)
		}
		wg.Wait()
		for _, m := range tokens {
			if m.Secret == "" {
				continue
			}
			if by, err := h.Auth.Authenticate(t.Context(), m.Secret); yumen.KindOf(err) != yumen.KindDenied {
				t.Errorf("outlives its maker: %+v %v", by, err)
			}
		}
	}
}

// Local identities end with the first token, unless the settings keep them.
func TestLocalIdentitiesEnd(t *testing.T) {
	dir := made(t)
	h, err := openHomeAt(t, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	_, token := h.with(t, h.as(t, "admin"), api.NewToken{})
	if _, err := h.Auth.Asserted(t.Context(), "provider"); yumen.KindOf(err) != yumen.KindDenied {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for local, want := range map[access.LocalIdentities]bool{"": false, access.LocalOff: false,
		access.LocalAsserted: true} {
		h, err := openHomeAt(t, dir, local)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Auth.Asserted(t.Context(), "provider"); (err == nil) != want {
			t.Errorf("%q: %v", local, err)
		}
		if _, err := h.Auth.Authenticate(t.Context(), token.Secret); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A credential that was changed, put back or made up in the state lets nobody in, and audit verify says so.
func TestCredentialsAreBoundToTheLog(t *testing.T) {
	for what, change := range map[string]func(before, now store.Record) store.Record{
		"revocation undone": func(before, now store.Record) store.Record { before.Rev = now.Rev; return before },
		"person changed": func(_, now store.Record) store.Record {
			now.Body = []byte(strings.Replace(string(now.Body), `"analyst"`, `"reviewer"`, 1))
			return now
		}} {
		dir := made(t)
		h, err := openHomeAt(t, dir, access.LocalAsserted)
		if err != nil {
			t.Fatal(err)
		}
		_, token := h.with(t, h.as(t, "analyst"), api.NewToken{})
		before := recordIn(t, dir, store.Credential, token.ID)
		if what == "revocation undone" {
			if _, err := h.Service.RevokeToken(t.Context(), h.as(t, "analyst"), token.ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		rewriteIn(t, dir, change(before, recordIn(t, dir, store.Credential, token.ID)))
		if h, err = openHomeAt(t, dir, access.LocalAsserted); err != nil {
			t.Fatal(err)
		}
		if by, err := h.Auth.Authenticate(t.Context(), token.Secret); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s: %+v %v", what, by, err)
		}
		if _, err := h.Service.Verify(t.Context(), api.Machine(),
			api.VerifyOptions{}); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s: verify: %v", what, err)
		}
	}
}

// recordIn reads a record of a home as somebody does who has the state file.
func recordIn(t *testing.T, dir string, kind store.Kind, id string) store.Record {
	t.Helper()
	st, err := sqlite.OpenReader(t.Context(), filepath.Join(dir, stateFile))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	r, err := st.Get(t.Context(), kind, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rewriteIn writes a record past the journal.
func rewriteIn(t *testing.T, dir string, r store.Record) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, stateFile), false)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	in := &store.Intent{Puts: []store.Record{r}}
	if err := st.Intend(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := st.Apply(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}
