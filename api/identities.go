package api

import (
	"context"
	"time"

	"github.com/yumen-data/yumen"
)

// IdentityUseCases are about who can ask, and by which credentials.
type IdentityUseCases interface {
	// People returns everybody, ordered by name, those who were disabled included.
	People(ctx context.Context, by Principal) ([]Person, error)
	// Person returns one of them, or kind not_found.
	Person(ctx context.Context, by Principal, name string) (Person, error)
	// AddPerson enters a person of an organisation, with roles that the principal may give.
	AddPerson(ctx context.Context, by Principal, p NewPerson) (Person, error)
	// GrantRole gives a role to somebody else. With one of those that see data or decide about it all tokens of the
	// person end, whoever may know them.
	GrantRole(ctx context.Context, by Principal, name string, role yumen.Role) (Person, error)
	// WithdrawRole takes a role away: it counts no more at the next step. Somebody remains administrator and regulator.
	WithdrawRole(ctx context.Context, by Principal, name string, role yumen.Role) (Person, error)
	// DisablePerson has a person do nothing any more, and ends all their tokens.
	DisablePerson(ctx context.Context, by Principal, name string) (Person, error)
	// EnablePerson undoes that. It takes whoever may give the roles that the person has.
	EnablePerson(ctx context.Context, by Principal, name string) (Person, error)

	// Orgs returns all organisations, ordered by name. Their contacts are shown to administrators and regulators.
	Orgs(ctx context.Context, by Principal) ([]Org, error)
	// Org returns one of them, or kind not_found.
	Org(ctx context.Context, by Principal, name string) (Org, error)
	// AddOrg enters an organisation.
	AddOrg(ctx context.Context, by Principal, o NewOrg) (Org, error)
	// ChangeOrg replaces the contacts and credentials of an organisation.
	ChangeOrg(ctx context.Context, by Principal, o NewOrg) (Org, error)

	// CreateToken makes a token. Its secret is in the answer and nowhere else: it cannot be shown again. For somebody
	// else an administrator or a regulator who did not appoint them makes a code: within a day it makes one token of
	// the person, and then all others that they had end.
	CreateToken(ctx context.Context, by Principal, t NewToken) (IssuedToken, error)
	// Tokens returns the principal's own tokens, and everybody's to administrators and regulators, ended ones included,
	// oldest first.
	Tokens(ctx context.Context, by Principal) ([]Token, error)
	// RevokeToken ends a token at once, and all that were made with it. Administrators and regulators may revoke
	// everybody's.
	RevokeToken(ctx context.Context, by Principal, id string) ([]Token, error)
}

// NewPerson says who is to be entered.
type NewPerson struct {
	Name  string       `json:"name"`
	Org   string       `json:"org"`
	Roles []yumen.Role `json:"roles,omitempty"`
}

// Person is somebody of the domain.
type Person struct {
	Name     string       `json:"name"`
	Org      string       `json:"org"`
	Roles    []yumen.Role `json:"roles"`
	Disabled bool         `json:"disabled,omitempty"`
	Added    time.Time    `json:"added"`
	By       string       `json:"by"` // who entered them
	// Appointers are those who entered the person, gave them roles or enabled them. Somebody else hands out their first
	// credential.
	Appointers []string `json:"appointers,omitempty"`
	// Imported is the digest of the people.yaml that they were read from when the home was first used.
	Imported yumen.Digest `json:"imported,omitempty"`
	// Login is the issuer and subject by which the person logs in at an OpenID provider, shown to administrators and
	// regulators.
	Login string `json:"login,omitempty"`
}

// NewOrg says what is to be known of an organisation.
type NewOrg struct {
	Name        string          `json:"name"`
	Contacts    []string        `json:"contacts,omitempty"` // whom to ask, such as an e-mail address
	Credentials []OrgCredential `json:"credentials,omitempty"`
}

// Org is an organisation whose people act in the domain.
type Org struct {
	NewOrg
	Added time.Time `json:"added"`
	By    string    `json:"by"`
}

// Expiry is a credential of an organisation that ends soon, or has ended.
type Expiry struct {
	Org string `json:"org"`
	OrgCredential
	// Leaves are the roles, of administrator and regulator, that nobody who can act has from then on.
	Leaves []yumen.Role `json:"leaves,omitempty"`
}

// ExpirySoon is how many days before its last one a credential of an organisation is said to end.
const ExpirySoon = 30

// OrgCredential is what an organisation may act by, such as an authorisation or a certificate. When one has expired,
// its people can do no more than administer the domain.
type OrgCredential struct {
	Name    string    `json:"name"`
	Expires yumen.Day `json:"expires"` // the last day on which it counts
}

// NewToken says what token is wanted.
type NewToken struct {
	Person string `json:"person,omitempty"` // defaults to the principal's
	Label  string `json:"label,omitempty"`  // what it is for, in the words of its maker
	// Scopes are what it can be used for. Defaults to all that the principal has, and is never more.
	Scopes []Scope `json:"scopes,omitempty"`
	// Lifetime defaults to 90 days, 366 at most; of a code for somebody else it is a day.
	Lifetime time.Duration `json:"lifetime,omitempty"`
}

// Token describes a token without its secret.
type Token struct {
	ID      string    `json:"id"`
	Person  string    `json:"person"`
	Method  Method    `json:"method"` // by which the person was authenticated when it was made, or token
	Label   string    `json:"label,omitempty"`
	Scopes  []Scope   `json:"scopes"`
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	By      string    `json:"by"`             // whose act it was
	With    string    `json:"with,omitempty"` // the token it was made with
	// HandedBy is who handed out the code that it goes back to, where somebody did: who besides its person may have
	// come in with it.
	HandedBy string `json:"handed_by,omitempty"`
	// Asserted says that its maker was named by the caller and not authenticated; whoever uses it stands as asserted,
	// too.
	Asserted bool          `json:"asserted,omitempty"`
	Revoked  *TokenRevoked `json:"revoked,omitempty"`
}

// TokenRevoked says when a token was revoked, and by whom.
type TokenRevoked struct {
	At time.Time `json:"at"`
	By string    `json:"by"`
}

// IssuedToken is a new token with its secret.
type IssuedToken struct {
	Token
	Secret string `json:"secret,omitempty"`
}

// LoginUseCases let people in by an OpenID provider: nobody is known yet who calls them.
type LoginUseCases interface {
	// BeginLogin begins a login whose browser comes back to redirect, an address on loopback.
	BeginLogin(ctx context.Context, redirect string) (Login, error)
	// FinishLogin ends a login with what the browser brought, and returns a token for the session.
	FinishLogin(ctx context.Context, a LoginAnswer) (IssuedToken, error)
}

// Login is a login that was begun.
type Login struct {
	Handle string    `json:"handle"` // a secret of whoever began it
	URL    string    `json:"url"`    // where the browser goes
	Ends   time.Time `json:"ends"`
}

// LoginAnswer is what a browser brought back from the provider.
type LoginAnswer struct {
	Handle string `json:"handle"`
	State  string `json:"state"`
	Code   string `json:"code"`
}
