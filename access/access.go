// Package access says who asks, and what each role may do. policies.cedar is the whole of the latter; docs/roles.md
// shows it.
//
// It does not decide about a particular contract, job or result: whose contract it is, is for contract to say, and that
// nobody reviews what they submitted, for egress.
package access

import (
	"context"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/internal/suggest"
)

// Directory is the people of a domain.
type Directory struct{ people []yumen.Actor }

// Parse reads people.yaml. The error is a *yumen.Error of kind invalid with every reason, each with its place as
// file:line:column.
func Parse(file string, b []byte) (*Directory, error) {
	var list struct {
		People []yumen.Actor `yaml:"people"`
	}
	d := strictyaml.Parse(file, b, &list)
	if len(list.People) == 0 {
		d.Missing("people")
	}
	names, orgs := Names{}, Names{}
	for i := range list.People {
		person(d, list.People[i], i, names, orgs)
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return &Directory{list.People}, nil
}

func person(d *strictyaml.Doc, p yumen.Actor, i int, names, orgs Names) {
	if p.Name == "" {
		d.Missing("people", i, "name")
	} else {
		for _, r := range CheckName(p.Name, names) {
			d.Refuse(r.Rule, r.Msg, r.Fix, "people", i, "name")
		}
	}
	for _, r := range CheckOrgName(p.Org, orgs) {
		d.Refuse(r.Rule, r.Msg, r.Fix, "people", i, "org")
	}
	names.Add(p.Name)
	orgs.Add(p.Org)
	if strings.TrimSpace(p.Org) == "" {
		d.Missing("people", i, "org")
	}
	if len(p.Roles) == 0 {
		d.Missing("people", i, "roles")
	}
	for j, r := range p.Roles {
		if strictyaml.OneOf(d, r, yumen.Roles, "people", i, "roles", j) && slices.Index(p.Roles, r) < j {
			d.Refuse("duplicate", yumen.Say("the role %s stands here a second time", "角色 %s 重复出现", r), yumen.Text{},
				"people", i, "roles", j)
		}
	}
}

// CheckPerson returns every reason why somebody cannot be entered beside those who are there.
func CheckPerson(p yumen.Actor, there []string) (rs []yumen.Reason) {
	return append(CheckName(p.Name, NamesOf(there...)), CheckRoles(p.Roles)...)
}

// CheckRoles returns every reason why nobody has these roles.
func CheckRoles(roles []yumen.Role) (rs []yumen.Reason) {
	for i, r := range roles {
		switch {
		case !slices.Contains(yumen.Roles, r):
			rs = append(rs, yumen.Reason{Rule: "role", Place: string(r),
				Msg: yumen.Say("there is no such role", "没有该角色")})
		case slices.Index(roles, r) < i:
			rs = append(rs, yumen.Reason{Rule: "duplicate", Place: string(r),
				Msg: yumen.Say("the role is named a second time", "角色重复出现")})
		}
	}
	return rs
}

// Unknown is the refusal of a name that nobody of the domain has, with the one that was probably meant.
func Unknown(name string, names []string) error {
	if name == "" {
		return yumen.Errorf(yumen.KindDenied, "nobody is named: who does this?", "未指明人员：由谁操作？").ToFix("name one of %s",
			"请指明其一：%s", strings.Join(names, ", "))
	}
	err := yumen.Errorf(yumen.KindDenied, "nobody here is called %q", "没有名为 %q 的人员", name)
	if fix := suggest.Fix(name, names); !fix.IsZero() {
		err.Fix = fix
	}
	return err
}

// Find returns the person of that name, or an error of kind denied.
func (d *Directory) Find(_ context.Context, name string) (yumen.Actor, error) {
	names := make([]string, len(d.people))
	for i, p := range d.people {
		if p.Name == name {
			return clone(p), nil
		}
		names[i] = p.Name
	}
	return yumen.Actor{}, Unknown(name, names)
}

// People returns everybody in the order of the file.
func (d *Directory) People() []yumen.Actor {
	out := make([]yumen.Actor, len(d.people))
	for i, p := range d.people {
		out[i] = clone(p)
	}
	return out
}

// clone keeps a caller from giving the directory's people other roles.
func clone(a yumen.Actor) yumen.Actor {
	a.Roles = slices.Clone(a.Roles)
	return a
}
