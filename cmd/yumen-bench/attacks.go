package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/cmd/yumen-bench/attacks"
	"github.com/yumen-data/yumen/home"
)

func (a *app) benchAttacks() *cobra.Command {
	quick, seed, n, only := false, uint64(1), 0, ""
	c := &cobra.Command{Use: "attacks", Args: cli.Args(),
		Short: a.Say("known attacks against a plain k-threshold and against ours: success rates with 95 % intervals",
			"已知攻击对普通 k 阈值系统与本系统的成功率及 95 % 区间"),
		RunE: inTempDir(func(c *cobra.Command, dir string) error {
			if n == 0 {
				n = 400
				if quick {
					n = 80
				}
			}
			rs, err := a.attack(c.Context(), dir,
				&attacks.Lab{Quick: quick, Only: only, Seed: seed, Crowd: attacks.NewCrowd(n, seed)})
			if err := a.Show(err, rs, func() { a.printAttacks(rs) }); err != nil {
				return err
			}
			if broken := attacks.BrokenOnes(rs); len(broken) > 0 {
				return yumen.Errorf(yumen.KindFailed, "%d attacks succeed beyond what is promised", "有 %d 项攻击超出承诺的界限",
					len(broken))
			}
			return nil
		})}
	c.Flags().BoolVar(&quick, "quick", false, a.Say("a minute at most", "至多一分钟"))
	c.Flags().Uint64Var(&seed, "seed", seed,
		a.Say("of the generated people and the attacker's choices; noise is not seeded", "生成人员与攻击者选择的种子；噪声不受其影响"))
	c.Flags().StringVar(&only, "only", "", a.Say("attacks whose name holds this", "仅运行名称含此文本的攻击"))
	c.Flags().IntVar(&n, "people", 0, a.Say("people in the table; 400, or 80 with --quick", "表中人数；默认 400，--quick 时 80"))
	return c
}

func (a *app) attack(ctx context.Context, dir string, lab *attacks.Lab) ([]attacks.Result, error) {
	p := a.attackProgress()
	defer a.EndProgress(a.Progress("", ""))
	field, err := a.openField(ctx, dir, lab.Crowd)
	if err != nil {
		return nil, err
	}
	lab.Weak, lab.Plain, lab.Submit, lab.Sign, lab.Tell = field.weak, field.base.run, field.submit, field.sign, p
	rs, err := attacks.Run(ctx, lab)
	return rs, errors.Join(err, field.close())
}

// attackProgress tells on a terminal which attack is on.
func (a *app) attackProgress() func(step string, done, total int) {
	step, show := "", func(int64, int64) {}
	return func(s string, done, total int) {
		if s != step {
			step = s
			if show = a.Progress(s, s); show == nil {
				show = func(int64, int64) {}
			}
		}
		show(int64(done), int64(total))
	}
}

func (a *app) printAttacks(rs []attacks.Result) {
	var rows [][]string
	for _, r := range rs {
		row := []string{r.Attack, string(r.System), r.Through, percent(r.Rate),
			percent(r.Low) + " – " + percent(r.High), percent(r.Chance), "–", strconv.Itoa(r.Trials), string(r.Verdict)}
		if r.Bound != nil {
			row[6] = "≤ " + percent(*r.Bound)
		}
		if r.Trials == 0 {
			row[3], row[4] = "–", "–"
		}
		if e := r.Epsilon; e != nil {
			row[3], row[4] = fmt.Sprintf("ε ≥ %.3f", e.Low), fmt.Sprintf("ε ≥ %.3f strict", e.Strict)
			row[5], row[6] = "0", fmt.Sprintf("ε ≤ %g", e.Declared)
		}
		if r.P != nil {
			row[3], row[4], row[5], row[6] = fmt.Sprintf("p = %.2g", *r.P), "–", "–", "p ≥ 1e-06"
		}
		rows = append(rows, row)
	}
	cli.Table(a.Out, a.Header("ATTACK 攻击", "SYSTEM 系统", "THROUGH 途径", "SUCCESS 成功率", "INTERVAL 95%区间", "CHANCE 随机",
		"BOUND 界限", "TRIALS 次数", "VERDICT 结论"), rows)
	a.Print("", "")
	for _, r := range rs {
		fmt.Fprintf(a.Out, "%s, %s: %s\n", r.Attack, r.System, r.Success.In(a.Language()))
		if !r.Note.IsZero() {
			fmt.Fprintf(a.Out, "    %s\n", r.Note.In(a.Language()))
		}
	}
	a.Print("\naggregate: what the tables would show if reviewers approved every one of them. A reviewer reads each statement before its table leaves,\n"+
		"and every release is on record; unbounded means that nothing more is promised, and that class counts as ε = ∞.",
		"\naggregate：假定审核员批准全部表格时所能看到的内容。实际放行前审核员会阅读每条语句，且每次放行均有记录；\nunbounded 表示除此之外不作承诺，该类按 ε = ∞ 计。")
}

func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" }

// field is where attacks take place: two homes with neighbouring tables, and the same tables for the weak baseline.
type field struct {
	homes [2]*home.Home
	base  *baseline
	by    yumen.Actor
	judge yumen.Actor
	law   yumen.Actor
}

func (a *app) openField(ctx context.Context, dir string, crowd *attacks.Crowd) (*field, error) {
	f := &field{}
	for side, without := range []int{attacks.Whole: 0, attacks.Without: attacks.Target} {
		at := filepath.Join(dir, "side"+strconv.Itoa(side))
		if err := os.Mkdir(at, 0o700); err != nil {
			return nil, err
		}
		h, err := a.attackedHome(ctx, at, crowd.CSV(without))
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
		f.homes[side] = h
	}
	for name, to := range map[string]*yumen.Actor{"analyst": &f.by, "reviewer": &f.judge, "regulator": &f.law} {
		who, err := f.homes[0].Auth.Find(ctx, name)
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
		*to = who
	}
	var err error
	if f.base, err = a.openBaseline(ctx, dir); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, f.sign(ctx, attacks.Contract(attacks.AggregateContract, "aggregate, opaque", ""))
}

func (f *field) close() error {
	var errs []error
	if f.base != nil {
		f.base.close()
	}
	for _, h := range f.homes {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	return errors.Join(errs...)
}

const attackPeople = `people:
  - {name: admin, org: attack-domain, roles: [admin]}
  - {name: provider, org: attack-provider, roles: [provider]}
  - {name: regulator, org: attack-bureau, roles: [regulator]}
  - {name: reviewer, org: attack-bureau, roles: [reviewer]}
  - {name: analyst, org: attack-lab, roles: [analyst]}
`

// attackedHome makes a home with the published table and opens it.
func (a *app) attackedHome(ctx context.Context, dir string, csv []byte) (*home.Home, error) {
	at, err := a.makeHome(ctx, dir, published{"crowd", attacks.Dataset, attackPeople, csv})
	if err != nil {
		return nil, err
	}
	return home.Open(ctx, at, home.Options{Executable: a.yumen})
}

func (f *field) sign(ctx context.Context, text string) error {
	for _, h := range f.homes {
		if _, err := h.Service.Sign(ctx, api.Asserted(f.law), "attack.yaml", []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// submit sends a job as far as it goes by itself, and looks at what a reviewer would be shown.
func (f *field) submit(ctx context.Context, side attacks.Side, spec yumen.JobSpec, module []byte,
) (attacks.Answer, error) {
	h := f.homes[side]
	var ans attacks.Answer
	var err error
	if ans.Ran, err = timed(func() error {
		ans.Job, err = submit(ctx, h, f.by, spec, module)
		return err
	}); err != nil {
		return ans, err
	}
	if err := f.look(ctx, h, &ans); err != nil {
		return ans, err
	}
	switch ans.Job.State {
	case yumen.StateReleased:
		ans.Table, err = f.released(ctx, h, ans.Job.Release)
		return ans, err
	case yumen.StateInReview:
	default:
		return ans, nil
	}
	shown, err := h.Service.Preview(ctx, api.Asserted(f.judge), ans.Job.ID, api.PreviewOf{Rows: 1000})
	ans.Table = attacks.Table{Columns: shown.Columns, Rows: shown.Rows}
	return ans, err
}

// look takes down what the submitter is told of the job, in whole, and what reviewers are told of its held results.
func (f *field) look(ctx context.Context, h *home.Home, ans *attacks.Answer) error {
	mine, err1 := h.Service.Job(ctx, api.Asserted(f.by), ans.Job.ID)
	theirs, err2 := h.Service.Job(ctx, api.Asserted(f.judge), ans.Job.ID)
	ans.Artifacts = theirs.Artifacts
	var err3 error
	ans.Told, err3 = json.Marshal(mine)
	return errors.Join(err1, err2, err3)
}

// released reads a release as its recipient does.
func (f *field) released(ctx context.Context, h *home.Home, name string) (attacks.Table, error) {
	file, err := h.Service.Fetch(ctx, api.Asserted(f.by), name)
	if err != nil {
		return attacks.Table{}, err
	}
	defer file.Close() // read only
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 {
		return attacks.Table{}, err
	}
	return attacks.Table{Columns: rows[0], Rows: rows[1:]}, nil
}
