package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
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
			var unread error
			if err := a.Show(nil, r, func() { a.printDoctor(r); unread = a.sayUnsealed(c.Context()) }); err != nil || unread != nil {
				return cmp.Or(err, unread)
			}
			if !r.Enough {
				return yumen.Errorf(yumen.KindUnavailable, "isolation is %s, and %s is asked for: no job will run here",
					"隔离级别为 %s，低于要求的 %s：本机不会运行任何任务", string(r.Level), string(r.Minimum))
			}
			return nil
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
