package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"

	"github.com/yumen-data/yumen"
)

// policySchema is what policies can speak of: made of the roles and actions that there are.
func policySchema() *resolved.Schema {
	var b strings.Builder
	b.WriteString("entity User in [Role] { org: String, asserted: Bool };\nentity Domain;\nentity Role enum [\"member\"")
	for _, r := range yumen.Roles {
		fmt.Fprintf(&b, ", %q", string(r))
	}
	b.WriteString("];\n")
	for _, a := range actions {
		fmt.Fprintf(&b, "action %q appliesTo { principal: User, resource: Domain, context: {} };\n", string(a))
	}
	var s schema.Schema
	err := s.UnmarshalCedar([]byte(b.String()))
	if err != nil {
		panic(err) // a test reads it
	}
	r, err := s.Resolve()
	if err != nil {
		panic(err)
	}
	return r
}

// checkRoles refuses a policy that names a role which there is not: the validator does not look at names in a scope.
func checkRoles(p *cedar.Policy) error {
	b, err := p.MarshalJSON()
	if err != nil {
		return err
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		return err
	}
	return rolesExist(tree)
}

func rolesExist(tree any) (err error) {
	switch v := tree.(type) {
	case []any:
		for _, x := range v {
			err = errors.Join(err, rolesExist(x))
		}
	case map[string]any:
		if id, ok := v["id"].(string); ok && v["type"] == string(roleType) && id != member &&
			!slices.Contains(yumen.Roles, yumen.Role(id)) {
			return fmt.Errorf("there is no Role::%q", id)
		}
		for _, x := range v {
			err = errors.Join(err, rolesExist(x))
		}
	}
	return err
}

// policyTree is the syntax tree of a policy as the validator takes it.
func policyTree(p *cedar.Policy) *ast.Policy { return (*ast.Policy)(p.AST()) }
