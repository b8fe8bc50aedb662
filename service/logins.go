package service

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/access/oidc"
	"github.com/yumen-data/yumen/api"
)

// Bounds of logins that were begun.
const (
	loginEnds  = 10 * time.Minute
	loginsKept = 1000
)

// Logins let people in by an OpenID provider. Nobody is known yet who calls it.
type Logins struct {
	service  *Service
	cfg      oidc.Config
	discover func(context.Context) (*oidc.Provider, error)
	clock    func() time.Time

	mu       sync.Mutex
	provider *oidc.Provider
	begun    map[string]begun
}

// begun is a login that was begun.
type begun struct {
	attempt oidc.Attempt
	ends    time.Time
}

// NewLogins returns logins by the provider that discover finds, which is asked when somebody logs in first.
func NewLogins(s *Service, cfg oidc.Config, discover func(context.Context) (*oidc.Provider, error),
	clock func() time.Time) *Logins {
	return &Logins{service: s, cfg: cfg, discover: discover, clock: clock, begun: map[string]begun{}}
}

// BeginLogin begins a login whose browser comes back to redirect, on loopback.
func (l *Logins) BeginLogin(ctx context.Context, redirect string) (api.Login, error) {
	if l.cfg.Issuer == "" {
		return api.Login{}, yumen.Errorf(yumen.KindNotFound, "this domain has no OpenID provider", "本域未配置 OpenID 提供方").
			ToFix("use a token, or name a provider under oidc in home.yaml", "请使用令牌，或在 home.yaml 的 oidc 中配置提供方")
	}
	p, err := l.ask(ctx)
	if err != nil {
		return api.Login{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	for h, b := range l.begun {
		if !now.Before(b.ends) {
			delete(l.begun, h)
		}
	}
	if len(l.begun) >= loginsKept {
		return api.Login{}, yumen.Errorf(yumen.KindLimit, "too many logins were begun and not ended",
			"未完成的登录过多").ToFix("wait some minutes", "请稍候几分钟")
	}
	a, url, err := p.Begin(redirect)
	if err != nil {
		return api.Login{}, err
	}
	out := api.Login{Handle: rand.Text(), URL: url, Ends: now.Add(loginEnds)}
	l.begun[out.Handle] = begun{a, out.Ends}
	return out, nil
}

// ask returns the provider, which is asked how it is used until it says so. Logins that were begun do not wait for it.
func (l *Logins) ask(ctx context.Context) (*oidc.Provider, error) {
	l.mu.Lock()
	p := l.provider
	l.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := l.discover(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.provider = p
	return p, nil
}

// FinishLogin ends a login with what the browser brought, and returns a token for the session. A login is ended once,
// however that goes.
func (l *Logins) FinishLogin(ctx context.Context, f api.LoginAnswer) (api.IssuedToken, error) {
	if err := l.service.auth.Allow(ctx); err != nil {
		return api.IssuedToken{}, err
	}
	t, err := l.finish(ctx, f)
	if yumen.KindOf(err) == yumen.KindDenied {
		l.service.auth.Failed(ctx)
	}
	return t, err
}

func (l *Logins) finish(ctx context.Context, f api.LoginAnswer) (api.IssuedToken, error) {
	l.mu.Lock()
	b, ok := l.begun[f.Handle]
	delete(l.begun, f.Handle)
	p := l.provider
	l.mu.Unlock()
	if !ok || !l.clock().Before(b.ends) {
		return api.IssuedToken{},
			yumen.Errorf(yumen.KindDenied, "no such login was begun, or it took too long",
				"没有该登录，或已超时").ToFix("begin it anew", "请重新登录")
	}
	id, err := p.Finish(ctx, b.attempt, f.State, f.Code)
	if err != nil {
		return api.IssuedToken{}, err
	}
	person, err := l.service.route.LogIn(ctx,
		access.LoggedIn{Login: id.Login, Name: id.Name, Org: id.Org, Roles: id.Roles,
			Claims: l.cfg.Roles == oidc.RolesFromClaims})
	if err != nil {
		return api.IssuedToken{}, err
	}
	c, token, err := access.NewCredential(api.Token{Person: person.Name, Method: api.MethodOIDC, Label: "login",
		Scopes: api.Scopes})
	if err != nil {
		return api.IssuedToken{}, err
	}
	c, err = l.service.route.CreateCredential(ctx, person, c, time.Duration(l.cfg.Session), func() error {
		_, err := l.service.auth.Find(ctx, person.Name)
		return err
	})
	if err != nil {
		return api.IssuedToken{}, err
	}
	return api.IssuedToken{Token: c.Token, Secret: token}, nil
}
