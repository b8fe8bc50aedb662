package rest

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// roleOf is a call about a role of a person.
type roleOf struct {
	Named
	Role yumen.Role `path:"role" maxLength:"64"`
}

func (d *Door) peopleRoutes() {
	dom := d.cfg.Domain
	get(d, "list-people", "/v1/people", "Everybody of the domain, those who were disabled included",
		api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[api.Person], error) {
			all, err := dom.People(ctx, by)
			return pageOf(all, err, in, func(p api.Person) string { return p.Name })
		})
	get(d, "show-person", "/v1/people/{name}", "One person", api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *Named) (api.Person, error) {
			return dom.Person(ctx, by, in.Name)
		})
	post(d, "add-person", "/v1/people", "Enter a person of an organisation", api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *struct{ Body api.NewPerson }) (api.Person, error) {
			return dom.AddPerson(ctx, by, in.Body)
		})
	post(d, "grant-role", "/v1/people/{name}/roles/{role}/grant", "Give somebody else a role", api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *roleOf) (api.Person, error) {
			return dom.GrantRole(ctx, by, in.Name, in.Role)
		})
	post(d, "withdraw-role", "/v1/people/{name}/roles/{role}/withdrawal",
		"Take a role away; it counts no more at the next step", api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *roleOf) (api.Person, error) {
			return dom.WithdrawRole(ctx, by, in.Name, in.Role)
		})
	post(d, "disable-person", "/v1/people/{name}/disabling", "Have a person do nothing any more, and end their tokens",
		api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *Named) (api.Person, error) {
			return dom.DisablePerson(ctx, by, in.Name)
		})
	post(d, "enable-person", "/v1/people/{name}/enabling", "Let somebody who was disabled act again",
		api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *Named) (api.Person, error) {
			return dom.EnablePerson(ctx, by, in.Name)
		})
}

func (d *Door) orgRoutes() {
	dom := d.cfg.Domain
	get(d, "list-organisations", "/v1/organisations", "Organisations that take part", api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[api.Org], error) {
			all, err := dom.Orgs(ctx, by)
			return pageOf(all, err, in, func(o api.Org) string { return o.Name })
		})
	get(d, "show-organisation", "/v1/organisations/{name}", "One organisation", api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *Named) (api.Org, error) {
			return dom.Org(ctx, by, in.Name)
		})
	post(d, "add-organisation", "/v1/organisations", "Enter an organisation", api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *struct{ Body api.NewOrg }) (api.Org, error) {
			return dom.AddOrg(ctx, by, in.Body)
		})
	post(d, "change-organisation", "/v1/organisations/{name}/change", "Replace its contacts and credentials",
		api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *struct {
			Named
			Body wire.OrgChange
		}) (api.Org, error) {
			return dom.ChangeOrg(ctx, by,
				api.NewOrg{Name: in.Name, Contacts: in.Body.Contacts, Credentials: in.Body.Credentials})
		})
}
