package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/contract"
)

func (a *app) contractCommand() *cobra.Command {
	return cli.Group("contract", a.Say("contracts: check, sign, withdraw, list, show, suspend, terminate", "合同：核对、签署、撤回、列表、查看、中止、终止"),
		a.contractCheck(), a.contractSign(), a.contractWithdraw(), a.contractList(), a.contractShow(), a.contractBudget(),
		a.contractSuspend(), a.contractResume(), a.contractTerminate())
}

func readAtMost(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		return nil, yumen.Errorf(yumen.KindLimit, "the text is larger than %s", "文本超过 %s", yumen.Size(most))
	}
	return b, err
}

func (a *app) contractCheck() *cobra.Command {
	return &cobra.Command{Use: "check FILE", Args: cli.Args("FILE"),
		Short: a.Say("say what speaks against signing a contract: the file, the catalog, the policy packs in force",
			"核对合同可否签署：文件本身、目录与施行的规则包"),
		RunE: func(c *cobra.Command, got []string) error {
			text, err := a.readText(got[0])
			if err != nil {
				return err
			}
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				rs, err := domain.CheckContract(c.Context(), by, got[0], text)
				if err == nil {
					err = yumen.Refuse(yumen.KindDenied, yumen.Say("the contract cannot be signed as it is", "合同目前不能签署"), rs)
				}
				return a.Show(err, struct {
					Reasons []yumen.Reason `json:"reasons"`
				}{orEmpty(rs)}, func() { a.Print("nothing speaks against signing it", "合同可以签署") })
			})
		}}
}

func (a *app) contractShow() *cobra.Command {
	return &cobra.Command{Use: "show CONTRACT", Short: a.Say("show what a contract allows", "查看合同内容"),
		Args: cli.Args("CONTRACT"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				s, err := domain.Contract(c.Context(), by, got[0])
				return a.Show(err, s, func() { a.printContract(s) })
			})
		}}
}

func (a *app) contractBudget() *cobra.Command {
	return &cobra.Command{Use: "budget CONTRACT", Args: cli.Args("CONTRACT"),
		Short: a.Say("what is left of the privacy budget, and what left that no budget bounds",
			"隐私预算余额，以及不受预算约束的已放行结果"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				l, err := domain.Ledger(c.Context(), by, got[0])
				return a.Show(err, l, func() { a.printLedger(l) })
			})
		}}
}

func (a *app) printLedger(l api.Ledger) {
	if len(l.Accounts) == 0 {
		a.Print("contract %s has no privacy account: it does not allow class dp", "合同 %s 不允许 dp 类，没有隐私账户", l.Contract)
	} else {
		a.Print("contract %s: ε %s, δ %g for each kind of privacy unit; one answer costs ε %s unless its job says otherwise",
			"合同 %s：每类隐私单元 ε %s、δ %g；任务未另行说明时每个答案 ε %s", l.Contract,
			yumen.FormatEpsilon(l.Budget.Epsilon), l.Budget.Delta, yumen.FormatEpsilon(l.Budget.PerQuery))
		var rows [][]string
		for _, b := range l.Accounts {
			rows = append(rows, []string{b.Unit, strconv.Itoa(b.Answers), yumen.FormatEpsilon(b.Spent),
				yumen.FormatEpsilon(b.Left), fmt.Sprintf("%.3g / %.3g", b.Used.Rho, b.Limit.Rho),
				fmt.Sprintf("%.2g / %.2g", b.Used.Delta, b.Limit.Delta)})
		}
		cli.Table(a.Out, a.Header("UNIT 隐私单元", "ANSWERS 答案数", "ε-SPENT ε已用", "ε-LEFT ε剩余", "ρ-USED ρ已用", "δ-USED δ已用"),
			rows)
	}
	a.Print("decisions that depended on data: %d (jobs of other classes that were run; about one bit each, which nothing but quotas bounds)",
		"取决于数据的决定：%d 个（已运行的其他类别任务；每个约一比特，仅受配额限制）", l.Decisions)
	if l.Automatic.Allowed > 0 {
		a.Print("results of class aggregate that left without people: %d of %d", "未经人员审核放行的 aggregate 类结果：%d 个，至多 %d 个",
			l.Automatic.Released, l.Automatic.Allowed)
	}
	if len(l.Unused) > 0 {
		a.Print("granted, and nothing that left was computed from it: %s", "已授权但尚无放行结果据以算出的列：%s", columnRefs(l.Unused))
	}
	if len(l.Unbounded) == 0 {
		return
	}
	a.Print("released beside that, with no bound on what it tells of a unit (ε = ∞ on these columns):",
		"此外已放行、对主体披露无上界（在下列列上 ε = ∞）的结果：")
	var rows [][]string
	for _, r := range l.Unbounded {
		rows = append(rows, []string{r.Name, string(r.Class), columnRefs(r.Columns)})
	}
	cli.Table(a.Out, a.Header("RELEASE 发布", "CLASS 类别", "COLUMNS 列"), rows)
}

func (a *app) printContract(s yumen.SignedContract) {
	l := a.Language()
	a.Print("%s  %s (%s)", "%s  %s（%s）", s.Name, s.Title.In(l), a.contractState(s))
	a.Print("purpose: %s", "用途：%s", s.Purpose.In(l))
	a.Print("providers %s, operator %s, applicant %s", "提供单位 %s，运营主体 %s，应用主体 %s",
		strings.Join(s.Parties.Providers, " "), s.Parties.Operator, cmp.Or(s.Parties.Applicant, "–"))
	a.Print("in force %s to %s, signed by %s, %s", "有效期 %s 至 %s，签署人 %s，%s", s.Valid.From, s.Valid.Until, s.SignedBy,
		s.Digest)
	a.printSigning(s)
	if s.Frame() {
		return
	}
	r := s.Risk
	a.Print("risk: k %d, dominance (%d, %g), p %g, rounding %d, at most %d rows and %s",
		"风险偏好：k %d，支配规则 (%d, %g)，p %g，取整 %d，至多 %d 行、%s",
		r.K, r.Dominance.N, r.Dominance.Share, r.PRatio, r.Rounding, r.MaxRows, r.MaxBytes)
	var rows [][]string
	for _, d := range s.Datasets {
		for _, col := range d.Columns {
			rows = append(rows, []string{d.Dataset, col.Name, yumen.Uses(col.Uses)})
		}
	}
	cli.Table(a.Out, a.Header("DATASET 数据集", "COLUMN 列", "USES 允许用法"), rows)
	if slices.Contains(s.Classes, yumen.ClassDP) {
		b := contract.Budget(s.Budget)
		deadlines := make([]string, len(b.Deadlines))
		for i, d := range b.Deadlines {
			deadlines[i] = time.Duration(d).String()
		}
		a.Print("privacy budget: ε %s, δ %g; one answer ε %s, in which a unit counts with at most %d rows in a group, in at most %d groups; answers come after %s",
			"隐私预算：ε %s，δ %g；每个答案 ε %s，每个单元在一组中计 %d 行、至多 %d 组；答案在 %s 后给出",
			yumen.FormatEpsilon(b.Epsilon), b.Delta, yumen.FormatEpsilon(b.PerQuery), b.RowsPerUnit, b.GroupsPerUnit,
			strings.Join(deadlines, " / "))
	}
	classes := make([]string, len(s.Classes))
	for i, cl := range s.Classes {
		classes[i] = string(cl)
	}
	a.Print("classes %s, reviewers %s", "发布类别 %s，审核人数 %s", strings.Join(classes, " "), strconv.Itoa(s.Review.Reviewers))
	if s.Review.Automatic > 0 {
		a.Print("%d results of class aggregate may leave without people where no check has anything against them; nothing compares them with each other",
			"至多 %d 个 aggregate 类结果在检查无异议时可不经人员审核放行；系统不对这些结果作相互比对", s.Review.Automatic)
	}
}

func (a *app) contractSuspend() *cobra.Command {
	return a.contractStep("suspend CONTRACT", a.Say("stop a contract at once: runs, releases, and what was released", "立即中止合同：停止任务、放行与已放行结果的获取"),
		api.Domain.SuspendContract, yumen.Say("%s suspended contract %s", "%s 中止了合同 %s"))
}

func (a *app) contractResume() *cobra.Command {
	return a.contractStep("resume CONTRACT", a.Say("let a suspended contract go on", "恢复已中止的合同"), api.Domain.ResumeContract,
		yumen.Say("%s resumed contract %s", "%s 恢复了合同 %s"))
}

// contractStep is a command that does something to a contract for a reason.
func (a *app) contractStep(use, short string, do func(api.Domain, context.Context, api.Principal, string,
	string) (yumen.SignedContract, error), done yumen.Text) *cobra.Command {
	var reason string
	c := &cobra.Command{Use: use, Short: short, Args: cli.Args("CONTRACT")}
	c.Flags().StringVar(&reason, "reason", "", a.Say("why; it stands in the record", "原因，将记录在案"))
	c.RunE = func(c *cobra.Command, got []string) error {
		return a.acting(c, func(domain api.Domain, by api.Principal) error {
			s, err := do(domain, c.Context(), by, got[0], reason)
			return a.Show(err, s, func() { a.Print(done.EN, done.ZH, by.Person.Name, s.Name) })
		})
	}
	return c
}

func (a *app) contractTerminate() *cobra.Command {
	return &cobra.Command{Use: "terminate CONTRACT",
		Short: a.Say("end a contract: nothing more runs or leaves under it", "终止合同：不再准入任务与放行结果"),
		Args:  cli.Args("CONTRACT"),
		RunE: func(c *cobra.Command, got []string) error {
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				s, err := domain.Terminate(c.Context(), by, got[0])
				return a.Show(err, s,
					func() { a.Print("%s terminated contract %s", "%s 终止了合同 %s", by.Person.Name, s.Name) })
			})
		}}
}
