// Package access says who asks, and what each role may do. policies.cedar is the whole of the latter; docs/roles.md
// shows it.
//
// It does not decide about a particular contract, job or result: whose contract it is, is for contract to say, and that
// nobody reviews what they submitted, for egress.
package access

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/internal/suggest"
)

// Directory is the people of a domain.
type Directory struct{ people []yumen.Actor }

// personName is what stands after --as and in the audit log: letters and digits of any script, with . _ - inside. It is
// compiled when it is needed, which it is in few processes.
var personName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[\p{L}\p{Nd}]([\p{L}\p{Nd}._-]{0,62}[\p{L}\p{Nd}])?$`)
})

var (
	badName = yumen.Say("a person's name is up to 64 letters and digits, with . _ - inside",
		"人员名称由至多 64 个字母、汉字或数字组成，中间可含 . _ -")
	takenName = yumen.Say("the name system is taken: the log uses it for steps that no person takes",
		"名称 system 已被占用：日志用它表示非人工步骤")
)

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
	for i := range list.People {
		person(d, list.People, i)
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return &Directory{list.People}, nil
}

func person(d *strictyaml.Doc, people []yumen.Actor, i int) {
	p := people[i]
	switch first := slices.IndexFunc(people, func(o yumen.Actor) bool { return strings.EqualFold(o.Name, p.Name) }); {
	case p.Name == "":
		d.Missing("people", i, "name")
	case !personName().MatchString(p.Name):
		d.Refuse("name", badName, yumen.Text{}, "people", i, "name")
	case strings.EqualFold(p.Name, yumen.System.Name):
		d.Refuse("name", takenName, yumen.Text{}, "people", i, "name")
	case first < i:
		d.Refuse("duplicate", yumen.Say("%s stands here a second time, upper and lower case not told apart",
			"%s 重复出现（不区分大小写）", p.Name), yumen.Text{}, "people", i, "name")
	}
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
	add := func(rule string, msg yumen.Text) { rs = append(rs, yumen.Reason{Rule: rule, Place: "name", Msg: msg}) }
	switch {
	case !personName().MatchString(p.Name):
		add("name", badName)
	case strings.EqualFold(p.Name, yumen.System.Name):
		add("name", takenName)
	case slices.ContainsFunc(there, func(o string) bool { return strings.EqualFold(o, p.Name) }):
		add("duplicate", yumen.Say("somebody is called %s already, upper and lower case not told apart; names are not used again", "已有名为 %s 的人员（不区分大小写）；名称不得重复使用", p.Name))
	}
	for i, r := range p.Roles {
		switch {
		case !slices.Contains(yumen.Roles, r):
			rs = append(rs, yumen.Reason{Rule: "role", Place: string(r),
				Msg: yumen.Say("there is no such role", "没有该角色")})
		case slices.Index(p.Roles, r) < i:
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
