package detect

import "github.com/yumen-data/yumen"

// The shares of the cells with a value from which a column is taken for what its cells are.
const (
	mostCells   = 0.5  // by themselves
	someCells   = 0.2  // where the name of the column says so too
	insideCells = 0.01 // among other text
	joinedCells = 0.8  // of sampled rows, with another column
	leastJoined = 20   // rows for that
	uniqueCells = 0.9  // different values ÷ cells, for a key
	leastUnique = 50   // cells for that
	textLength  = 15   // mean characters of free text
	fewValues   = 50   // different values of a category
)

// Proposals says what each column seems to be, in order. Of the columns that identify the person or organisation a row
// is about, the one with the most different values is proposed as key of the privacy unit.
func (p *Profiler) Proposals() []Proposal {
	out := make([]Proposal, len(p.columns))
	for i := range p.columns {
		c := &p.columns[i]
		out[i] = Proposal{Column: c.name, Rows: p.rows, Nulls: c.nulls, Distinct: min(c.values.count(), p.rows-c.nulls)}
		c.propose(&out[i])
	}
	p.proposeSplits(out)
	proposeUnit(out)
	return out
}

// propose tries the surest ground first: what the cells are, what the name says, what the numbers say.
func (c *profiled) propose(p *Proposal) {
	n := p.Rows - p.Nulls
	if n == 0 {
		p.Role, p.Grade, p.Why = yumen.ColumnRolePlain, 1, yumen.Say("no cell has a value", "没有非空单元格")
		c.named(p)
		return
	}
	if c.identified(p, n) || c.named(p) || c.freeText(p, n) || c.key(p, n) {
		return
	}
	switch {
	case 2*c.dates > n:
		p.Role, p.Grade, p.Preset, p.Why = yumen.ColumnRoleQuasi, 2, "date_month",
			yumen.Say("%d of %d cells are dates", "%[2]d 个单元格中有 %[1]d 个日期", c.dates, n)
	case 2*c.numbers > n && (c.decimal > 0 || p.Distinct > fewValues):
		p.Role, p.Grade, p.Why = yumen.ColumnRoleMeasure, 2,
			yumen.Say("numbers with about %d different values", "数值列，约 %d 个不同取值", p.Distinct)
	default:
		p.Role, p.Grade, p.Why = yumen.ColumnRolePlain, 1,
			yumen.Say("about %d different values, none of a known kind", "约 %d 个不同取值，未见已知类型", p.Distinct)
	}
}

// identified takes a column for the type that most of its cells are.
func (c *profiled) identified(p *Proposal, n int64) bool {
	best := place(0)
	for t := range c.whole {
		if c.whole[t] > c.whole[best] {
			best = place(t)
		}
	}
	share := float64(c.whole[best]) / float64(n)
	if share < someCells || share < mostCells && !c.hint.has(best) {
		return false
	}
	about := Types[best]
	p.Role, p.Grade, p.Preset, p.Type, p.Share = about.Role, about.Grade, about.Preset, about.Type, share
	p.Why = yumen.Say("%d of %d cells hold a %s", "%[2]d 个单元格中有 %[1]d 个%[3]s", c.whole[best], n, about.Title)
	return true
}

// named takes a column for what its name says.
func (c *profiled) named(p *Proposal) bool {
	if c.about == nil {
		return false
	}
	p.Role, p.Grade, p.Preset = c.about.role, c.about.grade, c.about.preset
	p.Why = yumen.Say("the column is named for %s", "列名表示%s", c.about.title)
	return true
}

// freeText takes long cells for text, and notes what stands in it.
func (c *profiled) freeText(p *Proposal, n int64) bool {
	hits := int64(0)
	for t, k := range c.inside {
		k += c.whole[t]
		if float64(k) >= insideCells*float64(n) && k > 0 {
			p.Inside = append(p.Inside, Types[t].Type)
			p.Grade = max(p.Grade, Types[t].Grade)
			hits += k
		}
	}
	long := c.letters >= textLength*n && 2*c.numbers < n && p.Distinct > min(fewValues, n/2)
	if !long && len(p.Inside) == 0 {
		return false
	}
	p.Role, p.Grade = yumen.ColumnRoleText, max(p.Grade, 2)
	p.Why = yumen.Say("text of %d characters on average, %d identifiers in %d cells",
		"文本，平均 %d 字，%[3]d 个单元格中有 %[2]d 处标识符", c.letters/n, hits, n)
	return true
}

// key takes a column whose values hardly ever repeat for an identifier of some other kind.
func (c *profiled) key(p *Proposal, n int64) bool {
	if n < leastUnique || float64(p.Distinct) < uniqueCells*float64(n) || c.decimal > 0 || 2*c.dates > n {
		return false
	}
	p.Role, p.Grade, p.Preset = yumen.ColumnRoleIdentifier, 2, "generic"
	p.Why = yumen.Say("about %d different values in %d cells", "%[2]d 个单元格中约有 %[1]d 个不同取值", p.Distinct, n)
	return true
}

// proposeSplits looks for two columns whose cells, one after the other, are identifiers in most rows.
func (p *Profiler) proposeSplits(out []Proposal) {
	for a := range p.columns {
		for b := range p.columns {
			if a == b || out[a].Type != "" || out[b].Type != "" {
				continue
			}
			if t, share, ok := joined(p.columns[a].sample, p.columns[b].sample); ok {
				splitInto(&out[a], t, share, out[b].Column)
				splitInto(&out[b], t, share, out[a].Column)
			}
		}
	}
}

func joined(a, b []string) (Type, float64, bool) {
	rows := 0
	count := map[Type]int{}
	for i := range a {
		if a[i] == "" || b[i] == "" {
			continue
		}
		rows++
		if t, ok := Joined(a[i], b[i]); ok {
			count[t]++
		}
	}
	for t, n := range count {
		if rows >= leastJoined && float64(n) >= joinedCells*float64(rows) {
			return t, float64(n) / float64(rows), true
		}
	}
	return "", 0, false
}

func splitInto(p *Proposal, t Type, share float64, other string) {
	about := Types[placeOf[t]]
	p.Role, p.Grade, p.Preset, p.Type, p.Share, p.Split = about.Role, about.Grade, "generic", t, share, other
	p.Why = yumen.Say("with the column %s, most sampled rows hold a %s", "与列 %s 合并后，多数抽样行为%s", other, about.Title)
}

// proposeUnit picks the key of the privacy unit.
func proposeUnit(out []Proposal) {
	best := -1
	for i, p := range out {
		if (p.Type == ResidentID || p.Type == CreditCode) && p.Split == "" &&
			(best < 0 || p.Distinct > out[best].Distinct) {
			best = i
		}
	}
	if best >= 0 {
		out[best].Role = yumen.ColumnRoleUnit
	}
}
