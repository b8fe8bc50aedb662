package cells

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// Each row of a table of cells depends on one privacy unit. Where rows of people are joined with rows of others on ward
// and day, say, one person of a ward brings all people of it into a group, so that even a rounded number of people, of
// whom there are many, says that this one is there; and a person who is on both sides is on neither alone. No
// threshold, rounding or noise that goes by what a unit adds by itself hides that (docs/decisions/0009-cells-first.md).

// OneUnit returns the unit that all rows of a block depend on, or refuses.
func OneUnit(b *plan.Block, class yumen.ReleaseClass, rs *reason.List) *plan.Unit {
	lasting := b.Joins.Lasting()
	if len(lasting) == 1 {
		return lasting[0]
	}
	var kinds, some []string
	for _, u := range lasting {
		if kinds = append(kinds, u.Kind); !slices.Contains(some, u.Kind) {
			some = append(some, u.Kind)
		}
	}
	fix := yumen.Say("join the tables on the key of one privacy unit, or leave one of them out",
		"请按同一隐私单元的键连接各表，或去掉其中一个表")
	if len(some) == 1 && class == yumen.ClassAggregate {
		fix = yumen.Say("join the tables on the key of the privacy unit too (AND a.key = b.key), or group each of them and join the groups", "请同时按隐私单元的键连接各表（AND a.键 = b.键），或先对各表分组再连接分组结果")
	}
	rs.AddFix("unit.several", b.Joins.Place(), yumen.Say(
		"each row depends on several privacy units (%s): one of them brings in rows of many others, so a figure over many units can disclose that this one is there",
		"每行依赖多个隐私单元（%s）：其中一个会带来许多其他单元的行，即使数值涉及众多单元也可能透露它的存在", strings.Join(kinds, ", ")), fix)
	return nil
}
