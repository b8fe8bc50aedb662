package access

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// LocalIdentities says whether people whom the caller names are answered although nobody authenticated them.
type LocalIdentities string

// The settings.
const (
	// LocalUntilCredentials answers them until the first token of the home is made. The default.
	LocalUntilCredentials LocalIdentities = ""
	LocalAsserted         LocalIdentities = "asserted" // answers them always
	LocalOff              LocalIdentities = "off"      // never
)

// Records are what a domain has on record of its people and credentials.
type Records interface {
	// Find returns the person of that name with the roles that they have now, or kind denied.
	Find(ctx context.Context, name string) (yumen.Actor, error)
	// Credential returns the credential of an id, or kind not_found.
	Credential(ctx context.Context, id string) (Credential, error)
	// Credentialed reports whether a credential was ever made.
	Credentialed(ctx context.Context) (bool, error)
}

// Authenticator finds out who asks. Every principal is made by it.
type Authenticator struct {
	records Records
	local   LocalIdentities
	clock   func() time.Time
	failed  *failures
}

// NewAuthenticator returns an authenticator over the records of a domain.
func NewAuthenticator(records Records, local LocalIdentities, clock func() time.Time) *Authenticator {
	return &Authenticator{records, local, clock,
		&failures{clock: clock, sources: map[string]*rate.Limiter{}, seen: map[string]bool{}}}
}

// Report has failed logins reported, those of a minute together. It is called before anybody logs in.
func (a *Authenticator) Report(to func(Failures)) { a.failed.report = to }

// Close reports the failed logins that were not yet.
func (a *Authenticator) Close() error {
	a.failed.flush()
	return nil
}

// Allow refuses, with kind limit, a source with too many failed logins.
func (a *Authenticator) Allow(ctx context.Context) error { return a.failed.allow(ctx) }

// Failed counts a login by an OpenID provider that came to nothing.
func (a *Authenticator) Failed(ctx context.Context) {
	a.failed.count(ctx, func(f *Failures) { f.Wrong++ })
}

// Authenticate returns the principal whose token it is. It fails with kind denied, and says of a token whose secret is
// not right no more than that.
func (a *Authenticator) Authenticate(ctx context.Context, token string) (api.Principal, error) {
	id, ok := tokenID(token)
	var c Credential
	if ok {
		var err error
		if c, err = a.records.Credential(ctx, id); err != nil && yumen.KindOf(err) != yumen.KindNotFound {
			return api.Principal{}, err
		}
	}
	if !c.proves(token) { // the zero value takes as long, and is nobody's
		if err := a.failed.allow(ctx); err != nil {
			return api.Principal{}, err
		}
		a.failed.count(ctx, func(f *Failures) { f.Wrong++ })
		return api.Principal{}, yumen.Errorf(yumen.KindDenied, "this is no token of this domain", "这不是本域的令牌").
			ToFix("check that it is complete, or make a new one", "请检查令牌是否完整，或创建新令牌").Then("token.create", "")
	}
	return a.principal(ctx, c)
}

// principal is who a credential that was proved stands for. It is refused, and counted as a failed login, where it counts
// no more.
func (a *Authenticator) principal(ctx context.Context, c Credential) (api.Principal, error) {
	by := api.Principal{Person: yumen.Actor{Name: c.Person}, Method: c.Method, Scopes: c.Scopes, Credential: c.ID}
	person, err := a.Now(ctx, by)
	by.Person = person
	if yumen.KindOf(err) == yumen.KindDenied {
		a.failed.count(ctx, func(f *Failures) { f.Ended++ })
	}
	if err != nil {
		return api.Principal{}, err
	}
	return by, nil
}

// Asserted returns the principal of a person whom the caller names, where the home allows that.
func (a *Authenticator) Asserted(ctx context.Context, name string) (api.Principal, error) {
	by := api.Asserted(yumen.Actor{Name: name})
	person, err := a.Now(ctx, by)
	by.Person = person
	if err != nil {
		return api.Principal{}, err
	}
	return by, nil
}

// Now returns who a principal is at this moment: what the principal says of their roles and organisation may be old. It
// refuses, with kind denied, nobody, whoever has left, a credential that no longer counts, and somebody who was not
// authenticated where the home asks for that.
func (a *Authenticator) Now(ctx context.Context, by api.Principal) (yumen.Actor, error) {
	if by.Person.Name == "" {
		return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "nobody is named: who asks?", "未指明人员：由谁查询？").
			ToFix("name a person of this domain", "请指明本域人员")
	}
	if by.Method == api.MethodMachine {
		return yumen.System, nil
	}
	asserted, handed := true, ""
	switch by.Method {
	case api.MethodAsserted:
		if err := a.mayAssert(ctx, by.Person.Name); err != nil {
			return yumen.Actor{}, err
		}
	default:
		c, err := a.credential(ctx, by)
		if err != nil {
			return yumen.Actor{}, err
		}
		asserted, handed = c.Asserted, c.HandedBy
	}
	person, err := a.records.Find(ctx, by.Person.Name)
	person.Asserted, person.HandedBy = asserted, handed
	return person, err
}

// Find returns a person of the domain with the roles that they have now, or kind denied.
func (a *Authenticator) Find(ctx context.Context, name string) (yumen.Actor, error) {
	return a.records.Find(ctx, name)
}

// credential returns the credential of a principal, if it counts at this moment.
func (a *Authenticator) credential(ctx context.Context, by api.Principal) (Credential, error) {
	c, err := a.records.Credential(ctx, by.Credential)
	switch {
	case yumen.KindOf(err) == yumen.KindNotFound && err != nil,
		err == nil && (c.Person != by.Person.Name || c.Method != by.Method):
		return c, notAuthenticated(by.Person.Name)
	case err != nil:
		return c, err
	}
	return c, c.Counts(a.clock())
}

// mayAssert refuses somebody whom the caller names where the home asks for credentials.
func (a *Authenticator) mayAssert(ctx context.Context, name string) error {
	if a.local == LocalAsserted {
		return nil
	}
	off := a.local != LocalUntilCredentials
	if !off {
		var err error
		if off, err = a.records.Credentialed(ctx); err != nil {
			return err
		}
	}
	if off {
		return notAuthenticated(name)
	}
	return nil
}

func notAuthenticated(name string) error {
	return yumen.Errorf(yumen.KindDenied,
		"nobody found out whether it is %s who asks, and this home asks for credentials",
		"未核实查询者是否为 %s，而本主目录要求凭据", name).
		ToFix("use a token; the owner of the home can set local_identities in home.yaml",
			"请使用令牌；主目录所有者可在 home.yaml 中设置 local_identities")
}
