package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// token is the token of who acts: from the file that --token-file or YUMEN_TOKEN_FILE names, or YUMEN_TOKEN; empty
// where there is none.
func (a *app) token() (string, error) {
	path := cmp.Or(a.tokenFile, os.Getenv("YUMEN_TOKEN_FILE"))
	if path == "" {
		token := strings.TrimSpace(os.Getenv("YUMEN_TOKEN"))
		if token != "" && !oneWord(token) {
			return "", yumen.Errorf(yumen.KindInvalid, "this is no token", "这不是令牌").At("YUMEN_TOKEN").
				ToFix("set it to what yumen token create showed: one word", "请设为 yumen token create 所显示的内容，仅一个词")
		}
		return token, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", yumen.Errorf(yumen.KindNotFound, "cannot read the token", "无法读取令牌").At(path).Because(err)
	}
	defer f.Close() // read only
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		return "", yumen.Errorf(yumen.KindDenied, "others can read this file, so its token may be known to them",
			"该文件可被他人读取，其中的令牌可能已泄露").At(path).
			ToFix("revoke the token, make another, and keep it in a file of mode 0600", "请撤销该令牌并另建，存于权限为 0600 的文件")
	}
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	token := strings.TrimSpace(string(b))
	if err != nil || token == "" || !oneWord(token) {
		return "", yumen.Errorf(yumen.KindInvalid, "the file holds no token", "该文件不含令牌").At(path).
			ToFix("name the file that yumen token create wrote: one line", "请指明 yumen token create 写出的文件，仅一行")
	}
	return token, nil
}

// oneWord reports whether a text is letters, digits and signs alone, as a header can carry.
func oneWord(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

func (a *app) tokenCommand() *cobra.Command {
	return cli.Group("token", a.Say("tokens: what people and programs come in with", "令牌：人员与程序的访问凭据"),
		a.tokenCreate(), a.tokenList(), a.tokenRevoke())
}

func (a *app) tokenCreate() *cobra.Command {
	t, out, scopes, days := api.NewToken{}, "", []string(nil), 0.0
	c := &cobra.Command{Use: "create", Short: a.Say("make a token, and show it once", "创建令牌，仅显示一次"), Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			for _, s := range scopes {
				t.Scopes = append(t.Scopes, api.Scope(s))
			}
			if c.Flags().Changed("scopes") && len(t.Scopes) == 0 || c.Flags().Changed("days") && days <= 0 {
				return cli.Wrong("%s: --scopes names one at least, --days is more than 0",
					"%s：--scopes 至少指明一项，--days 须大于 0", c.CommandPath())
			}
			t.Lifetime = time.Duration(days * float64(24*time.Hour))
			return a.acting(c,
				func(domain api.Domain, by api.Principal) error { return a.createToken(c, domain, by, t, out) })
		}}
	f := c.Flags()
	f.StringVar(&t.Person, "for", "",
		a.Say("a code with which somebody else makes their first token, within a day", "为他人签发用于创建首个令牌的代码，有效一天"))
	f.StringVar(&t.Label, "label", "", a.Say("what it is for", "用途"))
	f.StringSliceVar(&scopes, "scopes", nil, a.Say("what it can be used for: ", "可用范围：")+scopeNames())
	f.Float64Var(&days, "days", 0, a.Say("how long it counts (90)", "有效天数（90）"))
	f.StringVar(&out, "out", "",
		a.Say("write it to this new file, of mode 0600, instead of showing it", "写入此新文件（权限 0600），不显示"))
	return c
}

func scopeNames() string {
	names := make([]string, len(api.Scopes))
	for i, s := range api.Scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// createToken makes a token and hands it over once. The file comes first, so that no token is made that cannot be
// written.
func (a *app) createToken(c *cobra.Command, domain api.Domain, by api.Principal, t api.NewToken,
	out string) (err error) {
	var file *newFile
	if out != "" {
		if file, err = createNew(out); err != nil {
			return err
		}
	}
	made, err := domain.CreateToken(c.Context(), by, t)
	if file != nil {
		if err != nil {
			return errors.Join(err, file.Abort())
		}
		if _, err = io.WriteString(file, made.Secret+"\n"); err == nil {
			err = file.Commit()
		}
		if err != nil { // it is nowhere
			_, revoked := domain.RevokeToken(c.Context(), by, made.ID)
			return errors.Join(err, revoked)
		}
		made.Secret = ""
	}
	return a.Show(err, made, func() {
		if made.Method == api.MethodCode {
			a.Print("made code %s for %s for: %s", "已为 %[2]s 签发代码 %[1]s，范围：%[3]s", made.ID, made.Person,
				scopeList(made.Scopes))
		} else {
			a.Print("made token %s of %s for: %s", "已为 %[2]s 创建令牌 %[1]s，范围：%[3]s", made.ID, made.Person,
				scopeList(made.Scopes))
		}
		a.Print("it counts until %s", "有效期至 %s", made.Expires.Local().Format(time.DateTime))
		if made.Method == api.MethodCode {
			a.Print("it is a code for %s alone, who makes a token with it once: yumen token create --token-file %s --out FILE; all other tokens of theirs end then",
				"这是仅供 %s 使用的一次性代码，用于创建令牌：yumen token create --token-file %s --out 文件；届时其其他令牌全部失效",
				made.Person, cmp.Or(out, a.Say("CODE-FILE", "代码文件")))
		} else if out != "" {
			a.Print("use it: yumen … --token-file %s", "使用：yumen … --token-file %s", out)
		}
		if out != "" {
			return
		}
		a.Print("this is the only time that it is shown; keep it in a file of mode 0600:", "仅显示这一次，请存于权限为 0600 的文件：")
		fmt.Fprintln(a.Out, made.Secret)
	})
}

func scopeList(scopes []api.Scope) string {
	if len(scopes) == len(api.Scopes) {
		return "*"
	}
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, " ")
}

func (a *app) tokenList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.Say("list tokens, without their secrets", "列出令牌（不含秘密）"),
		Args: cli.Args(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.looking(c, func(domain api.Domain, by api.Principal) error {
				ts, err := domain.Tokens(c.Context(), by)
				return a.Show(err, orEmpty(ts), func() {
					var rows [][]string
					for _, t := range ts {
						rows = append(rows,
							[]string{t.ID, t.Person, string(t.Method), t.Label, scopeList(t.Scopes), a.tokenState(t),
								t.By})
					}
					cli.Table(a.Out, a.Header("TOKEN 令牌", "PERSON 人员", "METHOD 方式", "LABEL 用途", "SCOPES 范围", "STATE 状态",
						"BY 签发人"), rows)
				})
			})
		}}
}

func (a *app) tokenState(t api.Token) string {
	state := a.Say("until %s", "有效期至 %s", t.Expires.Local().Format(time.DateTime))
	switch {
	case t.Revoked != nil:
		return a.Say("revoked %s by %s", "%s 由 %s 撤销", t.Revoked.At.Local().Format(time.DateTime), t.Revoked.By)
	case !time.Now().Before(t.Expires):
		state = a.Say("expired %s", "已于 %s 过期", t.Expires.Local().Format(time.DateTime))
	}
	if t.Asserted {
		state += a.Say(", not authenticated", "，未经认证")
	}
	if t.HandedBy != "" {
		state += a.Say(", by a code of %s", "，源自 %s 签发的代码", t.HandedBy)
	}
	return state
}

func (a *app) tokenRevoke() *cobra.Command {
	return &cobra.Command{Use: "revoke TOKEN", Args: cli.Args("TOKEN"),
		Short: a.Say("end a token at once, and all that were made with it; TOKEN is its id",
			"立即撤销令牌及用其创建的全部令牌；TOKEN 为其标识"),
		RunE: func(c *cobra.Command, got []string) error {
			if strings.HasPrefix(got[0], "yumen_") {
				return cli.Usage(errors.New(a.Say("a token is named by its id, the part between the underscores, as token list shows it; the token itself is a secret",
					"请用 token list 所示的标识（两个下划线之间的部分）指明令牌；令牌本身是秘密")))
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				ended, err := domain.RevokeToken(c.Context(), by, got[0])
				return a.Show(err, orEmpty(ended), func() {
					for _, t := range ended {
						a.Print("revoked token %s of %s", "已撤销 %[2]s 的令牌 %[1]s", t.ID, t.Person)
					}
				})
			})
		}}
}
