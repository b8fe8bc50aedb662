package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/yumen-data/yumen"
)

// app is what every command shares: where to read and print, how to speak, which home, who acts.
type app struct {
	in        io.Reader
	out, errs io.Writer

	homeDir string
	as      string
	lang    string
	json    bool
}

// usage marks an error as wrong usage, exit code 2.
type usage struct{ error }

func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:           "yumen",
		Short:         a.say("raw data stays in its domain, usable but not visible", "域门：原始数据不出域、数据可用不可见"),
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	c.SetOut(a.out)
	c.SetErr(a.errs)
	c.CompletionOptions.HiddenDefaultCmd = true
	f := c.PersistentFlags()
	f.StringVar(&a.homeDir, "home", "", a.say("home folder of the domain (YUMEN_HOME)", "域的主目录（YUMEN_HOME）"))
	f.StringVar(&a.as, "as", "", a.say("who acts: a name from people.yaml (YUMEN_AS)", "操作人：people.yaml 中的姓名（YUMEN_AS）"))
	f.StringVar(&a.lang, "lang", "", a.say("language of messages: en or zh (LANG)", "提示语言：en 或 zh（LANG）"))
	f.BoolVar(&a.json, "json", false, a.say("print JSON", "以 JSON 输出"))
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{err} })
	c.AddCommand(a.initCommand(), a.catalogCommand(), a.contractCommand(), a.jobCommand(), a.queryCommand(), a.reviewCommand(),
		a.releaseCommand(), a.desensitizeCommand(), a.keyCommand(), a.auditCommand(), a.doctorCommand(), a.demoCommand(), a.benchCommand())
	return c
}

// language is known before flags are parsed only from the environment; help texts use that.
func (a *app) language() yumen.Lang {
	l := a.lang
	for _, name := range []string{"YUMEN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if l == "" {
			l = os.Getenv(name)
		}
	}
	if strings.HasPrefix(strings.ToLower(l), "zh") {
		return yumen.LangChinese
	}
	return yumen.LangEnglish
}

// say picks the language and formats.
func (a *app) say(en, zh string, args ...any) string {
	return yumen.Say(en, zh, args...).In(a.language())
}

// tell prints a line for people; with --json it stays silent.
func (a *app) tell(en, zh string, args ...any) {
	if !a.json {
		fmt.Fprintln(a.out, a.say(en, zh, args...))
	}
}

// show prints v as JSON with --json, and otherwise lets human print it.
func (a *app) show(v any, human func()) error {
	if !a.json {
		human()
		return nil
	}
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// exit prints an error and returns the exit code.
func (a *app) exit(err error) int {
	var u usage
	switch {
	case err == nil:
		return 0
	case errors.As(err, &u) || strings.HasPrefix(err.Error(), "unknown command"):
		fmt.Fprintln(a.errs, "yumen:", err)
		fmt.Fprintln(a.errs, a.say("try: yumen --help", "用法见：yumen --help"))
		return 2
	}
	e := yumen.AsError(err)
	if errors.Is(err, context.Canceled) {
		e = yumen.Errorf(yumen.KindUnavailable, "interrupted: nothing is lost", "已中断，没有丢失任何内容").
			ToFix("go on with: yumen job resume", "继续执行：yumen job resume")
	}
	if a.json {
		enc := json.NewEncoder(a.errs)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(map[string]any{"error": e}) // nowhere left to report to
		return 1
	}
	fmt.Fprintln(a.errs, "yumen:", e.In(a.language()))
	return 1
}

// args checks the number of arguments and names what is missing.
func args(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, got []string) error {
		min, max := 0, len(names)
		for _, n := range names {
			if strings.HasSuffix(n, "...") {
				max = 1 << 10
			}
			if !strings.HasPrefix(n, "[") {
				min++
			}
		}
		if len(got) < min {
			return usage{fmt.Errorf("%s: missing %s", c.CommandPath(), strings.Join(names[len(got):], " "))}
		}
		if len(got) > max {
			return usage{fmt.Errorf("%s: unexpected %q", c.CommandPath(), got[max])}
		}
		return nil
	}
}

// group is a command that only has subcommands.
func group(name, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: name, Short: short, RunE: func(c *cobra.Command, got []string) error {
		if len(got) > 0 {
			return usage{fmt.Errorf("unknown command %q for %q", got[0], c.CommandPath())}
		}
		return usage{fmt.Errorf("%s: a subcommand is needed", c.CommandPath())}
	}}
	c.AddCommand(subs...)
	return c
}

// progress returns a function that keeps one line on a terminal, and nil where there is none.
func (a *app) progress(en, zh string) func(done, total int64) {
	f, ok := a.errs.(*os.File)
	if !ok || a.json || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	what := a.say(en, zh)
	return func(done, total int64) {
		if total > 0 {
			fmt.Fprintf(f, "\r\033[K%s %d%%", what, 100*done/total)
		} else {
			fmt.Fprintf(f, "\r\033[K%s %d", what, done)
		}
	}
}

// progressEnd clears the line that progress kept.
func (a *app) progressEnd(p func(int64, int64)) {
	if p != nil {
		fmt.Fprint(a.errs, "\r\033[K")
	}
}
