package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/examples/guests"
	"github.com/yumen-data/yumen/home"
	"github.com/yumen-data/yumen/internal/city"
)

//go:embed demo_people.yaml
var demoPeople []byte

// citySeed makes every demo city the same one.
const citySeed = 20260101

// demo tells a story by running commands as a user would type them, each with its own opening of the home, so that what
// is seen is what the program does.
type demo struct {
	*app
	ctx  context.Context
	dir  string // the folder of the story; the home and the provider's files lie in it
	home string
	err  error // the first thing that went otherwise than told
	took time.Duration
}

func (a *app) demoCommand() *cobra.Command {
	c := &cobra.Command{Use: "demo", Args: cli.Args(),
		Short: a.Say("a small city, and the way of eight jobs through the gate", "小城示例：八个任务的出域全程"),
		Long: a.Say(`Makes a home in a temporary folder (or in --home DIR, which is kept), generates a small city that does not exist,
and takes eight jobs from submission to release or refusal, by the commands anybody would type.`,
			`在临时目录（或 --home 指定的、会保留的目录）中创建主目录，生成一座虚构小城的数据，以普通用户会输入的命令演示八个任务从提交到放行或拒绝的全程。`),
		RunE: func(c *cobra.Command, _ []string) error { return a.demo(c.Context()) }}
	return c
}

func (a *app) demo(ctx context.Context) error {
	d := &demo{app: a, ctx: ctx}
	keep := a.homeDir != "" || os.Getenv("YUMEN_HOME") != ""
	if err := d.place(keep); err != nil {
		return err
	}
	start := time.Now()
	d.tellStory()
	d.took = time.Since(start)
	if d.err == nil {
		d.epilogue(keep)
	}
	if keep {
		return d.err
	}
	return errors.Join(d.err, os.RemoveAll(d.dir))
}

// place finds the folder: beside the home that was named, or a temporary one.
func (d *demo) place(keep bool) (err error) {
	if !keep {
		d.dir, err = os.MkdirTemp("", "yumen-demo-")
		d.home = filepath.Join(d.dir, "home")
		return err
	}
	if d.home, err = d.homePath(); err != nil {
		return err
	}
	d.dir = d.home + "-files"
	return os.MkdirAll(d.dir, 0o700)
}

func (d *demo) tellStory() {
	for _, chapter := range []func(){d.opening, d.catalog, d.contract, d.allowed, d.tooFew, d.onePerson,
		d.rawRows, d.wasm, d.private, d.tampered} {
		if d.err == nil {
			chapter()
		}
	}
}

// heading opens a chapter.
func (d *demo) heading(en, zh string) {
	if !d.JSON {
		fmt.Fprintf(d.Out, "\n── %s\n", d.Say(en, zh))
	}
}

// expect is how a command of the story must end.
type expect int

const (
	done    expect = 0
	refused expect = 1
)

// run runs one command on the demo's home and shows it with what it printed. It returns what it printed as JSON.
func (d *demo) run(want expect, args ...string) []byte {
	if d.err != nil {
		return nil
	}
	shown := append([]string(nil), args...)
	for i, s := range shown {
		shown[i] = quote(d.shorten(s))
	}
	if !d.JSON {
		fmt.Fprintf(d.Out, "$ yumen %s\n", strings.Join(shown, " "))
	}
	var out, errs bytes.Buffer
	code := run(d.ctx, append(args, "--home", d.home, "--lang", string(d.Language())), strings.NewReader(""), &out,
		&errs)
	if !d.JSON {
		d.indent(out.Bytes())
		d.indent(errs.Bytes())
	}
	if code != int(want) {
		d.err = fmt.Errorf("demo: yumen %s ended with code %d, not %d: %s", strings.Join(shown, " "), code, want,
			errs.String())
	}
	return out.Bytes()
}

func (d *demo) indent(b []byte) {
	for line := range strings.Lines(d.shorten(string(b))) {
		fmt.Fprint(d.Out, "  "+line)
	}
}

// shorten names the folder of the story as the one that one is in.
func (d *demo) shorten(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, d.dir+"/", ""), d.dir, ".")
}

// quote writes an argument as a shell takes it.
func quote(s string) string {
	switch {
	case !strings.ContainsAny(s, " \"'"):
		return s
	case strings.Contains(s, "'"):
		return `"` + s + `"`
	}
	return "'" + s + "'"
}

// ask runs a command silently and reads its JSON answer, for what the story needs to know to go on.
func (d *demo) ask(into any, args ...string) {
	if d.err != nil {
		return
	}
	var out, errs bytes.Buffer
	if code := run(d.ctx, append(args, "--home", d.home, "--json"), strings.NewReader(""), &out, &errs); code != 0 {
		d.err = fmt.Errorf("demo: yumen %s: %s", strings.Join(args, " "), errs.String())
		return
	}
	d.err = json.Unmarshal(out.Bytes(), into)
}

func (d *demo) opening() {
	d.heading("A home for the domain, and the files of four public bodies", "域的主目录与四家机构的数据文件")
	d.run(done, "init", "--domain", "demo-city")
	d.check(os.WriteFile(filepath.Join(d.home, home.PeopleFile), demoPeople, 0o600))
	d.check(city.Generate(citySeed, city.Default, func(table string) (io.WriteCloser, error) {
		return os.OpenFile(filepath.Join(d.dir, table+".csv"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	}))
	d.check(fs.WalkDir(city.Files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(city.Files, path)
		return errors.Join(err, os.WriteFile(filepath.Join(d.dir, filepath.Base(path)), b, 0o600))
	}))
	for name, module := range map[string][]byte{"readmission": guests.Readmission, "care": guests.Care,
		"inequality": guests.Inequality} {
		d.check(os.WriteFile(filepath.Join(d.dir, name+".wasm"), module, 0o600))
	}
}

func (d *demo) check(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *demo) file(name string) string { return filepath.Join(d.dir, name) }

// providers says which person of the demo speaks for a table.
var providers = []struct{ table, person string }{
	{city.Districts, "zhou.police"}, {city.Residents, "zhou.police"}, {city.Enterprises,
		"wu.market"}, {city.SocialInsurance, "zheng.labour"}, {city.HospitalVisits, "wang.health"},
}

func (d *demo) catalog() {
	d.heading("Providers describe their data; it is checked inside an enclave and stored by privacy unit",
		"提供单位登记数据；数据在飞地内校验并按隐私主体存放")
	for _, p := range providers {
		d.run(done, "catalog", "register", d.file(p.table+".yaml"), "--as", p.person)
		d.run(done, "catalog", "import", p.table, d.file(p.table+".csv"), "--acquired", "2026-01-01", "--as", p.person)
		d.run(done, "catalog", "publish", p.table, "--as", p.person)
	}
	d.run(done, "catalog", "list", "--as", "analyst.lin")
}

func (d *demo) contract() {
	d.heading("The regulator signs a contract: purpose, columns, uses, risk", "主管部门签署合同：用途、数据列、用法、风险偏好")
	d.run(done, "contract", "sign", d.file("city-health.yaml"), "--as", "regulator.chen")
	d.run(done, "contract", "sign", d.file("city-economy.yaml"), "--as", "regulator.chen")
}

// submit submits a job of the city and returns it as it stands then.
func (d *demo) submit(want expect, file, person string) yumen.Job {
	d.run(want, "job", "submit", d.file(file), "--as", person)
	var jobs []yumen.Job
	d.ask(&jobs, "job", "list", "--as", "reviewer.sun") // a vote needs the digest
	newest := yumen.Job{}
	for _, j := range jobs {
		if j.Created.After(newest.Created) {
			newest = j
		}
	}
	return newest
}

func (d *demo) vote(j yumen.Job, person, reason string) {
	d.run(done, "review", "vote", j.ID, j.Artifact.Short(), "--reason", reason, "--as", person)
}

func (d *demo) allowed() {
	d.heading("1. An allowed statistic: held, checked, reviewed, released", "一、合规统计：暂存、检查、审核、放行")
	j := d.submit(done, "visits_by_district.yaml", "analyst.lin")
	d.run(done, "review", "show", j.ID, "--as", "reviewer.sun")
	d.run(done, "review", "preview", j.ID, "--rows", "5", "--as", "reviewer.sun")
	d.run(refused, "review", "vote", j.ID, j.Artifact.Short(), "--reason", "mine is fine", "--as", "analyst.lin")
	d.vote(j, "reviewer.sun", d.Say("counts rounded, every cell over k units", "计数已取整，各格均超过阈值"))
	d.run(done, "review", "release", j.ID, "--as", "reviewer.sun")
	name := "r" + strings.TrimPrefix(j.ID, "j")
	d.run(done, "release", "get", name, "--out", d.dir, "--as", "analyst.lin")
	d.run(done, "release", "verify", d.file(name+".receipt"), "--file", d.file(name+".csv"))
}

func (d *demo) tooFew() {
	d.heading("2. Too few people behind a cell: suppressed, and said why", "二、人数过少的单元格：抑制并说明原因")
	j := d.submit(done, "rare_diagnoses.yaml", "analyst.lin")
	d.run(done, "review", "show", j.ID, "--as", "reviewer.sun")
	d.run(done, "review", "preview", j.ID, "--rows", "12", "--as", "reviewer.sun")
}

// onePerson asks what would isolate one resident, and what would pass rounding by.
func (d *demo) onePerson() {
	d.heading("3. One resident, and an exact figure: refused, and rounded before anything is computed",
		"三、针对一人的查询与精确数值：拒绝，且先取整后计算")
	d.remark("(the difference of the two counts would be one resident's visits, diagnosis by diagnosis)",
		"（两个计数之差即为某一居民各诊断的就诊次数）")
	d.run(refused, "query", "--explain", "--contract", "city-health",
		"SELECT diagnosis_code, count(*) - count(nullif(resident_id,'17')) AS n FROM hospital_visits "+
			"GROUP BY diagnosis_code",
		"--as", "analyst.lin")
	d.remark("(a count as text, its rest, a comparison: each is made of the rounded count)",
		"（计数转为文本、取余、比较：均由取整后的计数得出）")
	j := d.submit(done, "exact_counts.yaml", "analyst.lin")
	d.run(done, "review", "preview", j.ID, "--cells", "--rows", "3", "--as", "reviewer.sun")
	d.run(done, "review", "preview", j.ID, "--rows", "3", "--as", "reviewer.sun")
}

func (d *demo) rawRows() {
	d.heading("4. Raw rows asked for as an extract: blocked", "四、以摘录为名索取原始行：阻断")
	j := d.submit(refused, "raw_visits.yaml", "analyst.lin")
	d.run(done, "review", "show", j.ID, "--as", "reviewer.sun")
}

func (d *demo) wasm() {
	d.heading("5. A Wasm module on people's rows: opaque, so two reviewers", "五、Wasm 模块处理逐人数据：含义不可推导，须两名审核员")
	j := d.submit(done, "readmission.yaml", "applicant.gao")
	d.run(done, "review", "show", j.ID, "--as", "reviewer.sun")
	d.vote(j, "reviewer.sun", d.Say("aggregates by department, module known", "按科室汇总，模块已备案"))
	d.vote(j, "reviewer.qian", d.Say("agrees with the published module", "与已公布模块一致"))
	d.run(done, "review", "release", j.ID, "--as", "reviewer.qian")
	name := "r" + strings.TrimPrefix(j.ID, "j")
	d.run(done, "release", "get", name, "--out", d.dir, "--as", "applicant.gao")
	d.run(done, "audit", "verify", "--receipt", d.file(name+".receipt"), "--file", d.file(name+".csv"), "--key",
		home.PathOf(d.home, home.PublicKeyFile))
}

// tampered flips one bit in a copy of the log and has it checked.
func (d *demo) tampered() {
	d.heading("7. The log verifies; with one bit flipped, it says where", "七、日志可验证；改动一个比特即可定位")
	d.run(done, "audit", "verify")
	if d.err != nil {
		return
	}
	copied := d.file("tampered-log")
	d.check(os.CopyFS(copied, os.DirFS(filepath.Join(d.home, home.LogDir))))
	d.check(flipBit(filepath.Join(copied, "entries")))
	vkey, err := d.publicKey(home.PathOf(d.home, home.PublicKeyFile))
	d.check(err)
	if d.err != nil {
		return
	}
	d.Print("(in a copy of the log, one bit in the middle is flipped)", "（在日志副本中间改动一个比特）")
	_, err = audit.Verify(copied, vkey)
	if err == nil {
		d.err = errors.New("demo: a tampered log passed")
		return
	}
	d.indent([]byte(strings.ReplaceAll(d.ErrorText(yumen.AsError(err)), copied, "tampered-log") + "\n"))
}

func flipBit(path string) error {
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[len(b)/2] ^= 1
	return os.WriteFile(path, b, 0o600)
}

func (d *demo) epilogue(keep bool) {
	d.heading("Where everything lies", "各文件位置")
	d.Print("all this took %.1f s", "全程用时 %.1f 秒", d.took.Seconds())
	if !keep {
		d.Print("nowhere any more: it was a temporary folder. To keep it and go on by hand:", "均在临时目录，现已删除。若要保留并继续操作：")
		d.Print("  yumen demo --home my-city", "  yumen demo --home my-city")
		d.Print("  yumen job list --home my-city --as analyst.lin", "  yumen job list --home my-city --as analyst.lin")
		d.Print("  yumen review list --home my-city --as reviewer.sun",
			"  yumen review list --home my-city --as reviewer.sun")
		return
	}
	d.Print("home:      %s (state.db, log, objects, keys)", "主目录：%s（state.db、log、objects、keys）", d.home)
	d.Print("files:     %s (city data, catalog entries, contract, jobs, released files and receipts)",
		"文件：%s（城市数据、目录描述、合同、任务、已放行文件与回执）", d.dir)
	d.Print("try next:  yumen review list --home %s --as reviewer.sun",
		"下一步：yumen review list --home %s --as reviewer.sun", d.home)
	d.Print("           yumen query --explain --contract city-health 'SELECT …' --home %s --as analyst.lin",
		"        yumen query --explain --contract city-health 'SELECT …' --home %s --as analyst.lin", d.home)
	d.Print("           yumen audit tail --home %s --as regulator.chen",
		"        yumen audit tail --home %s --as regulator.chen", d.home)
}
