package rest

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// loginPath is where people come who have no token. Its answers hold secrets, and are not remembered for who repeats a
// call.
const loginPath = "/v1/login"

func (d *Door) loginRoutes() {
	none := func() error {
		return yumen.Errorf(yumen.KindNotFound, "nobody logs in here by an OpenID provider",
			"此处不支持通过 OpenID 提供方登录").ToFix("use a token", "请使用令牌")
	}
	post(d, "begin-login", loginPath,
		"Begin a login at the OpenID provider, whose browser comes back to an address on loopback", "",
		func(ctx context.Context, _ api.Principal, in *struct {
			Body struct {
				Redirect string `json:"redirect" maxLength:"200"`
			}
		}) (api.Login, error) {
			if d.cfg.Logins == nil {
				return api.Login{}, none()
			}
			return d.cfg.Logins.BeginLogin(ctx, in.Body.Redirect)
		})
	post(d, "finish-login", loginPath+"/answer",
		"End a login with what the browser brought; the answer has the token of the session", "",
		func(ctx context.Context, _ api.Principal, in *struct{ Body api.LoginAnswer }) (api.IssuedToken, error) {
			if d.cfg.Logins == nil {
				return api.IssuedToken{}, none()
			}
			return d.cfg.Logins.FinishLogin(ctx, in.Body)
		})
}
