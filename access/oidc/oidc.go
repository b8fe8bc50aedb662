// Package oidc finds out who somebody is by an OpenID provider: the code flow with PKCE (RFC 7636), a nonce and a
// state, on a loopback redirect (RFC 8252).
//
// It keeps nothing and gives nobody a role: what an identity may do is for package access and the records of the domain
// to say.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/yumen-data/yumen"
)

// RolesFrom says where the roles of people come from who log in by a provider.
type RolesFrom string

// The sources of roles.
const (
	RolesFromRecords RolesFrom = "records" // people are entered before, with their roles
	RolesFromClaims  RolesFrom = "claims"  // the provider says them at every login
)

// Config says which provider is asked, and how its claims are read.
type Config struct {
	// Issuer is the address of the provider, https or on loopback. Without it nobody logs in so.
	Issuer   string `yaml:"issuer"`
	ClientID string `yaml:"client_id"`
	// SecretFile is a file of mode 0600 with the client's secret. A public client has none.
	SecretFile string `yaml:"client_secret_file"`
	// CAFile is a PEM file with the authorities that the provider's certificate is checked by. Defaults to the
	// system's.
	CAFile string `yaml:"ca_file"`
	// Scopes are asked for. Defaults to openid, profile and email.
	Scopes []string `yaml:"scopes"`
	// NameClaim has the name of the person. It must be one that people cannot choose. Defaults to preferred_username.
	NameClaim string `yaml:"name_claim"`
	// Roles says where roles come from. Defaults to records.
	Roles RolesFrom `yaml:"roles"`
	// RolesClaim has a list of groups, OrgClaim the organisation. Default to groups and org.
	RolesClaim string `yaml:"roles_claim"`
	OrgClaim   string `yaml:"org_claim"`
	// RoleOf says which role a group stands for. Groups that are not in it stand for none.
	RoleOf []GroupRole `yaml:"role_of"`
	// Session is how long a login counts. Defaults to 12h, 7 days at most.
	Session yumen.Duration `yaml:"session"`
}

// GroupRole says which role a group stands for.
type GroupRole struct {
	Group string     `yaml:"group"`
	Role  yumen.Role `yaml:"role"`
}

// Bounds of a session.
const (
	defaultSession = 12 * time.Hour
	longestSession = 7 * 24 * time.Hour
)

// WithDefaults returns the configuration with what was left out.
func (c Config) WithDefaults() Config {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&c.NameClaim, "preferred_username")
	def(&c.RolesClaim, "groups")
	def(&c.OrgClaim, "org")
	if c.Roles == "" {
		c.Roles = RolesFromRecords
	}
	if c.Scopes == nil {
		c.Scopes = []string{oidc.ScopeOpenID, "profile", "email"}
	}
	if c.Session == 0 {
		c.Session = yumen.Duration(defaultSession)
	}
	return c
}

// Check refuses a configuration that cannot be used, with kind invalid and every reason.
func (c Config) Check() error {
	var rs []yumen.Reason
	add := func(place string, msg yumen.Text) {
		rs = append(rs, yumen.Reason{Rule: "oidc", Place: "oidc." + place, Msg: msg})
	}
	if c.Issuer == "" {
		return nil
	}
	if u, err := url.Parse(c.Issuer); err != nil || u.Host == "" || u.Scheme != "https" &&
		!(u.Scheme == "http" && loopback(u.Hostname())) {
		add("issuer", yumen.Say("it is an https address, or one on loopback", "应为 https 地址或本机回环地址"))
	}
	if c.ClientID == "" {
		add("client_id", yumen.Say("it is missing", "缺失"))
	}
	if c.Roles != RolesFromRecords && c.Roles != RolesFromClaims {
		add("roles", yumen.Say("it is records or claims", "只能是 records 或 claims"))
	}
	if !slices.Contains(c.Scopes, oidc.ScopeOpenID) {
		add("scopes", yumen.Say("openid is among them", "须包含 openid"))
	}
	if s := time.Duration(c.Session); s < time.Minute || s > longestSession {
		add("session", yumen.Say("it is a minute to 7 days", "应为一分钟至 7 天"))
	}
	for _, g := range c.RoleOf {
		if !slices.Contains(yumen.Roles, g.Role) || g.Group == "" {
			add("role_of", yumen.Say("group %q stands for no role: %q", "组 %q 没有对应的角色：%q", g.Group, string(g.Role)))
		}
	}
	return yumen.Refuse(yumen.KindInvalid,
		yumen.Say("the OpenID provider is not configured so that it can be used", "OpenID 提供方配置有误"), rs)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Identity is who a provider says that somebody is.
type Identity struct {
	Login string // issuer and subject: the one thing that does not change
	Name  string
	Org   string       // where roles come from claims
	Roles []yumen.Role // likewise
}

// Provider is an OpenID provider.
type Provider struct {
	cfg      Config
	client   *http.Client
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	// others verifies what the provider stated for any client, to say what is wrong with a statement.
	others *oidc.IDTokenVerifier
}

// Discover asks a provider how it is used. Secret is that of the client, empty for a public one.
func Discover(ctx context.Context, cfg Config, secret string, client *http.Client) (*Provider, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, client), cfg.Issuer)
	if err != nil {
		return nil, unavailable(err)
	}
	endpoint := p.Endpoint()
	if secret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	keys := oidc.ClientContext(context.WithoutCancel(ctx), client)
	return &Provider{cfg: cfg, client: client,
			verifier: p.VerifierContext(keys, &oidc.Config{ClientID: cfg.ClientID}),
			others:   p.VerifierContext(keys, &oidc.Config{SkipClientIDCheck: true}),
			oauth: oauth2.Config{ClientID: cfg.ClientID, ClientSecret: secret, Endpoint: endpoint,
				Scopes: cfg.Scopes}},
		nil
}

func unavailable(err error) error {
	if errors.As(err, new(*tls.CertificateVerificationError)) {
		return yumen.Errorf(yumen.KindUnavailable,
			"the OpenID provider cannot be asked: its certificate is not by an authority that is trusted here, or for another name",
			"无法访问 OpenID 提供方：其证书并非由此处信任的机构签发，或名称不符").
			ToFix("name its authority as ca_file under oidc in home.yaml",
				"请在 home.yaml 的 oidc 中以 ca_file 指明其签发机构").Because(err)
	}
	return yumen.Errorf(yumen.KindUnavailable, "the OpenID provider cannot be asked", "无法访问 OpenID 提供方").
		ToFix("look whether it is up, and at oidc in home.yaml", "请检查其是否可用及 home.yaml 中的 oidc 设置").Because(err)
}

// Attempt is a login that was begun. All of it is secret but the state.
type Attempt struct {
	State    string
	nonce    string
	verifier string
	redirect string
}

// Begin begins a login, whose browser comes back to a redirect on loopback, and returns where the browser goes.
func (p *Provider) Begin(redirect string) (Attempt, string, error) {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) || u.Port() == "" || u.User != nil {
		return Attempt{}, "", yumen.Errorf(yumen.KindInvalid,
			"a login comes back to an address of this machine, such as http://127.0.0.1:PORT/",
			"登录须返回本机地址，如 http://127.0.0.1:端口/")
	}
	a := Attempt{State: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), redirect: redirect}
	o := p.oauth
	o.RedirectURL = redirect
	return a, o.AuthCodeURL(a.State, oauth2.S256ChallengeOption(a.verifier), oidc.Nonce(a.nonce)), nil
}

// Finish ends a login with what the browser brought, and returns who it is. It fails with kind denied where anything
// does not belong to the attempt, and with kind unavailable where the provider cannot be asked.
func (p *Provider) Finish(ctx context.Context, a Attempt, state, code string) (Identity, error) {
	if a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) != 1 || code == "" {
		return Identity{}, refused(yumen.Say("the answer is not that of this login", "应答不属于本次登录"), nil)
	}
	ctx = oidc.ClientContext(ctx, p.client)
	o := p.oauth
	o.RedirectURL = a.redirect
	t, err := o.Exchange(ctx, code, oauth2.VerifierOption(a.verifier))
	if err != nil {
		return Identity{}, exchangeFailed(err)
	}
	raw, _ := t.Extra("id_token").(string)
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, p.notAccepted(ctx, raw, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.nonce)) != 1 {
		return Identity{}, refused(yumen.Say("the provider's statement is about another login: its nonce is not that of this one",
			"提供方的声明属于另一次登录：nonce 不符"), nil)
	}
	return p.identity(id)
}

// refused is the refusal of a login.
func refused(why yumen.Text, err error) error {
	return yumen.Errorf(yumen.KindDenied, "the login came to nothing: %s", "登录未成功：%s", why).ToFix("begin it anew",
		"请重新登录").Because(err)
}

// exchangeFailed says why a code was not exchanged. What the provider said stays in the cause, without tokens.
func exchangeFailed(err error) error {
	var r *oauth2.RetrieveError
	switch {
	case !errors.As(err, &r):
		return unavailable(err)
	case r.Response != nil && r.Response.StatusCode >= http.StatusInternalServerError:
		return unavailable(fmt.Errorf("it answers %s", r.Response.Status))
	}
	return refused(yumen.Say("the provider refused the code", "提供方拒绝了授权码"), fmt.Errorf("%.60q", r.ErrorCode))
}

// notAccepted says why a statement of the provider was not accepted.
func (p *Provider) notAccepted(ctx context.Context, raw string, err error) error {
	var expired *oidc.TokenExpiredError
	switch {
	case raw == "":
		return refused(yumen.Say("the provider makes no statement of who it is (no id_token)",
			"提供方未给出身份声明（无 id_token）"), nil)
	case errors.As(err, &expired):
		return refused(yumen.Say("the provider's statement expired at %s; look at the clocks of both machines",
			"提供方的声明已于 %s 过期；请检查两台机器的时钟", expired.Expiry.UTC().Format(time.RFC3339)), nil)
	case errors.As(err, new(*url.Error)):
		return unavailable(err)
	}
	if _, other := p.others.Verify(ctx, raw); other == nil {
		return refused(yumen.Say("the provider's statement is for another client than oidc.client_id says",
			"提供方的声明面向另一客户端，与 oidc.client_id 不符"), nil)
	}
	return refused(yumen.Say("the provider's statement is not signed by its keys, or not its own",
		"提供方的声明未由其密钥签名，或并非其出具"), nil)
}

// identity reads the claims.
func (p *Provider) identity(id *oidc.IDToken) (Identity, error) {
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return Identity{}, refused(yumen.Say("the provider's claims cannot be read", "无法读取提供方的声明"), nil)
	}
	text := func(name string) string { s, _ := claims[name].(string); return s }
	out := Identity{Login: id.Issuer + " " + id.Subject, Name: text(p.cfg.NameClaim)}
	if verified, given := claims["email_verified"].(bool); p.cfg.NameClaim == "email" && (!given || !verified) {
		out.Name = ""
	}
	if out.Name == "" || id.Subject == "" || strings.ContainsAny(id.Subject, " \n") {
		return Identity{}, refused(yumen.Say("the provider gives no claim %q that can be used", "提供方未给出可用的声明 %q",
			p.cfg.NameClaim), nil)
	}
	if p.cfg.Roles == RolesFromClaims {
		out.Org = text(p.cfg.OrgClaim)
		groups, _ := claims[p.cfg.RolesClaim].([]any)
		for _, g := range groups {
			for _, of := range p.cfg.RoleOf {
				if of.Group == g && !slices.Contains(out.Roles, of.Role) {
					out.Roles = append(out.Roles, of.Role)
				}
			}
		}
		slices.Sort(out.Roles)
	}
	return out, nil
}
