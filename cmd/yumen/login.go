package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/client"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/home"
	"github.com/yumen-data/yumen/internal/durable"
)

func (a *app) loginCommand() *cobra.Command {
	out, paste := "", false
	c := &cobra.Command{Use: "login", Args: cli.Args(),
		Short: a.Say("log in at the domain's OpenID provider, and keep a token for the session",
			"通过本域的 OpenID 提供方登录并保存会话令牌"),
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := tokenPath(out)
			if err != nil {
				return err
			}
			return a.unknown(c, func(logins api.LoginUseCases) error {
				t, err := a.logIn(c.Context(), logins, paste)
				if err != nil {
					return err
				}
				if err := durable.Replace(file, []byte(t.Secret+"\n")); err != nil {
					return cannotWrite(file, err)
				}
				t.Secret = ""
				return a.Show(nil, t, func() {
					a.Print("logged in as %s until %s", "已以 %s 登录，有效期至 %s", t.Person,
						t.Expires.Local().Format(time.DateTime))
					a.Print("use it: yumen … --token-file %s", "使用：yumen … --token-file %s", file)
				})
			})
		}}
	c.Flags().StringVar(&out, "out", "",
		a.Say("where the token is kept, mode 0600; defaults to yumen/token in the user's configuration folder",
			"令牌保存位置（权限 0600），默认为用户配置目录下的 yumen/token"))
	c.Flags().BoolVar(&paste, "paste", false,
		a.Say("the browser is on another machine: paste the address that it ends at", "浏览器在其他机器上：粘贴其最终地址"))
	return c
}

// tokenPath is the file that a session's token is kept in.
func tokenPath(out string) (string, error) {
	if out != "" {
		return filepath.Abs(out)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", yumen.Errorf(yumen.KindInvalid, "no configuration folder is known",
			"未找到用户配置目录").ToFix("give --out FILE", "请使用 --out 文件").Because(err)
	}
	dir = filepath.Join(dir, "yumen")
	return filepath.Join(dir, "token"), os.MkdirAll(dir, 0o700)
}

// unknown asks a domain, at an address, through the server of the home or in the home itself, before it is known who
// asks.
func (a *app) unknown(c *cobra.Command, do func(api.LoginUseCases) error) error {
	if address := a.address(); address != "" {
		trust, err := server.Trust(cmp.Or(a.ca, os.Getenv("YUMEN_CA")))
		if err != nil {
			return err
		}
		cl, err := client.At(address, "", trust)
		if err != nil {
			return err
		}
		defer cl.Close() // idle connections only
		return do(cl)
	}
	dir, err := a.homePath()
	if err != nil {
		return err
	}
	served, err := home.Served(c.Context(), dir)
	if err != nil {
		return err
	}
	if served {
		cl := client.On(func(ctx context.Context) (net.Conn, error) { return home.Dial(ctx, dir) }, "")
		defer cl.Close() // idle connections only
		return do(cl)
	}
	h, err := a.direct(c.Context(), toWrite)
	if err != nil {
		return err
	}
	defer h.Close() // nothing is buffered
	return do(h.Logins)
}

// loginTakes is how long a person may take at the provider.
const loginTakes = 10 * time.Minute

// logIn sends a person to the provider, and waits until the browser is back or its last address was pasted.
func (a *app) logIn(ctx context.Context, logins api.LoginUseCases, paste bool) (api.IssuedToken, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTakes)
	defer cancel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return api.IssuedToken{},
			yumen.Errorf(yumen.KindUnavailable, "no port of this machine is free for the browser to come back to",
				"本机没有可供浏览器返回的端口").Because(err)
	}
	defer l.Close() // it is over
	begun, err := logins.BeginLogin(ctx, "http://"+l.Addr().String()+"/")
	if err != nil {
		return api.IssuedToken{}, err
	}
	fmt.Fprintln(a.Errs, a.Say("open this address in a browser:", "请在浏览器中打开以下地址："))
	fmt.Fprintln(a.Errs, begun.URL)
	var q url.Values
	if paste {
		fmt.Fprintln(a.Errs, a.Say("then paste the address that it ends at, although no page may be there:",
			"然后粘贴其最终地址（该页面可能无法显示）："))
		q, err = readAnswer(a.In)
	} else {
		q, err = awaitAnswer(ctx, l, begun.URL)
	}
	if err != nil {
		return api.IssuedToken{}, err
	}
	return logins.FinishLogin(ctx, api.LoginAnswer{Handle: begun.Handle, State: q.Get("state"), Code: q.Get("code")})
}

// readAnswer reads an address that was pasted.
func readAnswer(in io.Reader) (url.Values, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 1<<16)).ReadString('\n')
	u, err1 := url.Parse(strings.TrimSpace(line))
	if err1 != nil || u.Query().Get("code") == "" {
		return nil, yumen.Errorf(yumen.KindInvalid, "this is not the address that a login ends at", "这不是登录的最终地址").
			ToFix("it begins with http://127.0.0.1 and has a code in it",
				"该地址以 http://127.0.0.1 开头并含 code 参数").Because(errors.Join(err, err1))
	}
	return u.Query(), nil
}

// awaitAnswer waits until the browser comes back from the address at which the login was begun.
func awaitAnswer(ctx context.Context, l net.Listener, begun string) (url.Values, error) {
	at, err := url.Parse(begun)
	if err != nil {
		return nil, err
	}
	got := make(chan url.Values, 1)
	s := &http.Server{ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 1 << 16,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			if r.Method != http.MethodGet || r.URL.Path != "/" || q.Get("state") != at.Query().Get("state") { // somebody else's
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, "Back to the command line; this page can be closed. 请返回命令行，本页可以关闭。\n") // the browser may be gone
			select {
			case got <- q:
			default:
			}
		})}
	go func() { _ = s.Serve(l) }() // until it is closed
	defer func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = s.Shutdown(late) // the answer is here
	}()
	select {
	case q := <-got:
		if q.Get("code") == "" {
			return nil, yumen.Errorf(yumen.KindDenied, "the provider refused the login",
				"提供方拒绝了登录").ToFix("ask those who run it", "请联系提供方")
		}
		return q, nil
	case <-ctx.Done():
		return nil, yumen.Errorf(yumen.KindUnavailable, "nobody came back from the provider",
			"未收到提供方的返回").ToFix("begin anew", "请重新登录").Because(ctx.Err())
	}
}
