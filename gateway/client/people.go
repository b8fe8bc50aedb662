package client

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// People returns everybody.
func (c *Client) People(ctx context.Context, by api.Principal) ([]api.Person, error) {
	return list[api.Person](ctx, c, by, at("people"))
}

// Person returns one of them.
func (c *Client) Person(ctx context.Context, by api.Principal, name string) (api.Person, error) {
	return get[api.Person](ctx, c, by, at("people", name), nil)
}

// AddPerson enters a person.
func (c *Client) AddPerson(ctx context.Context, by api.Principal, p api.NewPerson) (api.Person, error) {
	return post[api.Person](ctx, c, by, at("people"), p)
}

// GrantRole gives a role.
func (c *Client) GrantRole(ctx context.Context, by api.Principal, name string, role yumen.Role) (api.Person, error) {
	return post[api.Person](ctx, c, by, at("people", name, "roles", string(role), "grant"), nil)
}

// WithdrawRole takes a role away.
func (c *Client) WithdrawRole(ctx context.Context, by api.Principal, name string, role yumen.Role) (api.Person, error) {
	return post[api.Person](ctx, c, by, at("people", name, "roles", string(role), "withdrawal"), nil)
}

// DisablePerson has a person do nothing any more.
func (c *Client) DisablePerson(ctx context.Context, by api.Principal, name string) (api.Person, error) {
	return post[api.Person](ctx, c, by, at("people", name, "disabling"), nil)
}

// EnablePerson undoes that.
func (c *Client) EnablePerson(ctx context.Context, by api.Principal, name string) (api.Person, error) {
	return post[api.Person](ctx, c, by, at("people", name, "enabling"), nil)
}

// Orgs returns all organisations.
func (c *Client) Orgs(ctx context.Context, by api.Principal) ([]api.Org, error) {
	return list[api.Org](ctx, c, by, at("organisations"))
}

// Org returns one of them.
func (c *Client) Org(ctx context.Context, by api.Principal, name string) (api.Org, error) {
	return get[api.Org](ctx, c, by, at("organisations", name), nil)
}

// AddOrg enters an organisation.
func (c *Client) AddOrg(ctx context.Context, by api.Principal, o api.NewOrg) (api.Org, error) {
	return post[api.Org](ctx, c, by, at("organisations"), o)
}

// ChangeOrg replaces what is known of an organisation.
func (c *Client) ChangeOrg(ctx context.Context, by api.Principal, o api.NewOrg) (api.Org, error) {
	return post[api.Org](ctx, c, by, at("organisations", o.Name, "change"),
		wire.OrgChange{Contacts: o.Contacts, Credentials: o.Credentials})
}
