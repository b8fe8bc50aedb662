package api

import (
	"context"
	"time"
)

// IdentityUseCases are about who can ask, and by which credentials.
type IdentityUseCases interface {
	// CreateToken makes a token. Its secret is in the answer and nowhere else: it cannot be shown again. For somebody else it is
	// made by an administrator or a regulator only, and lives a day at most, so that they make one of their own with it.
	CreateToken(ctx context.Context, by Principal, t NewToken) (IssuedToken, error)
	// Tokens returns the principal's own tokens, and everybody's to administrators and regulators, ended ones included, oldest first.
	Tokens(ctx context.Context, by Principal) ([]Token, error)
	// RevokeToken ends a token at once, and all that were made with it. Administrators and regulators may revoke
	// everybody's.
	RevokeToken(ctx context.Context, by Principal, id string) ([]Token, error)
}

// NewToken says what token is wanted.
type NewToken struct {
	Person string `json:"person,omitempty"` // defaults to the principal's
	Label  string `json:"label,omitempty"`  // what it is for, in the words of its maker
	// Scopes are what it can be used for. Defaults to all that the principal has, and is never more.
	Scopes []Scope `json:"scopes,omitempty"`
	// Lifetime defaults to 90 days, 366 at most; of a token for somebody else it is a day.
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
	// Asserted says that its maker was named by the caller and not authenticated; whoever uses it stands as asserted, too.
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
