package api

import (
	"context"
	"net/netip"
	"slices"

	"github.com/yumen-data/yumen"
)

// Method says how a door knows who asks.
type Method string

// The methods.
const (
	MethodAsserted Method = "asserted" // the caller names the person, as on a local home
	MethodToken    Method = "token"
	MethodOIDC     Method = "oidc"
	MethodPassword Method = "password"
	MethodCode     Method = "code"    // the one-time code of a home that is new, which makes a token and nothing else
	MethodMachine  Method = "machine" // nobody asks: the domain's own machine does what needs no person
)

// Scope is a group of use cases that a principal may be limited to.
type Scope string

// The scopes.
const (
	ScopeCatalog   Scope = "catalog"
	ScopeContracts Scope = "contracts"
	ScopeCases     Scope = "cases"
	ScopeJobs      Scope = "jobs"
	ScopeReviews   Scope = "reviews"
	ScopeReleases  Scope = "releases"
	ScopeKeys      Scope = "keys"
	ScopeLog       Scope = "log"
	ScopeUpkeep    Scope = "upkeep"

	ScopeDesensitize Scope = "desensitize"
	ScopeIdentities  Scope = "identities"
)

// Scopes lists every scope.
var Scopes = []Scope{ScopeCatalog, ScopeContracts, ScopeCases, ScopeJobs, ScopeReviews, ScopeReleases, ScopeKeys, ScopeLog,
	ScopeUpkeep,
	ScopeDesensitize, ScopeIdentities}

// Principal is who asks. Its zero value is nobody, to whom nothing is answered.
type Principal struct {
	Person yumen.Actor
	Method Method
	Scopes []Scope // all that the roles of the person allow where nil
	// Credential is the id of the token by which the person was authenticated. It is asked for again at every call, so
	// that a token that is revoked or expires meanwhile counts no more.
	Credential string
}

// Asserted returns the principal of a person whom the caller names and nobody authenticated.
func Asserted(person yumen.Actor) Principal { return Principal{Person: person, Method: MethodAsserted} }

// sourceKey is where in a context the source of a call stands.
type sourceKey struct{}

// WithSource says from where a call comes: an address, by which failed logins are counted. Empty is this machine.
func WithSource(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, sourceKey{}, address)
}

// SourceOf returns from where a call comes.
func SourceOf(ctx context.Context) string {
	source, _ := ctx.Value(sourceKey{}).(string)
	return source
}

// Network is what sources are told apart by: addresses of IPv6 by their network (/64), of which one host has as many
// addresses as it likes. What is no address is returned as it is.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	bits := 32
	if a = a.Unmap(); a.Is6() {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return address
	}
	return p.String()
}

// Machine returns the principal of the machine that has the home, for what needs no person: a timer that resumes jobs
// or verifies the home. Of all doors only the socket of a home makes one, for its owner who names nobody.
func Machine() Principal { return Principal{Person: yumen.System, Method: MethodMachine} }

// Authenticated reports whether it was found out that the person asks.
func (p Principal) Authenticated() bool { return p.Method != "" && p.Method != MethodAsserted }

// Has reports whether the principal may ask for what a scope holds.
func (p Principal) Has(s Scope) bool { return p.Scopes == nil || slices.Contains(p.Scopes, s) }
