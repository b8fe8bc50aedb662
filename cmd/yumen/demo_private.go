package main

import (
	"fmt"
	"os"
	"strings"
)

// private asks for what leaves without reviewers, asks it again in other words, and spends what is left.
func (d *demo) private() {
	d.heading("6. A private answer: noise in place of reviewers, paid for from a budget", "六、差分隐私答案：以噪声代替审核，从预算支付")
	d.run(done, "contract", "sign", d.file("city-figures.yaml"), "--as", "regulator.chen")
	sql, err := os.ReadFile(d.file("patients_by_department.sql"))
	d.check(err)
	d.run(done, "query", "--explain", "--contract", "city-figures", strings.Join(strings.Fields(string(sql)), " "),
		"--as", "analyst.lin")
	j := d.submit(done, "patients_by_department.yaml", "analyst.lin")
	d.run(done, "release", "get", j.Release, "--out", d.dir, "--as", "analyst.lin")
	d.firstLines(j.Release+".csv", 4)
	d.run(done, "release", "verify", d.file(j.Release+".receipt"), "--file", d.file(j.Release+".csv"))
	d.remark("(the same question in other words: the same answer, and nothing is paid)", "（换一种写法问同一问题：给出同一答案，不计费用）")
	d.submit(done, "busiest_departments.yaml", "analyst.lin")
	d.remark("(another question, for more than is left)", "（另一问题，所需超出余额）")
	d.submit(refused, "stays_by_kind.yaml", "analyst.lin")
	d.run(done, "contract", "budget", "city-figures", "--as", "analyst.lin")
}

// remark says something between two commands.
func (d *demo) remark(en, zh string) {
	if d.err == nil {
		d.Print(en, zh)
	}
}

// firstLines shows the beginning of a file that left.
func (d *demo) firstLines(name string, n int) {
	if d.err != nil || d.JSON {
		return
	}
	b, err := os.ReadFile(d.file(name))
	d.check(err)
	fmt.Fprintf(d.Out, "$ head -%d %s\n", n, name)
	lines := strings.SplitAfter(string(b), "\n")
	d.indent([]byte(strings.Join(lines[:min(n, len(lines))], "")))
}
