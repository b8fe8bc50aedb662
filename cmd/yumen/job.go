package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/client"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/query"
)

func (a *app) jobCommand() *cobra.Command {
	return cli.Group("job", a.Say("jobs: submit, follow, cancel", "任务：提交、查看、撤回"), a.jobSubmit(), a.jobList(),
		a.jobShow(), a.jobLogs(), a.jobCancel(), a.jobRecur(), a.jobResume())
}

func (a *app) jobSubmit() *cobra.Command {
	var flags submitFlags
	c := &cobra.Command{Use: "submit [JOB.yaml]", Args: cli.Args("[JOB.yaml]"),
		Short: a.Say("submit a job and follow it until a person is due", "提交任务并跟进至需要人工处理"),
		Long: a.Say("Submits a job and follows it until a person is due. Of class, purpose, epsilon, units and noise, "+
			"a flag wins over the job file.",
			"提交任务并跟进至需要人工处理。类别、用途、ε、单元上限与噪声以命令行选项为准，优先于任务文件。"),
		Example: `  yumen job submit visits.yaml --as analyst
  yumen job submit --contract city-health --sql visits.sql --as analyst`,
		RunE: func(c *cobra.Command, got []string) error {
			spec, module, err := a.jobOf(c, flags, got)
			if err != nil {
				return err
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				if _, asked := query.ExplainPolicy(spec.SQL); flags.explain || asked && module == nil {
					return a.explain(c.Context(), domain, by, spec, module, false)
				}
				a.warnOfNoise(c, domain, by, spec, module)
				job, err := submit(c.Context(), domain, by, spec, module)
				if err != nil {
					return err
				}
				return a.outcome(c.Context(), domain, by, job.ID)
			})
		}}
	f := c.Flags()
	f.StringVar(&flags.contract, "contract", "", a.Say("contract to run under", "所依据的合同"))
	f.StringVar(&flags.sql, "sql", "", a.Say("file with the query, - for standard input", "查询文件，- 表示标准输入"))
	f.StringArrayVar(&flags.params, "param", nil,
		a.Say("value of the next parameter of the query, or of $NAME: [NAME:]TYPE=VALUE, such as date=2026-01-31; may be repeated",
			"查询的下一个参数或 $NAME 的值：[NAME:]TYPE=VALUE，如 date=2026-01-31；可重复"))
	f.StringVar(&flags.class, "class", "",
		a.Say("release class asked for: dp, aggregate or rows; without it the query decides between the last two",
			"申请的发布类别：dp、aggregate 或 rows；不填则由分析在后两者中得出"))
	a.privacyFlags(c, &flags.privacy)
	f.BoolVar(&flags.explain, "explain", false,
		a.Say("say what would become of the job and what it would cost; submit nothing", "仅说明任务的处理方式与成本，不提交"))
	f.StringVar(&flags.purpose, "purpose", "", a.Say("what the output is for; reviewers read it", "结果用途，供审核员参考"))
	return c
}

// submitFlags are the flags of job submit.
type submitFlags struct {
	contract, sql, class, purpose string
	params                        []string
	privacy                       yumen.PrivacySpec
	explain                       bool
}

// jobOf reads the job that a command line names: a job file, or a contract and a query. A flag that was given wins over
// the file.
func (a *app) jobOf(c *cobra.Command, flags submitFlags, got []string) (yumen.JobSpec, []byte, error) {
	var spec yumen.JobSpec
	var module []byte
	err := privacyGiven(c, flags.privacy)
	switch named := flags.sql != "" || flags.contract != ""; {
	case err != nil:
		return spec, nil, err
	case len(got) == 1 && named, len(got) == 0 && (flags.sql == "" || flags.contract == ""):
		return spec, nil, cli.Wrong("%s: give a job file, or --contract and --sql",
			"%s：请给出任务文件，或 --contract 与 --sql", c.CommandPath())
	case len(got) == 1:
		spec, module, err = a.readJob(got[0])
	default:
		var text []byte
		text, err = a.readSQL(flags.sql)
		spec.Contract, spec.SQL = flags.contract, string(text)
	}
	for name, set := range map[string]func(){
		"param":           func() { spec.Params = paramsOf(flags.params) },
		"class":           func() { spec.Class = yumen.ReleaseClass(flags.class) },
		"purpose":         func() { spec.Purpose = yumen.Text{EN: flags.purpose, ZH: flags.purpose} },
		"epsilon":         func() { spec.Privacy.Epsilon = flags.privacy.Epsilon },
		"rows-per-unit":   func() { spec.Privacy.RowsPerUnit = flags.privacy.RowsPerUnit },
		"groups-per-unit": func() { spec.Privacy.GroupsPerUnit = flags.privacy.GroupsPerUnit },
		"no-errors":       func() { spec.Privacy.NoErrors = flags.privacy.NoErrors },
		"wide-noise":      func() { spec.Privacy.WideNoise = flags.privacy.WideNoise },
	} {
		if c.Flags().Changed(name) {
			set()
		}
	}
	return spec, module, err
}

// paramsOf reads [NAME:]TYPE=VALUE. What is no type, admission says.
func paramsOf(given []string) (out []yumen.Param) {
	for _, g := range given {
		kind, value, _ := strings.Cut(g, "=")
		name, of, named := strings.Cut(kind, ":")
		if !named {
			name, of = "", kind
		}
		out = append(out, yumen.Param{Name: name, Type: yumen.Type(of), Value: value})
	}
	return out
}

// warnOfNoise says before an answer of class dp is paid for that its noise is wide. What cannot be explained is for
// Submit to refuse.
func (a *app) warnOfNoise(c *cobra.Command, domain api.Domain, by api.Principal, spec yumen.JobSpec, module []byte) {
	if spec.Class != yumen.ClassDP {
		return
	}
	if x, err := domain.Explain(c.Context(), by, spec, module); err == nil && x.Privacy != nil && !x.Privacy.Free {
		for _, w := range a.wideNoise(*x.Privacy) {
			fmt.Fprintln(c.ErrOrStderr(), w)
		}
	}
}

func submit(ctx context.Context, domain api.Domain, by api.Principal, spec yumen.JobSpec, module []byte) (yumen.Job,
	error) {
	job, err := domain.Submit(ctx, by, spec, module)
	if unanswered(domain, err) {
		err = yumen.Errorf(yumen.KindUnavailable, "nobody knows whether the job was submitted",
			"无法确定任务是否已提交").Because(err).Then("job.list", "")
	}
	if err != nil {
		return job, err
	}
	after, err := domain.Watch(ctx, by, job.ID)
	if unanswered(domain, err) {
		err = yumen.Errorf(yumen.KindUnavailable, "job %s was submitted, and the server goes on with it",
			"任务 %s 已提交，由服务继续执行", job.ID).Because(err).Then("job.show", job.ID)
	}
	return after, err
}

// unanswered reports whether a server was asked, and whoever asked does not know what came of it.
func unanswered(domain api.Domain, err error) bool {
	_, asked := domain.(*client.Client)
	return asked && (client.Unanswered(err) || errors.Is(err, context.Canceled))
}

// readSQL reads a query. In another encoding its constants would arrive as other texts.
func (a *app) readSQL(path string) ([]byte, error) {
	text, err := a.readText(path)
	if err == nil && !utf8.Valid(text) {
		return nil, yumen.Errorf(yumen.KindInvalid, "the query is not UTF-8 text", "查询不是 UTF-8 文本").At(path).
			ToFix("save the file as UTF-8", "请将文件另存为 UTF-8")
	}
	return text, err
}

// readJob reads a job file and the program it names beside it.
func (a *app) readJob(file string) (yumen.JobSpec, []byte, error) {
	var spec yumen.JobSpec
	text, err := a.readText(file)
	if err != nil {
		return spec, nil, err
	}
	if err := decodeJob(file, text, &spec); err != nil {
		return spec, nil, err
	}
	beside := func(name string) string { return filepath.Join(filepath.Dir(file), name) }
	if name := strings.TrimSpace(spec.SQL); strings.HasSuffix(name, ".sql") && !strings.ContainsAny(name, " \n") {
		text, err := a.readSQL(beside(name))
		if err != nil {
			return spec, nil, err
		}
		spec.SQL = string(text)
	}
	if spec.Wasm == "" {
		return spec, nil, nil
	}
	f, err := os.Open(beside(spec.Wasm))
	if err != nil {
		return spec, nil, yumen.Errorf(yumen.KindNotFound, "cannot read the module", "无法读取模块").Because(err)
	}
	defer f.Close() // read only
	module, err := readAtMost(f, api.MaxModule)
	return spec, module, err
}

// decodeJob reads a job file. A price or a cap of 0 is refused: it would count as left out.
func decodeJob(file string, text []byte, spec *yumen.JobSpec) error {
	d := strictyaml.Parse(file, text, spec)
	for key, zero := range map[string]bool{"epsilon": spec.Privacy.Epsilon == 0,
		"rows_per_unit":   spec.Privacy.RowsPerUnit == 0,
		"groups_per_unit": spec.Privacy.GroupsPerUnit == 0} {
		if zero && d.Has("privacy", key) {
			d.Refuse("privacy", yumen.Say("%s must be greater than 0", "%s 须大于 0", key),
				yumen.Say("leave it out to have what the contract says", "不填则按合同规定"), "privacy", key)
		}
	}
	return d.Err()
}

func (a *app) jobList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list jobs", "列出任务"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				jobs, err := domain.Jobs(c.Context(), by)
				return a.Show(err, orEmpty(jobs), func() { a.printJobs(jobs) })
			})
		}}
}

func (a *app) printJobs(jobs []yumen.Job) {
	var rows [][]string
	for _, j := range jobs {
		rows = append(rows, []string{j.ID, j.Spec.Name, j.Spec.Contract, string(j.Engine), string(j.Class),
			j.Submitter.Name, a.state(j.State), j.Updated.Local().Format(time.DateTime)})
	}
	cli.Table(a.Out, a.Header("JOB 任务", "NAME 名称", "CONTRACT 合同", "ENGINE 引擎", "CLASS 类别", "SUBMITTER 提交者", "STATE 状态",
		"UPDATED 更新"), rows)
}

func (a *app) jobShow() *cobra.Command {
	return &cobra.Command{Use: "show JOB", Short: a.Say("show a job; to reviewers and regulators with its checks",
		"查看任务；审核员与监管者可见检查结果"), Args: cli.Args("JOB"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				job, err := domain.Job(c.Context(), by, got[0])
				return a.Show(err, job, func() {
					a.printOutcome(job)
					if job.Error != nil {
						fmt.Fprintln(a.Out, a.ErrorText(job.Error))
					}
					if by.Person.Name == "" {
						a.Print("its submitter and reviewers are told more: --as NAME", "提交者与审核员可查看更多：--as 姓名")
					}
				})
			})
		}}
}

func (a *app) jobLogs() *cobra.Command {
	return &cobra.Command{Use: "logs JOB", Short: a.Say("what the audit log says of a job; not for its submitter",
		"审计日志中该任务的条目；提交者不可查看"), Args: cli.Args("JOB"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				return a.entries(c, domain, by, api.LogQuery{Job: got[0]})
			})
		}}
}

func (a *app) jobCancel() *cobra.Command {
	return &cobra.Command{Use: "cancel JOB", Short: a.Say("withdraw a job of your own", "撤回自己的任务"),
		Args: cli.Args("JOB"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				job, err := domain.Cancel(c.Context(), by, got[0])
				return a.Show(err, job,
					func() { a.Print("%s cancelled job %s", "%s 撤回了任务 %s", by.Person.Name, job.ID) })
			})
		}}
}

func (a *app) jobResume() *cobra.Command {
	keep := false
	c := &cobra.Command{Use: "resume",
		Short: a.Say("take on jobs that an interruption left on their way, and ask again what is due",
			"继续被中断的任务，并执行到期的重复任务"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if keep {
				return a.keepResuming(c)
			}
			return a.resume(c, true)
		}}
	c.Flags().BoolVar(&keep, "keep", false,
		a.Say("stay, and look every minute, until interrupted; others may write meanwhile",
			"持续运行，每分钟检查一次，直至中断；其间他人可以写入"))
	return c
}

// resume opens the home for as long as it takes. Without a person, what anybody sees is printed.
func (a *app) resume(c *cobra.Command, always bool) error {
	return a.ask(c, toWrite, mayBeUnnamed, func(domain api.Domain, by api.Principal) error {
		jobs, err := domain.Resume(c.Context(), by)
		if err == nil && len(jobs) == 0 && !always {
			return nil
		}
		return a.Show(err, orEmpty(jobs), func() { a.printJobs(jobs) })
	})
}

// keepResuming resumes every minute. That another process writes, or the host has no room, it tries again.
func (a *app) keepResuming(c *cobra.Command) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		err := a.resume(c, false)
		if kind := yumen.KindOf(err); err != nil && c.Context().Err() == nil && kind != yumen.KindConflict &&
			kind != yumen.KindUnavailable {
			return err
		}
		select {
		case <-c.Context().Done():
			return nil
		case <-tick.C:
		}
	}
}
