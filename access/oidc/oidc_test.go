package oidc

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/yumen-data/yumen"
)

// provider runs a provider on loopback.
func provider(t *testing.T, change func(*Config)) (*mockoidc.MockOIDC, *Provider) {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	c := Config{Issuer: m.Issuer(), ClientID: m.ClientID,
		Scopes: []string{"openid", "profile", "email", "groups"}}.WithDefaults()
	change(&c)
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	p, err := Discover(t.Context(), c, m.ClientSecret, &http.Client{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

const back = "http://127.0.0.1:1/"

// browse goes to an address as a browser does, and returns what comes back to the redirect.
func browse(t *testing.T, to string) url.Values {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := c.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	u, err := r.Location()
	if err != nil || !strings.HasPrefix(u.String(), back) {
		t.Fatalf("%s: %v %v", r.Status, u, err)
	}
	return u.Query()
}

func TestLogin(t *testing.T) {
	m, p := provider(t, func(c *Config) {
		c.Roles, c.OrgClaim, c.RoleOf = RolesFromClaims, "email",
			[]GroupRole{{"reviewers", yumen.RoleReviewer}, {"ops", yumen.RoleAdmin}}
	})
	m.QueueUser(&mockoidc.MockUser{Subject: "s-1", PreferredUsername: "zhang.san", Email: "court", EmailVerified: true,
		Groups: []string{"reviewers", "others", "reviewers"}})
	a, to, err := p.Begin(back)
	if err != nil {
		t.Fatal(err)
	}
	if u, err := url.Parse(to); err != nil || u.Query().Get("code_challenge_method") != "S256" ||
		u.Query().Get("nonce") == "" || strings.Contains(to, a.verifier) {
		t.Errorf("%s %v", to, err)
	}
	q := browse(t, to)
	id, err := p.Finish(t.Context(), a, q.Get("state"), q.Get("code"))
	if err != nil || id.Name != "zhang.san" || id.Login != m.Issuer()+" s-1" || id.Org != "court" ||
		!slices.Equal(id.Roles, []yumen.Role{yumen.RoleReviewer}) {
		t.Errorf("%+v %v", id, err)
	}
	if _, err := p.Finish(t.Context(), a, q.Get("state"), q.Get("code")); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("the code counts twice: %v", err)
	}
}

// What does not belong to the login that was begun is refused, and no error holds a code or a token.
func TestLoginsThatAreRefused(t *testing.T) {
	_, p := provider(t, func(*Config) {})
	for what, change := range map[string]func(a *Attempt, q url.Values){
		"another state":         func(_ *Attempt, q url.Values) { q.Set("state", "x") },
		"no state":              func(a *Attempt, q url.Values) { a.State = ""; q.Set("state", "") },
		"another code":          func(_ *Attempt, q url.Values) { q.Set("code", "x") },
		"no code":               func(_ *Attempt, q url.Values) { q.Set("code", "") },
		"another verifier":      func(a *Attempt, _ url.Values) { a.verifier = strings.Repeat("x", 43) },
		"another login's nonce": func(a *Attempt, _ url.Values) { a.nonce = "x" },
	} {
		a, to, err := p.Begin(back)
		if err != nil {
			t.Fatal(err)
		}
		q := browse(t, to)
		code := q.Get("code")
		change(&a, q)
		id, err := p.Finish(t.Context(), a, q.Get("state"), q.Get("code"))
		if yumen.KindOf(err) != yumen.KindDenied || id.Name != "" || strings.Contains(err.Error(), code) {
			t.Errorf("%s: %+v %v", what, id, err)
		}
	}
}

// roundTrip stands between a client and the network.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip answers a request.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// liar is a user about whom the provider states something else.
type liar struct {
	*mockoidc.MockUser
	change func(*mockoidc.IDTokenClaims)
}

// Claims returns what is stated.
func (l liar) Claims(scope []string, c *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	l.change(c)
	return l.MockUser.Claims(scope, c)
}

// What a provider states that is old, for another login or another client, or not signed by it, is refused, and whoever
// logs in reads what is wrong in both languages, without the code and the token.
func TestStatementsThatAreRefused(t *testing.T) {
	m, p := provider(t, func(*Config) {})
	other, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	own, forge := m.Keypair, false
	p.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, mockoidc.TokenEndpoint) && forge {
			m.Keypair = other
			defer func() { m.Keypair = own }()
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	for what, c := range map[string]struct {
		change func(*mockoidc.IDTokenClaims)
		en, zh string
	}{
		"expired": {func(c *mockoidc.IDTokenClaims) {
			c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(-time.Minute))
		}, "expired at", "过期"},
		"another nonce": {func(c *mockoidc.IDTokenClaims) { c.Nonce = "x" }, "nonce", "nonce 不符"},
		"no nonce":      {func(c *mockoidc.IDTokenClaims) { c.Nonce = "" }, "nonce", "nonce 不符"},
		"another client": {func(c *mockoidc.IDTokenClaims) { c.Audience = jwt.ClaimStrings{"another"} },
			"oidc.client_id",
			"另一客户端"},
		"no client": {func(c *mockoidc.IDTokenClaims) { c.Audience = nil }, "oidc.client_id", "另一客户端"},
		"another issuer": {func(c *mockoidc.IDTokenClaims) { c.Issuer = "https://id.example.org" }, "not its own",
			"并非其出具"},
		"another's key": {nil, "not signed by its keys", "未由其密钥签名"},
		"nothing amiss": {func(*mockoidc.IDTokenClaims) {}, "", ""},
	} {
		if forge = c.change == nil; forge {
			c.change = func(*mockoidc.IDTokenClaims) {}
		}
		m.QueueUser(liar{&mockoidc.MockUser{Subject: "s-1", PreferredUsername: "zhang.san"}, c.change})
		a, to, err := p.Begin(back)
		if err != nil {
			t.Fatal(err)
		}
		q := browse(t, to)
		id, err := p.Finish(t.Context(), a, q.Get("state"), q.Get("code"))
		if c.en == "" {
			if err != nil || id.Name != "zhang.san" {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		e := yumen.AsError(err)
		en, zh := e.In(yumen.LangEnglish), e.In(yumen.LangChinese)
		if e.Kind != yumen.KindDenied || id.Name != "" || !strings.Contains(en, c.en) || !strings.Contains(zh, c.zh) ||
			strings.Contains(en+zh, q.Get("code")) || e.Fix.IsZero() {
			t.Errorf("%s: %s\n%s", what, en, zh)
		}
	}
}

// A provider that is down, before a login is begun or in the middle of it, is no failed login of anybody.
func TestProvidersThatAreDown(t *testing.T) {
	m, p := provider(t, func(*Config) {})
	a, to, err := p.Begin(back)
	if err != nil {
		t.Fatal(err)
	}
	q := browse(t, to)
	for range 2 { // the client tries a second way of saying who it is
		m.QueueError(&mockoidc.ServerError{Code: http.StatusBadGateway, Error: mockoidc.InternalServerError})
	}
	for range 2 {
		_, err := p.Finish(t.Context(), a, q.Get("state"), q.Get("code"))
		if e := yumen.AsError(err); e.Kind != yumen.KindUnavailable ||
			!strings.Contains(e.In(yumen.LangChinese), "无法访问") ||
			strings.Contains(err.Error(), q.Get("code")) {
			t.Errorf("%v", err)
		}
		if err := m.Shutdown(); err != nil {
			t.Fatal(err)
		}
	}
	_, err = Discover(t.Context(), p.cfg, "", http.DefaultClient)
	if e := yumen.AsError(err); e.Kind != yumen.KindUnavailable || e.Fix.IsZero() {
		t.Errorf("%v", err)
	}
}

// A name that its person can choose freely, such as an address that nobody verified, names nobody.
func TestNamesThatNobodyVerified(t *testing.T) {
	m, p := provider(t, func(c *Config) { c.NameClaim = "email" })
	for _, verified := range []bool{true, false} {
		m.QueueUser(&mockoidc.MockUser{Subject: "s-1", Email: "a@example.org", EmailVerified: verified})
		a, to, err := p.Begin(back)
		if err != nil {
			t.Fatal(err)
		}
		q := browse(t, to)
		id, err := p.Finish(t.Context(), a, q.Get("state"), q.Get("code"))
		if (err == nil) != verified || (id.Name != "") != verified {
			t.Errorf("verified %v: %+v %v", verified, id, err)
		}
	}
}

func TestRedirectsStayOnLoopback(t *testing.T) {
	_, p := provider(t, func(*Config) {})
	for _, to := range []string{"", "http://example.org:80/", "https://127.0.0.1:1/", "http://127.0.0.1/",
		"http://localhost.example.org:1/", "http://u@127.0.0.1:1/", "file:///etc/passwd",
		"http://127.0.0.1.example.org:1/"} {
		if _, _, err := p.Begin(to); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%q: %v", to, err)
		}
	}
	if _, _, err := p.Begin("http://[::1]:1/"); err != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	good := Config{Issuer: "https://id.example.org", ClientID: "x"}
	for what, change := range map[string]func(*Config){"a plain address": func(c *Config) { c.Issuer = "http://id.example.org" }, "no client": func(c *Config) { c.ClientID = "" },
		"no openid":       func(c *Config) { c.Scopes = []string{"email"} },
		"for ever":        func(c *Config) { c.Session = yumen.Duration(8 * 24 * time.Hour) },
		"roles of nobody": func(c *Config) { c.Roles = "all" },
		"no role":         func(c *Config) { c.RoleOf = []GroupRole{{"a", "root"}} }} {
		c := good
		change(&c)
		if err := c.WithDefaults().Check(); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := good.WithDefaults().Check(); err != nil {
		t.Error(err)
	}
	if err := (Config{}).WithDefaults().Check(); err != nil {
		t.Error(err)
	}
}
