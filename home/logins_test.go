package home

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// The code of a new home makes one token of an administrator, and nothing else; an older one counts no more.
func TestFirstCode(t *testing.T) {
	h := openHome(t, "")
	code := func() string {
		path, err := h.FirstCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if info, err1 := os.Stat(path); err != nil || err1 != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v %v", err, err1)
		}
		return strings.TrimSpace(string(b))
	}
	old := code()
	by, err := h.Auth.Authenticate(t.Context(), code())
	if err != nil || by.Person.Name != "admin" {
		t.Fatalf("%+v %v", by, err)
	}
	if _, err := h.Auth.Authenticate(t.Context(), old); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("the first code: %v", err)
	}
	h.as(t, "analyst") // local identities do not end with a code
	if _, err := h.Service.People(t.Context(), by); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("it does more: %v", err)
	}
	if _, err := h.Service.CreateToken(t.Context(), by,
		api.NewToken{Person: "analyst"}); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("for somebody else: %v", err)
	}
	var wg sync.WaitGroup
	made := make([]api.IssuedToken, 4)
	for i := range made {
		wg.Go(func() { made[i], _ = h.Service.CreateToken(t.Context(), by, api.NewToken{}) })
	}
	wg.Wait()
	n := 0
	for _, m := range made {
		if m.Secret == "" {
			continue
		}
		n++
		admin, err := h.Auth.Authenticate(t.Context(), m.Secret)
		if err != nil || admin.Person.Asserted {
			t.Errorf("%+v %v", admin, err)
		}
		if _, err := h.Service.People(t.Context(), admin); err != nil {
			t.Error(err)
		}
	}
	if n != 1 {
		t.Errorf("%d tokens by one code", n)
	}
	if path, err := h.FirstCode(t.Context()); path != "" || err != nil {
		t.Errorf("another code once somebody has a token: %s %v", path, err)
	}
	if _, err := h.Auth.Asserted(t.Context(), "analyst"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("local identities: %v", err)
	}
}

// People log in at a provider as themselves; a second account of the same name does not, nor somebody whom nobody
// entered. Failed logins are in the log, together.
func TestLoginAtAProvider(t *testing.T) {
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown() // the test is over
	dir := made(t)
	login := func(h *Home, user *mockoidc.MockUser) (api.IssuedToken, error) {
		m.QueueUser(user)
		l, err := h.Logins.BeginLogin(t.Context(), "http://127.0.0.1:1/")
		if err != nil {
			t.Fatal(err)
		}
		c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		r, err := c.Get(l.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		u, err := r.Location()
		if err != nil {
			t.Fatal(err)
		}
		a := api.LoginAnswer{Handle: l.Handle, State: u.Query().Get("state"), Code: u.Query().Get("code")}
		tok, err := h.Logins.FinishLogin(t.Context(), a)
		if _, again := h.Logins.FinishLogin(t.Context(), a); yumen.KindOf(again) != yumen.KindDenied {
			t.Errorf("a login is ended twice: %v", again)
		}
		return tok, err
	}
	open := func(more string) *Home {
		secret := dir + "-secret"
		if err := os.WriteFile(secret, []byte(m.ClientSecret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		text := "domain: test\nisolation: none\noidc: {issuer: " + m.Issuer() + ", client_id: " + m.ClientID +
			", client_secret_file: " + secret + more + "}\n"
		if err := os.WriteFile(PathOf(dir, SettingsFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := Open(t.Context(), dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := open("")
	tok, err := login(h, &mockoidc.MockUser{Subject: "s-1", PreferredUsername: "analyst"})
	if err != nil || tok.Method != api.MethodOIDC {
		t.Fatalf("%+v %v", tok, err)
	}
	by, err := h.Auth.Authenticate(t.Context(), tok.Secret)
	if err != nil || by.Person.Asserted || by.Method != api.MethodOIDC {
		t.Errorf("%+v %v", by, err)
	}
	if _, err := h.Service.Jobs(t.Context(), by); err != nil {
		t.Error(err)
	}
	if _, err := login(h, &mockoidc.MockUser{Subject: "s-1", PreferredUsername: "analyst"}); err != nil {
		t.Errorf("again: %v", err)
	}
	for what, u := range map[string]*mockoidc.MockUser{"another account": {Subject: "s-2",
		PreferredUsername: "analyst"}, "nobody": {Subject: "s-3", PreferredUsername: "mallory"},
		"the system": {Subject: "s-4", PreferredUsername: "system"}} {
		if tok, err := login(h, u); yumen.KindOf(err) != yumen.KindDenied || tok.Secret != "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = open(", roles: claims, scopes: [openid, profile, email, groups], org_claim: email, role_of: [{group: checkers, role: reviewer}]")
	defer h.Close() // the test is over
	if es := h.said(t, yumen.ActionLoginRefuse); len(es) != 1 || es[0].Details["wrong"] != "5" &&
		es[0].Details["wrong"] != "8" {
		t.Errorf("%+v", es)
	}
	tok, err = login(h, &mockoidc.MockUser{Subject: "s-9", PreferredUsername: "wang.wu", Email: "court",
		Groups: []string{"checkers"}})
	if err != nil {
		t.Fatal(err)
	}
	wang, err := h.Auth.Authenticate(t.Context(), tok.Secret)
	if err != nil || wang.Person.Org != "court" || !wang.Person.Has(yumen.RoleReviewer) {
		t.Errorf("%+v %v", wang, err)
	}
	if _, err := login(h, &mockoidc.MockUser{Subject: "s-9", PreferredUsername: "wang.wu",
		Email: "court"}); err != nil {
		t.Error(err)
	}
	if _, err := h.Service.Waiting(t.Context(), wang, "", 0); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("a role that the claims took away: %v", err)
	}
	if _, err := h.Service.Verify(t.Context(), api.Machine(), api.VerifyOptions{}); err != nil {
		t.Error(err)
	}
}
