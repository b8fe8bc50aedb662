// Package cli is what the programs of this project share as command lines: language, JSON, tables, progress, exit
// codes, and how a wrong usage is answered. It is not for what any one command does.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/yumen-data/yumen"
)

// App is what every command shares: where to read and print, and how to speak.
type App struct {
	In        io.Reader
	Out, Errs io.Writer

	lang string
	JSON bool // print objects as JSON, and nothing for people
}

// usage marks an error as wrong usage, exit code 2.
type usage struct{ error }

// Usage marks an error as wrong usage of the command, which ends with exit code 2.
func Usage(err error) error { return usage{err} }

// Wrong is Usage with what is wrong in both languages.
func Wrong(en, zh string, args ...any) error { return usage{said{yumen.Say(en, zh, args...)}} }

// said is an error in both languages.
type said struct{ yumen.Text }

// Error returns the English form.
func (s said) Error() string { return s.EN }

// Main runs a program: it ends at an interrupt, and with the exit code that run returns.
func Main(run func(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Root makes c the first command of a program, with the flags that all programs have.
func (a *App) Root(c *cobra.Command) *cobra.Command {
	c.SilenceErrors, c.SilenceUsage, c.Version = true, true, version()
	c.SetOut(a.Out)
	c.SetErr(a.Errs)
	c.CompletionOptions.HiddenDefaultCmd = true
	f := c.PersistentFlags()
	f.StringVar(&a.lang, "lang", "", a.Say("language of messages: en or zh (LANG)", "提示语言：en 或 zh（LANG）"))
	f.BoolVar(&a.JSON, "json", false, a.Say("print JSON", "以 JSON 输出"))
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return Wrong("%s", "命令行选项有误：%s", err.Error())
	})
	return c
}

// Run runs a command line under a root, prints its error and returns the exit code: 0 done, 1 refused or failed, 2
// wrong usage.
func (a *App) Run(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	return a.exit(root.ExecuteContext(ctx))
}

// version is the module version the binary was built from, or "devel".
func version() string {
	if bi, ok := debug.ReadBuildInfo(); ok && bi.Main.Version != "" && bi.Main.Version != "(devel)" {
		return bi.Main.Version
	}
	return "devel"
}

// Language is the language to speak. Before flags are parsed it comes from the environment alone; help texts use that.
func (a *App) Language() yumen.Lang {
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

// Say picks the language and formats.
func (a *App) Say(en, zh string, args ...any) string {
	return yumen.Say(en, zh, args...).In(a.Language())
}

// Print prints a line for people; with --json it stays silent.
func (a *App) Print(en, zh string, args ...any) {
	if !a.JSON {
		fmt.Fprintln(a.Out, a.Say(en, zh, args...))
	}
}

// Show ends a command that came to v: it passes on the error, if there is one, or else prints v as JSON with --json,
// and otherwise lets human print it.
func (a *App) Show(err error, v any, human func()) error {
	if err != nil {
		return err
	}
	if !a.JSON {
		human()
		return nil
	}
	enc := json.NewEncoder(a.Out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// exit prints an error and returns the exit code.
func (a *App) exit(err error) int {
	var u usage
	switch {
	case err == nil:
		return 0
	case errors.As(err, &u) || strings.HasPrefix(err.Error(), "unknown command"):
		text := err.Error()
		if s, ok := u.error.(said); ok {
			text = s.In(a.Language())
		}
		fmt.Fprintln(a.Errs, "yumen:", text)
		fmt.Fprintln(a.Errs, a.Say("try: yumen --help", "用法见：yumen --help"))
		return 2
	}
	e := yumen.AsError(err)
	if errors.Is(err, context.Canceled) && e.Next == (yumen.Next{}) {
		e = yumen.Errorf(yumen.KindUnavailable, "interrupted: nothing is lost", "已中断，没有丢失任何内容").
			ToFix("go on with: yumen job resume", "继续执行：yumen job resume")
	}
	if a.JSON {
		enc := json.NewEncoder(a.Errs)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(map[string]any{"error": e}) // nowhere left to report to
		return 1
	}
	fmt.Fprintln(a.Errs, "yumen:", a.ErrorText(e))
	return 1
}

// ErrorText returns an error for people at the command line: what to ask for next is a command.
func (a *App) ErrorText(e *yumen.Error) string { return e.Phrased(a.Language(), commandOf) }

// commandOf is the command that asks for something: its name is that of the action.
func commandOf(n yumen.Next) string {
	if n.Action == "home.init" {
		return "yumen init --home " + n.Of
	}
	return strings.TrimSpace("yumen " + strings.ReplaceAll(n.Action, ".", " ") + " " + n.Of)
}

// Args checks the number of arguments and names what is missing.
func Args(names ...string) cobra.PositionalArgs {
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
			return Wrong("%s: missing %s", "%s：缺少 %s", c.CommandPath(), strings.Join(names[len(got):], " "))
		}
		if len(got) > max {
			return Wrong("%s: unexpected %q", "%s：多余的参数 %q", c.CommandPath(), got[max])
		}
		return nil
	}
}

// Group is a command that only has subcommands.
func Group(name, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: name, Short: short, RunE: func(c *cobra.Command, got []string) error {
		if len(got) > 0 {
			return Wrong("unknown command %q for %q", "未知的命令 %q（%q）", got[0], c.CommandPath())
		}
		return Wrong("%s: a subcommand is needed", "%s：须指明子命令", c.CommandPath())
	}}
	c.AddCommand(subs...)
	return c
}

// Progress returns a function that keeps one line on a terminal, and nil where there is none.
func (a *App) Progress(en, zh string) func(done, total int64) {
	f, ok := a.Errs.(*os.File)
	if !ok || a.JSON || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	what := a.Say(en, zh)
	return func(done, total int64) {
		if total > 0 {
			fmt.Fprintf(f, "\r\033[K%s %d%%", what, 100*done/total)
		} else {
			fmt.Fprintf(f, "\r\033[K%s %d", what, done)
		}
	}
}

// EndProgress clears the line that Progress kept.
func (a *App) EndProgress(p func(int64, int64)) {
	if p != nil {
		fmt.Fprint(a.Errs, "\r\033[K")
	}
}
