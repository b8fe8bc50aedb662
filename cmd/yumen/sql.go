package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/server"
)

// sqlFlags say where the door for clients of PostgreSQL is, and how answers are written.
type sqlFlags struct {
	at, contract string
	csv          bool
}

func (a *app) sqlCommand() *cobra.Command {
	var from sqlFlags
	c := &cobra.Command{Use: "sql [STATEMENT]", Args: cobra.MaximumNArgs(1),
		Short: a.Say("ask in SQL through the gateway: one statement, those of the standard input, or at a prompt",
			"经 SQL 网关查询：单条语句、标准输入中的语句，或交互式提示符"),
		Long: a.Say(`Connects to a server's door for clients of PostgreSQL, with a token, and asks under a contract. Without a statement it reads the standard input; on a terminal it prompts.

At the prompt:
  \d [TABLE]  tables of the contract, with what each column may be used for
  \j          your jobs        \r   what was released
  \b          what is left of the privacy budget
  \q          leave`,
			`以令牌连接服务的 PostgreSQL 端口，并依据合同查询。不给出语句时读取标准输入；在终端上则显示提示符。

提示符下：
  \d [表]  合同中的表及各列的允许用途
  \j       本人任务        \r   已发布结果
  \b       剩余隐私预算
  \q       退出`),
		RunE: func(c *cobra.Command, got []string) error {
			if from.contract == "" {
				return cli.Usage(errors.New(a.Say("yumen sql: missing --contract", "yumen sql：缺少 --contract")))
			}
			return a.sql(c.Context(), from, got)
		}}
	f := c.Flags()
	f.StringVar(&from.contract, "contract", "", a.Say("contract to ask under", "所依据的合同"))
	f.StringVar(&from.at, "at", "", a.Say("HOST:PORT of the door (YUMEN_SQL); 127.0.0.1:5432 by default",
		"网关地址 主机:端口（YUMEN_SQL），默认 127.0.0.1:5432"))
	f.BoolVar(&from.csv, "csv", false, a.Say("write rows as CSV", "以 CSV 输出行"))
	return c
}

// sqlClient is a connection, and how its answers are written.
type sqlClient struct {
	*app
	conn *pgconn.PgConn
	csv  bool
}

// sql connects, and asks what it is given.
func (a *app) sql(ctx context.Context, from sqlFlags, statements []string) error {
	c, err := a.sqlConfig(from)
	if err != nil {
		return err
	}
	conn, err := pgconn.ConnectConfig(ctx, c)
	if err != nil {
		return a.sqlError(err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // it may be gone
	s := &sqlClient{a, conn, from.csv}
	switch in, isFile := a.In.(*os.File); {
	case len(statements) == 1:
		return s.ask(ctx, statements[0])
	case isFile && term.IsTerminal(int(in.Fd())):
		return s.prompt(ctx, in, from.contract)
	}
	text, err := io.ReadAll(a.In)
	if err != nil {
		return err
	}
	return s.ask(ctx, string(text))
}

// sqlConfig is how to connect. Nothing of it comes from the environment of other clients.
func (a *app) sqlConfig(from sqlFlags) (*pgconn.Config, error) {
	token, err := a.token()
	if err != nil {
		return nil, err
	}
	parts := strings.Split(token, "_")
	if len(parts) < 3 {
		return nil, cli.Usage(errors.New(a.Say("the gateway is asked with a token: give --token-file FILE, or YUMEN_TOKEN",
			"访问网关须有令牌：请用 --token-file 指定令牌文件，或设置 YUMEN_TOKEN")))
	}
	at := cmp.Or(from.at, os.Getenv("YUMEN_SQL"), "127.0.0.1:5432")
	host, port, err := net.SplitHostPort(at)
	n, err1 := strconv.ParseUint(port, 10, 16)
	if err != nil || err1 != nil {
		return nil, cli.Usage(errors.New(a.Say("--at is HOST:PORT", "--at 须为 主机:端口")))
	}
	trust, err := server.Trust(cmp.Or(a.ca, os.Getenv("YUMEN_CA")))
	if err != nil {
		return nil, err
	}
	trust.ServerName = host
	c, err := pgconn.ParseConfig("")
	if err != nil {
		return nil, err
	}
	c.Host, c.Port, c.Fallbacks, c.TLSConfig = host, uint16(n), nil, trust
	c.User, c.Password, c.Database = a.person()+"/"+parts[1], token, from.contract
	if a.person() == "" {
		c.User = parts[1]
	}
	c.ChannelBinding = "require"
	c.RuntimeParams = map[string]string{"application_name": "yumen sql", "yumen.lang": string(a.Language())}
	c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		fmt.Fprintln(a.Errs, a.Say("note: %s", "提示：%s", n.Message)) // rows may go to a file
	}
	return c, nil
}

// sqlError is an error of the gateway as the command line says it.
func (a *app) sqlError(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return yumen.Errorf(yumen.KindUnavailable, "the gateway does not answer", "网关无应答").
			ToFix("see whether a server listens there for clients of PostgreSQL (yumen serve --postgres), and its certificate (--ca)",
				"请确认服务已开放 PostgreSQL 端口（yumen serve --postgres），并检查证书（--ca）").Because(err)
	}
	kind := yumen.KindDenied
	if strings.HasPrefix(e.Code, "42") || strings.HasPrefix(e.Code, "22") {
		kind = yumen.KindInvalid
	}
	text := e.Message
	if e.Detail != "" {
		text += "\n" + e.Detail
	}
	out := yumen.Errorf(kind, "%s", "%s", text+" ["+e.Code+"]")
	if e.Hint != "" {
		out = out.ToFix("%s", "%s", e.Hint)
	}
	return &refusedSQL{out, e}
}

// refusedSQL is an error of the gateway with what it was in PostgreSQL's protocol.
type refusedSQL struct {
	said *yumen.Error
	wire *pgconn.PgError
}

// Error says what the gateway said.
func (e *refusedSQL) Error() string { return e.said.Error() }

// Unwrap returns both.
func (e *refusedSQL) Unwrap() []error { return []error{e.said, e.wire} }

// sqlRows are the rows of one statement.
type sqlRows struct {
	Columns []string    `json:"columns"`
	Rows    [][]*string `json:"rows"` // null for a cell without a value
	Tag     string      `json:"tag"`
}

// ask asks statements, and writes what comes back. An interrupt cancels the one that is under way.
func (s *sqlClient) ask(ctx context.Context, text string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	cancel := context.AfterFunc(ctx, func() { _ = s.conn.CancelRequest(context.WithoutCancel(ctx)) }) // it may have ended
	defer cancel()
	if isCopy(text) && !s.JSON {
		_, err := s.conn.CopyTo(context.WithoutCancel(ctx), s.Out, text)
		if err != nil {
			err = s.sqlError(err)
		}
		return err
	}
	all, err := s.conn.Exec(context.WithoutCancel(ctx), text).ReadAll()
	var out []sqlRows
	for _, r := range all {
		if r.Err != nil {
			continue
		}
		out = append(out, resultOf(r))
		if strings.HasPrefix(out[len(out)-1].Tag, "COPY ") && err == nil {
			return yumen.Errorf(yumen.KindInvalid, "what COPY gives is shown where it stands alone, and as it is",
				"COPY 的内容只在单独执行时原样输出").ToFix("ask the question itself, with --csv or --json",
				"请直接查询，并使用 --csv 或 --json")
		}
	}
	if err != nil {
		if err = s.sqlError(err); !s.JSON {
			s.write(out) // what was answered before may have been paid for
		}
	}
	return s.Show(err, out, func() { s.write(out) })
}

// isCopy reports whether a text is one COPY.
func isCopy(text string) bool {
	text = strings.TrimRight(text, "; \t\r\n")
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '(' })
	return len(words) > 0 && strings.EqualFold(words[0], "COPY") && !strings.Contains(text, ";")
}

func resultOf(r *pgconn.Result) sqlRows {
	out := sqlRows{Tag: r.CommandTag.String(), Columns: []string{}, Rows: [][]*string{}}
	for _, f := range r.FieldDescriptions {
		out.Columns = append(out.Columns, f.Name)
	}
	for _, row := range r.Rows {
		cells := make([]*string, len(row))
		for i, v := range row {
			if v != nil {
				text := string(v)
				cells[i] = &text
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// write writes rows for people, or as CSV.
func (s *sqlClient) write(all []sqlRows) {
	for _, r := range all {
		if len(r.Columns) == 0 {
			if !s.csv {
				s.Print("%s", "%s", r.Tag)
			}
			continue
		}
		null := "∅"
		if s.csv {
			null = ""
		}
		rows := make([][]string, len(r.Rows))
		for i, row := range r.Rows {
			for _, v := range row {
				if v == nil {
					v = &null
				}
				rows[i] = append(rows[i], *v)
			}
		}
		if !s.csv {
			cli.Table(s.Out, r.Columns, rows)
			continue
		}
		w := csv.NewWriter(s.Out)
		_ = w.WriteAll(append([][]string{r.Columns}, rows...)) // a pipe that is closed ends the program
	}
}
