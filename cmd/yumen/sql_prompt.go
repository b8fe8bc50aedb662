package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/term"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// words complete what is typed, besides names of tables and columns.
var words = []string{"SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "COUNT(*)",
	"COUNT(DISTINCT ",
	"SUM(", "AVG(", "EXPLAIN POLICY", "SHOW", "SET yumen.", "TABLE yumen.", "released.", "WITH", "JOIN"}

// prompt reads statements from a terminal, each to its semicolon, until the end of the input or \q.
func (s *sqlClient) prompt(ctx context.Context, in *os.File, contract string) error {
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, s.Out}, "")
	h := openHistory()
	defer h.close()
	t.History = h
	policy, err := s.table(ctx, "policy")
	if err != nil {
		return err
	}
	t.AutoCompleteCallback = completion(policy)
	s.Print(`under contract %s; \? for help, \q to leave`, `合同 %s；\? 查看帮助，\q 退出`, contract)
	text := ""
	for ctx.Err() == nil {
		t.SetPrompt(contract + map[bool]string{true: "=> ", false: "-> "}[text == ""])
		line, err := readLine(in, t)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if line = strings.TrimSpace(line); text == "" && strings.HasPrefix(line, `\`) {
			if line == `\q` {
				return nil
			}
			s.complain(s.command(ctx, line, policy))
			continue
		}
		if text = strings.TrimSpace(text + "\n" + line); !strings.HasSuffix(text, ";") {
			continue
		}
		s.offer(ctx, in, t, text)
		text = ""
	}
	return nil
}

// offer asks a statement, and where it is refused with one that would do instead, asks that if the person wants it.
func (s *sqlClient) offer(ctx context.Context, in *os.File, t *term.Terminal, text string) {
	err := s.ask(ctx, text)
	s.complain(err)
	instead := rewritten(text, err)
	if instead == "" {
		return
	}
	t.SetPrompt(s.Say("ask this instead, y or n? %s ", "改为执行以下语句，y 或 n？%s ", instead))
	if answer, err := readLine(in, t); err == nil && strings.EqualFold(strings.TrimSpace(answer), "y") {
		s.complain(s.ask(ctx, instead))
	}
}

// meant finds the name that the gateway takes a misspelt one for.
var meant = regexp.MustCompile(`^(?:did you mean|是否想写) "?([^"?？]+)"?[?？]$`)

// rewritten is the statement that a refusal suggests: the same, with a name as it is meant. It is "" where the refusal
// only says what to change.
func rewritten(text string, err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return ""
	}
	name, runes := meant.FindStringSubmatch(e.Hint), []rune(text)
	at := int(e.Position) - 1
	if name == nil || at < 0 || at >= len(runes) {
		return ""
	}
	end := at
	for end < len(runes) && (unicode.IsLetter(runes[end]) || unicode.IsDigit(runes[end]) || runes[end] == '_') {
		end++
	}
	if end == at { // a quoted name, or a place of something else
		return ""
	}
	return string(runes[:at]) + name[1] + string(runes[end:])
}

// readLine reads one line. The terminal is as it was before while a statement runs, so that it can be interrupted.
func readLine(in *os.File, t *term.Terminal) (string, error) {
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return "", err
	}
	defer term.Restore(int(in.Fd()), before) // nothing is left to do where it fails
	if w, h, err := term.GetSize(int(in.Fd())); err == nil {
		_ = t.SetSize(w, h) // a size that the terminal has
	}
	return t.ReadLine()
}

// complain says why a statement failed; the prompt goes on.
func (s *sqlClient) complain(err error) {
	if err != nil {
		text := s.ErrorText(yumen.AsError(err))
		s.Print("%s", "%s", text)
	}
}

// table reads a table of schema yumen.
func (s *sqlClient) table(ctx context.Context, name string) (sqlRows, error) {
	all, err := s.conn.Exec(ctx, "TABLE yumen."+name).ReadAll()
	if err != nil {
		return sqlRows{}, s.sqlError(err)
	}
	return resultOf(all[0]), nil
}

// command answers what begins with a backslash.
func (s *sqlClient) command(ctx context.Context, line string, policy sqlRows) error {
	word, name, _ := strings.Cut(line, " ")
	shows := map[string]string{`\j`: "jobs", `\r`: "releases", `\b`: "budget", `\c`: "contract"}
	switch {
	case word == `\d`:
		s.describe(policy, strings.TrimSpace(name))
		return nil
	case shows[word] != "":
		rows, err := s.table(ctx, shows[word])
		if err == nil {
			s.write([]sqlRows{rows})
		}
		return err
	}
	s.Print(`\d [TABLE] tables and what their columns may be used for, \j jobs, \r releases, \b budget, \c contract, \q leave; a statement ends with ;`,
		`\d [表] 表及各列允许的用途，\j 任务，\r 已发布结果，\b 预算，\c 合同，\q 退出；语句以 ; 结束`)
	return nil
}

// describe shows what the columns of a table, or of all tables, may be used for.
func (s *sqlClient) describe(policy sqlRows, name string) {
	var rows [][]string
	for _, r := range policy.Rows {
		if name == "" || *r[0] == name {
			rows = append(rows, []string{*r[0], *r[1], *r[3], *r[4], *r[5], *r[7]})
		}
	}
	if len(rows) == 0 {
		s.Print("the contract grants no table %q", "合同未授权表 %q", name)
		return
	}
	cli.Table(s.Out, s.Header("TABLE 表", "COLUMN 列", "TYPE 类型", "ROLE 角色", "USES 用途", "BOUNDS 范围"), rows)
}

// completion completes the word before the cursor, as far as it is settled.
func completion(policy sqlRows) func(string, int, rune) (string, int, bool) {
	all := slices.Clone(words)
	for _, r := range policy.Rows {
		all = append(all, *r[0], *r[1])
	}
	return func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		start := strings.LastIndexAny(line[:pos], " (,.=") + 1
		full := settled(all, line[start:pos])
		if full == "" {
			return line, pos, true
		}
		return line[:start] + full + line[pos:], start + len(full), true
	}
}

// settled returns what all words have in common that begin with something; "" where none does.
func settled(all []string, begin string) string {
	out := ""
	for _, w := range all {
		if begin == "" || len(w) < len(begin) || !strings.EqualFold(w[:len(begin)], begin) {
			continue
		}
		if out == "" {
			out = w
			continue
		}
		n := 0
		for n < len(out) && n < len(w) && out[n] == w[n] {
			n++
		}
		out = out[:max(n, len(begin))]
	}
	return out
}

// history is what was typed, kept in a file that its owner alone can read: statements may have values in them.
type history struct {
	lines []string
	file  *os.File // nil where there is none
}

const historyLines = 1000

func openHistory() *history {
	h := &history{}
	dir := os.Getenv("XDG_STATE_HOME")
	if home, err := os.UserHomeDir(); dir == "" && err == nil {
		dir = filepath.Join(home, ".local", "state")
	}
	name := filepath.Join(dir, "yumen", "sql_history")
	if dir == "" || os.MkdirAll(filepath.Dir(name), 0o700) != nil {
		return h
	}
	if b, err := os.ReadFile(name); err == nil {
		h.lines = strings.Split(strings.TrimSpace(string(b)), "\n")
		h.lines = h.lines[max(0, len(h.lines)-historyLines):]
	}
	h.file, _ = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) // without it nothing is kept
	return h
}

func (h *history) close() {
	if h.file != nil {
		_ = h.file.Close() // what is lost is what was typed last
	}
}

// Add keeps a line.
func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	h.lines = append(h.lines, line)
	if h.file != nil {
		_, _ = h.file.WriteString(line + "\n") // the same
	}
}

// Len returns how many lines there are.
func (h *history) Len() int { return len(h.lines) }

// At returns a line, the newest first.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
