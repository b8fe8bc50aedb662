package access

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// guarded are the roles of those who see data or held results, or decide about them. An administrator, who manages
// users, neither gives them nor hands out credentials of those who have them.
var guarded = []yumen.Role{yumen.RoleProvider, yumen.RoleReviewer, yumen.RoleRegulator}

// AppointedBy returns the role that appoints people of a role: a regulator those who see data or held results, or
// decide about them, an administrator all others.
func AppointedBy(r yumen.Role) yumen.Role {
	if slices.Contains(guarded, r) {
		return yumen.RoleRegulator
	}
	return yumen.RoleAdmin
}

// MayAppoint refuses, with kind denied and every reason, somebody who gives roles to a person, or credentials to a
// person who has these roles. Nobody does either for themselves.
func MayAppoint(by yumen.Actor, person string, roles ...yumen.Role) error {
	var rs []yumen.Reason
	if by.Name == person {
		rs = append(rs, yumen.Reason{Rule: "appoint.self",
			Msg: yumen.Say("nobody gives roles to themselves", "不得为自己授予角色")})
	}
	for _, r := range roles {
		if need := AppointedBy(r); !by.Has(need) {
			rs = append(rs, yumen.Reason{Rule: "appoint.role", Place: string(r),
				Msg: yumen.Say("people of the role %s are appointed by a %s",
					"角色 %s 的人员由 %s 任命", r, need)})
		}
	}
	return yumen.Refuse(yumen.KindDenied, yumen.Say("%s may not appoint %s", "%s 无权任命 %s", by.Name, person), rs)
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
