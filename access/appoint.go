package access

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// guarded are the roles of those who see data or held results, or decide about them. An administrator, who manages
// users, neither gives them nor hands out credentials of those who have them.
var guarded = []yumen.Role{yumen.RoleProvider, yumen.RoleReviewer, yumen.RoleRegulator}

// AppointedBy returns the role that appoints people of a role: a regulator those who see data or held results, or
// decide about them, an administrator all others.
func AppointedBy(r yumen.Role) yumen.Role {
	if Guarded(r) {
		return yumen.RoleRegulator
	}
	return yumen.RoleAdmin
}

// Guarded reports whether a role is given by a regulator alone.
func Guarded(r yumen.Role) bool { return slices.Contains(guarded, r) }

// MayAppoint refuses, with kind denied and every reason, somebody who gives roles to a person. Nobody does so for
// themselves.
func MayAppoint(by yumen.Actor, person string, roles ...yumen.Role) error {
	var rs []yumen.Reason
	if by.Name == person {
		rs = append(rs, yumen.Reason{Rule: "appoint.self",
			Msg: yumen.Say("nobody gives roles to themselves", "不得为自己授予角色")})
	}
	for _, r := range roles {
		if need := AppointedBy(r); !by.Has(need) {
			rs = append(rs, yumen.Reason{Rule: "appoint.role", Place: string(r),
				Msg: yumen.Say("people of the role %s are appointed by %s",
					"角色 %s 的人员由 %s 任命", r, indefinite(need)),
				Fix: yumen.Say("leave this role out, and have %s give it", "请勿包含该角色，由 %s 另行授予", indefinite(need))})
		}
	}
	return yumen.Refuse(yumen.KindDenied, yumen.Say("%s may not appoint %s", "%s 无权任命 %s", by.Name, person), rs)
}

// indefinite is a role with its article.
func indefinite(r yumen.Role) yumen.Text {
	article := "a "
	if strings.ContainsRune("aeiou", rune(r[0])) {
		article = "an "
	}
	return yumen.Text{EN: article + string(r), ZH: string(r)}
}

// Handover is a first credential that somebody hands to a person.
type Handover struct {
	By, To yumen.Actor
	// Appointers are those who entered the person, gave them roles or enabled them.
	Appointers []string
	// People is everybody who can act, with the roles that they have now.
	People []yumen.Actor
}

// MayHandOver refuses, with kind denied and every reason, somebody who hands a first credential to a person. That is
// for a regulator where the person has a role that a regulator gives, and otherwise for a regulator or an
// administrator; not for the person, and not for whoever appointed them, so that it takes two people to let somebody
// in. Where nobody else is left who could, an appointer does.
func MayHandOver(h Handover) error {
	var rs []yumen.Reason
	add := func(rule string, msg, fix yumen.Text) { rs = append(rs, yumen.Reason{Rule: rule, Msg: msg, Fix: fix}) }
	need, text := []yumen.Role{yumen.RoleRegulator}, indefinite(yumen.RoleRegulator)
	if !slices.ContainsFunc(h.To.Roles, Guarded) {
		need, text = []yumen.Role{yumen.RoleAdmin, yumen.RoleRegulator},
			yumen.Say("%s or %s", "%s 或 %s", indefinite(yumen.RoleAdmin), text)
	}
	others := slices.ContainsFunc(h.People, func(p yumen.Actor) bool {
		return p.Has(need...) && p.Name != h.To.Name && !slices.Contains(h.Appointers, p.Name)
	})
	if h.By.Name == h.To.Name {
		add("handover.self", yumen.Say("nobody hands a first credential to themselves", "不得为自己签发首个凭据"), yumen.Text{})
	}
	if !h.By.Has(need...) {
		add("handover.role", yumen.Say("a first credential of somebody with the roles %s is handed out by %s",
			"角色为 %s 的人员，其首个凭据由 %s 签发", strings.Join(roleNames(h.To.Roles), ", "), text),
			yumen.Say("ask one of them", "请由其签发"))
	}
	if others && slices.Contains(h.Appointers, h.By.Name) {
		add("handover.appointer", yumen.Say("%s appointed %s, and it takes a second person to let them in",
			"%s 任命了 %s，准入须由另一人签发", h.By.Name, h.To.Name),
			yumen.Say("ask another person who is %s", "请由另一位 %s 签发", text))
	}
	return yumen.Refuse(yumen.KindDenied,
		yumen.Say("%s may not hand out a credential of %s", "%s 无权为 %s 签发凭据", h.By.Name, h.To.Name), rs)
}

func roleNames(roles []yumen.Role) []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return out
}

// LoggedIn is who an OpenID provider says that somebody is.
type LoggedIn struct {
	Login string // issuer and subject
	Name  string
	// Claims says that organisation and roles come from the provider, too.
	Claims bool
	Org    string
	Roles  []yumen.Role
}
