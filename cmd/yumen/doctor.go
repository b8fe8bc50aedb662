package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
	"github.com/yumen-data/yumen/sandbox"
)

func (a *app) doctorCommand() *cobra.Command {
	var probes bool
	c := &cobra.Command{Use: "doctor", Short: a.Say("what isolation this host gives, and what to do about it",
		"检查本机的隔离能力及改进办法"), Args: cli.Args(),
		Long: a.Say("Starts an enclave that does nothing and reports what held it. With a home, its minimum is the measure; without one, full.",
			"启动一个空飞地并报告其隔离情况。有主目录时以其最低级别为准，否则以 full 为准。"),
		RunE: func(c *cobra.Command, _ []string) error {
			host, err := sandbox.New(sandbox.Config{Minimum: a.leastIsolation()})
			if err != nil {
				return err
			}
			r := host.Doctor(c.Context())
			if probes && r.Enough {
				var attempts []sandbox.Attempt
				if err := host.Probe(c.Context(),
					func(t sandbox.Attempt) { attempts = append(attempts, t) }); err != nil {
					return err
				}
				return a.probe(r, attempts)
			}
			disks, err := a.diskSpace()
			if err != nil {
				return err
			}
			expiring, err := a.expiring(c.Context())
			if err != nil {
				return err
			}
			var unread error
			if err := a.Show(nil, doctorReport{r, disks, expiring}, func() {
				a.printDoctor(r)
				a.printDisks(disks)
				a.printExpiring(expiring)
				unread = a.sayUnsealed(c.Context())
			}); err != nil || unread != nil {
				return cmp.Or(err, unread)
			}
			if !r.Enough {
				return yumen.Errorf(yumen.KindUnavailable, "isolation is %s, and %s is asked for: no job will run here",
					"隔离级别为 %s，低于要求的 %s：本机不会运行任何任务", string(r.Level), string(r.Minimum))
			}
			return shortDisk(disks)
		}}
	c.Flags().BoolVar(&probes, "probes", false,
		a.Say("make every break-out attempt of the probe suite that is safe here, each in an enclave of its own, and list them",
			"在各自的飞地中逐一进行本机可安全执行的突破尝试，并列出结果"))
	return c
}

// leastIsolation is what the home asks for, or full where there is none to ask.
func (a *app) leastIsolation() yumen.IsolationLevel {
	if dir, err := a.homePath(); err == nil {
		if s, err := home.ReadSettings(dir); err == nil {
			return s.Isolation
		}
	}
	return yumen.IsolationFull
}

// doctorReport is what doctor prints for programs.
type doctorReport struct {
	sandbox.Report
	Disks    []home.DiskSpace `json:"disks,omitempty"` // that the home lies on
	Expiring []api.Expiry     `json:"expiring,omitempty"`
}

// diskSpace returns the room of the disks of the home, where there is one.
func (a *app) diskSpace() ([]home.DiskSpace, error) {
	dir, err := a.homePath()
	if err != nil {
		return nil, nil
	}
	s, err := home.ReadSettings(dir)
	switch {
	case yumen.KindOf(err) == yumen.KindNotFound:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return s.Disk.Space(dir)
}

// expiring returns what expires soon of the organisations of the home, where there is one that this release reads.
func (a *app) expiring(ctx context.Context) ([]api.Expiry, error) {
	dir, err := a.homePath()
	if err != nil {
		return nil, nil
	}
	if _, err := home.ReadSettings(dir); err != nil {
		return nil, nil
	}
	out, err := home.Expiring(ctx, dir)
	if yumen.KindOf(err) == yumen.KindConflict { // of an earlier release, which is said beside
		err = nil
	}
	return out, err
}

func (a *app) printExpiring(all []api.Expiry) {
	for _, e := range all {
		fmt.Fprintln(a.Out, expiryText(e).In(a.Language()))
	}
}

// expiryText says that a credential of an organisation ends, and what comes of it.
func expiryText(e api.Expiry) yumen.Text {
	out := yumen.Say("credential %q of %s ends with %s: its people do nothing from then on but administer",
		"%[2]s 的资质“%[1]s”于 %[3]s 到期：此后其人员仅可进行运维", e.Name, e.Org, string(e.Expires))
	if len(e.Leaves) > 0 {
		out = yumen.Say("%s; NOBODY who can act has the role %s then", "%s；届时将无人可行使角色 %s", out, roleList(e.Leaves))
	}
	return yumen.Say("%s → yumen org change %s --credential %s=DAY", "%s → yumen org change %s --credential %s=日期", out,
		strconv.Quote(e.Org), strconv.Quote(e.Name))
}

func (a *app) printDisks(disks []home.DiskSpace) {
	for _, d := range disks {
		a.Print("disk of %s: %s free of %s; new jobs and imports need %s", "%s 所在磁盘：共 %[3]s，余 %[2]s；接受新任务与导入需余 %[4]s",
			d.Place, roughly(d.Free), roughly(d.Size), roughly(d.Reserve))
	}
}

// roughly writes a size in mebibytes, as people read it.
func roughly(s yumen.Size) string { return yumen.Size(s >> 20 << 20).String() }

// shortDisk refuses where new jobs and imports would be.
func shortDisk(disks []home.DiskSpace) error {
	for _, d := range disks {
		if d.Short() {
			return yumen.Errorf(yumen.KindUnavailable,
				"too little of the disk is free: new jobs and imports are refused, what is under way ends",
				"磁盘余量不足：新任务与导入会被拒绝，进行中的任务可以完成").At(d.Place).
				ToFix("free some space, or change disk in home.yaml", "请释放空间，或调整 home.yaml 中的 disk")
		}
	}
	return nil
}

func (a *app) printDoctor(r sandbox.Report) {
	l := a.Language()
	var rows [][]string
	for _, c := range r.Layers {
		there := a.Say("present", "具备")
		switch {
		case !c.Present && c.Required:
			there = a.Say("MISSING", "缺失")
		case !c.Present:
			there = a.Say("missing, not required", "缺失（非必需）")
		}
		rows = append(rows, []string{c.Name, there, c.Does.In(l), c.Detail})
	}
	cli.Table(a.Out, a.Header("LAYER 隔离层", "STATE 状态", "DOES 作用", "DETAIL 详情"), rows)
	for _, c := range r.Layers {
		if !c.Present && !c.Fix.IsZero() {
			fmt.Fprintf(a.Out, "→ %s: %s\n", c.Name, c.Fix.In(l))
		}
	}
	blocked := 0
	for _, p := range r.Probes {
		if p.Blocked {
			blocked++
		} else {
			a.Print("probe %s was NOT blocked", "探测 %s 未被阻止", p.Name)
		}
	}
	a.Print("probes blocked: %d of %d", "已阻止的探测：%d / %d", blocked, len(r.Probes))
	if r.Error != nil {
		fmt.Fprintln(a.Out, a.ErrorText(r.Error))
	}
	a.Print("level: %s (asked for: %s); an empty enclave took %d ms; kernel %s", "级别：%s（要求 %s）；空飞地用时 %d 毫秒；内核 %s",
		string(r.Level), string(r.Minimum), r.StartMS, r.Kernel)
}
