package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/sandbox"
)

// probeReport is what the break-out attempts came to.
type probeReport struct {
	Kernel   string            `json:"kernel,omitempty"`
	UID      int               `json:"uid"` // that the attempts' enclaves were started by
	Attempts []sandbox.Attempt `json:"attempts"`
	Blocked  int               `json:"blocked"`
}

// probe makes every break-out attempt in an enclave of its own and prints what became of it.
func (a *app) probe(r sandbox.Report, attempts []sandbox.Attempt) error {
	report := probeReport{Kernel: r.Kernel, UID: os.Geteuid(), Attempts: attempts}
	for _, t := range attempts {
		if t.Blocked {
			report.Blocked++
		}
	}
	if err := a.Show(nil, report, func() { a.printProbes(report) }); err != nil {
		return err
	}
	if through := len(attempts) - report.Blocked; through > 0 {
		return yumen.Errorf(yumen.KindUnavailable, "%d attempts got through: this host does not hold an enclave",
			"%d 次尝试突破成功：本机无法隔离安全计算环境", through)
	}
	return nil
}

func (a *app) printProbes(r probeReport) {
	var rows [][]string
	for i, t := range r.Attempts {
		held := a.Say("blocked", "已阻止")
		if !t.Blocked {
			held = a.Say("GOT THROUGH", "突破成功")
		}
		rows = append(rows, []string{strconv.Itoa(i + 1), t.Area, t.Name, held, t.Result})
	}
	cli.Table(a.Out, a.Header("NO 序号", "AREA 方面", "TRIED 尝试", "CAME OF IT 结果", "ERROR 错误"), rows)
	fmt.Fprintln(a.Out, a.Say(fmt.Sprintf("attempts blocked: %d of %d, as uid %d on kernel %s", r.Blocked,
		len(r.Attempts), r.UID, r.Kernel),
		fmt.Sprintf("已阻止的尝试：%d / %d，uid %d，内核 %s", r.Blocked, len(r.Attempts), r.UID, r.Kernel)))
}
