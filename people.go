package yumen

import "slices"

// Role is what a person does in the domain. One person may hold several.
type Role string

// The roles, each with its Chinese name in the design.
const (
	RoleProvider  Role = "provider"  // 公共管理和服务机构
	RoleOperator  Role = "operator"  // 运营主体
	RoleApplicant Role = "applicant" // 应用主体
	RoleAnalyst   Role = "analyst"   // 数据科学家
	RoleReviewer  Role = "reviewer"  // 出域审核员
	RoleRegulator Role = "regulator" // 公共数据主管部门
	RoleAdmin     Role = "admin"     // 平台运维
)

// Roles lists every role.
var Roles = []Role{RoleProvider, RoleOperator, RoleApplicant, RoleAnalyst, RoleReviewer, RoleRegulator, RoleAdmin}

// Actor is who does something: a person, the organisation they act for and the roles they hold.
type Actor struct {
	Name  string `json:"name" yaml:"name"`
	Org   string `json:"org" yaml:"org"`
	Roles []Role `json:"roles,omitempty" yaml:"roles"`
	// Asserted says that the caller named the person and nobody authenticated them.
	Asserted bool `json:"asserted,omitempty" yaml:"-"`
	// HandedBy is who handed out the code that the person's way in goes back to, where somebody did.
	HandedBy string `json:"handed_by,omitempty" yaml:"-"`
}

// Has reports whether the actor holds any of the roles.
func (a Actor) Has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(a.Roles, r) })
}
