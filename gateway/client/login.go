package client

import (
	"context"

	"github.com/yumen-data/yumen/api"
)

// BeginLogin begins a login at the OpenID provider.
func (c *Client) BeginLogin(ctx context.Context, redirect string) (api.Login, error) {
	return post[api.Login](ctx, c, api.Principal{}, at("login"), map[string]string{"redirect": redirect})
}

// FinishLogin ends it.
func (c *Client) FinishLogin(ctx context.Context, a api.LoginAnswer) (api.IssuedToken, error) {
	return post[api.IssuedToken](ctx, c, api.Principal{}, at("login", "answer"), a)
}
