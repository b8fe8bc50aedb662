package contract

import (
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
)

// Facts are what a decision about a job needs to know besides the contract.
type Facts struct {
	Now       time.Time
	JobsToday int // jobs submitted under the contract on this day, the one in question not counted
}

// Admit returns every reason not to start a job under a contract that can be known before its program is analysed: who
// submits it, when, on which engine, for which class, and, for a Wasm module, which files it wants. A place is a field
// of the job.
//
// A module may read each column on which any use is left (Uses): what it does inside the enclave cannot be seen, so its
// output is of class opaque, whatever the uses, and meets the row-level checks and two reviewers. Called for each unit
// or for blocks of units, its output may be of class dp instead: then noise hides what any one unit did to it.
func Admit(c *yumen.SignedContract, job *yumen.Job, datasets map[string]yumen.Dataset, f Facts) []yumen.Reason {
	a := admission{contract: c, job: job, datasets: datasets}
	a.inForce(f.Now)
	a.submitter()
	if n := job.Spec.Name; n != "" && !jobName.matches(n) {
		a.add("job.name", "job",
			yumen.Say("a job's name is up to 64 letters, digits, spaces, . _ and -",
				"任务名称由至多 64 个字母、汉字、数字、空格、. _ 与 - 组成"), yumen.Text{})
	}
	if f.JobsToday >= c.Quotas.JobsPerDay {
		a.add("quota.jobs-per-day", "contract",
			yumen.Say("the contract allows %d jobs a day, and %d were submitted today", "合同每日允许 %d 个任务，今日已提交 %d 个",
				c.Quotas.JobsPerDay, f.JobsToday),
			yumen.Say("submit it tomorrow (days are counted in UTC)", "请于明日提交（按 UTC 计日）"))
	}
	switch spec := &job.Spec; {
	case spec.SQL == "" && spec.Wasm == "":
		a.add("job.program", "sql", yumen.Say("the job has no program", "任务没有程序"),
			yumen.Say("give sql or wasm", "请填写 sql 或 wasm"))
	case spec.SQL != "" && spec.Wasm != "":
		a.add("job.program", "wasm",
			yumen.Say("a job has one program, not both sql and wasm", "任务只能有一个程序，不能同时有 sql 与 wasm"),
			yumen.Say("make two jobs of it", "请分为两个任务"))
	case spec.SQL != "":
		a.sql()
		a.params()
	default:
		if len(spec.Params) > 0 {
			a.add("job.sql-only", "params",
				yumen.Say("params are for queries; a module takes args", "params 仅用于查询；模块请使用 args"),
				yumen.Say("remove it", "请删除"))
		}
		a.wasm()
	}
	a.privacy()
	return a.reasons
}

type admission struct {
	contract *yumen.SignedContract
	job      *yumen.Job
	datasets map[string]yumen.Dataset
	reasons  []yumen.Reason
}

func (a *admission) add(rule, place string, msg, fix yumen.Text) {
	a.reasons = append(a.reasons, yumen.Reason{Rule: rule, Place: place, Msg: msg, Fix: fix})
}

func (a *admission) inForce(now time.Time) {
	v, today := a.contract.Valid, yumen.DayOf(now)
	if why := a.contract.Stopped(); why != nil {
		a.reasons = append(a.reasons, *why)
	}
	if a.contract.Frame() {
		a.add("contract.frame", "contract", yumen.Say("it is an umbrella agreement, which grants no data", "该合同为上位协议，不授权任何数据"),
			yumen.Say("name a contract under it", "请改用其下的合同"))
	}
	switch {
	case today < v.From:
		a.add("contract.not-yet-valid", "contract",
			yumen.Say("the contract is valid from %s until %s; today is %s", "合同有效期为 %s 至 %s，今日为 %s", v.From, v.Until,
				today), yumen.Text{})
	case today > v.Until:
		a.add("contract.expired", "contract",
			yumen.Say("the contract was valid from %s until %s; today is %s", "合同有效期为 %s 至 %s，今日为 %s，已过期", v.From,
				v.Until, today), yumen.Say("ask for a new contract", "请申请新合同"))
	}
}

func (a *admission) submitter() {
	p, org := a.contract.Parties, a.job.Submitter.Org
	if org == "" || org != p.Applicant && org != p.Operator {
		a.add("submitter.not-party", "contract",
			yumen.Say("%s is for neither the applicant (%s) nor the operator (%s) of the contract",
				"%s 既不属于合同的应用主体（%s），也不属于运营主体（%s）", a.job.Submitter.Name, p.Applicant, p.Operator), yumen.Text{})
	}
}

func (a *admission) engine(e yumen.Engine, place string) {
	if !slices.Contains(a.contract.Engines, e) {
		a.add("engine.not-allowed", place, yumen.Say("the contract does not allow %s jobs", "合同不允许 %s 任务", e),
			yumen.Text{})
	}
}

func (a *admission) class(c yumen.ReleaseClass) {
	switch {
	case !slices.Contains(classes, c):
		a.add("class.unknown", "class",
			yumen.Say("there is no such release class; there are dp, aggregate, rows and opaque",
				"没有这种发布类别；可用的有 dp、aggregate、rows、opaque"), yumen.Text{})
	case !slices.Contains(a.contract.Classes, c):
		a.add("class.not-allowed", "class", yumen.Say("the contract does not allow results of class %s; it allows %s",
			"合同不允许 %s 类结果；允许的有 %s", c, strings.Join(suggest.Names(a.contract.Classes), ", ")), yumen.Text{})
	}
}

// sql checks what belongs to the other engine only. Without a class, analysis derives it and looks it up in the
// contract.
func (a *admission) sql() {
	spec := &a.job.Spec
	a.engine(yumen.EngineSQL, "sql")
	if spec.Class != "" {
		a.class(spec.Class)
	}
	for _, extra := range []extraKey{{spec.Mode != "", "mode"}, {spec.Seed != 0, "seed"}, {len(spec.Args) > 0, "args"},
		{len(spec.Inputs) > 0, "inputs"},
		{spec.Output.Name != "" || spec.Output.Format != "" || len(spec.Output.Columns) > 0, "output"}} {
		if extra.given {
			a.add("job.wasm-only", extra.key,
				yumen.Say("%s is for Wasm jobs; a query names its tables and columns itself",
					"%s 仅用于 Wasm 任务；查询自行写明表与列", extra.key), yumen.Say("remove it", "请删除"))
		}
	}
}
