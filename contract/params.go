package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// maxParams is how many parameters a query may have.
const maxParams = 1000

var paramName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// params checks how parameters are declared. Whether the text asks for them and a value is one of its type, analysis
// says.
func (a *admission) params() {
	params := a.job.Spec.Params
	if len(params) > maxParams {
		a.add("job.params", "params",
			yumen.Say("the query has %d parameters; %d are allowed", "查询有 %d 个参数，最多允许 %d 个", len(params), maxParams),
			yumen.Text{})
		return
	}
	for i, p := range params {
		place := fmt.Sprintf("params[%d]", i)
		first := slices.IndexFunc(params, func(o yumen.Param) bool { return strings.EqualFold(o.Name, p.Name) })
		switch {
		case p.Name == "":
		case !paramName.MatchString(p.Name):
			a.add("job.params", place,
				yumen.Say("a parameter's name is a letter or _, then up to 62 letters, digits and _",
					"参数名称以字母或 _ 开头，其后至多 62 个字母、数字或 _"),
				yumen.Say("or leave the name out and write $%d", "也可不写名称，用 $%d 表示", i+1))
		case first < i:
			a.add("job.params", place, yumen.Say("a parameter of this name stands here a second time", "同名参数重复出现"),
				yumen.Text{})
		}
		if !p.Type.Known() {
			a.add("job.params", place, yumen.Say("there is no such type", "没有这种类型"),
				yumen.Say("give boolean, integer, decimal(p,s), double, date, timestamp or text",
					"请填写 boolean、integer、decimal(p,s)、double、date、timestamp 或 text"))
		}
	}
}
