package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/client"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/home"
)

// access says how a home is opened that nobody serves.
type access bool

// The ways of opening.
const (
	toRead  access = false
	toWrite access = true
)

// naming says whether somebody has to be named who asks.
type naming bool

// What may be asked by a timer needs no name.
const (
	mustBeNamed  naming = false
	mayBeUnnamed naming = true
)

// acting asks a domain for what changes it.
func (a *app) acting(c *cobra.Command, do func(api.Domain, api.Principal) error) error {
	return a.ask(c, toWrite, mustBeNamed, do)
}

// looking asks a domain for what is there.
func (a *app) looking(c *cobra.Command, do func(api.Domain, api.Principal) error) error {
	return a.ask(c, toRead, mustBeNamed, do)
}

// ask finds the domain that a command is about, and who asks: at an address or through the server that has the home
// open, where one has.
func (a *app) ask(c *cobra.Command, how access, who naming, do func(api.Domain, api.Principal) error) error {
	if address := a.address(); address != "" {
		return a.askAt(c.Context(), address, do)
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
		token, err := a.token()
		if err != nil {
			return err
		}
		return a.askServer(c.Context(),
			client.On(func(ctx context.Context) (net.Conn, error) { return home.Dial(ctx, dir) }, token), token != "",
			who, do)
	}
	h, err := a.direct(c.Context(), how)
	if err != nil {
		return err
	}
	defer h.Close() // nothing is buffered
	by, err := a.principal(c.Context(), h, who)
	if err != nil {
		return err
	}
	return do(h.Service, by)
}

// askAt asks the server at an address, which needs a token.
func (a *app) askAt(ctx context.Context, address string, do func(api.Domain, api.Principal) error) error {
	token, err := a.token()
	if err != nil {
		return err
	}
	if token == "" {
		return cli.Usage(errors.New(a.Say("a server is asked with a token: give --token-file FILE, or YUMEN_TOKEN",
			"访问服务须有令牌：请用 --token-file 指定令牌文件，或设置 YUMEN_TOKEN")))
	}
	trust, err := server.Trust(cmp.Or(a.ca, os.Getenv("YUMEN_CA")))
	if err != nil {
		return err
	}
	cl, err := client.At(address, token, trust)
	if err != nil {
		return err
	}
	return a.askServer(ctx, cl, true, mustBeNamed, do)
}

// askServer asks a server as the bearer of a token or, on its socket, as whom the owner of the home names.
func (a *app) askServer(ctx context.Context, cl *client.Client, token bool, who naming,
	do func(api.Domain, api.Principal) error) error {
	defer cl.Close() // idle connections only
	by, name := api.Machine(), a.person()
	switch {
	case name != "":
		by = api.Asserted(yumen.Actor{Name: name})
	case who == mustBeNamed && !token:
		return a.nobody()
	}
	by, err := cl.Who(ctx, by)
	if err != nil {
		return err
	}
	if token && name != "" && name != by.Person.Name {
		return a.otherBearer(by)
	}
	return do(cl, by)
}

// otherBearer says that a token is not that of the person who is named.
func (a *app) otherBearer(by api.Principal) error {
	return cli.Usage(errors.New(a.Say("the token is that of %s, and --as or YUMEN_AS names %s",
		"令牌属于 %s，而 --as 或 YUMEN_AS 指明的是 %s",
		by.Person.Name, a.person())))
}

// direct opens the home in this process.
func (a *app) direct(ctx context.Context, how access) (*home.Home, error) {
	dir, err := a.homePath()
	switch {
	case err != nil:
		return nil, err
	case how == toWrite:
		return home.Open(ctx, dir, home.Options{Crash: crashPoint()})
	}
	return home.OpenReader(ctx, dir)
}

// person is the name of who acts: --as, or YUMEN_AS.
func (a *app) person() string { return cmp.Or(a.as, os.Getenv("YUMEN_AS")) }

// asSomebody is how another person says who they are in the next command: by a name where this one was said so. With
// tokens each has their own.
func (a *app) asSomebody(name string) string {
	if a.person() == "" {
		return ""
	}
	return " --as " + name
}

// asBefore is how the same person says so in the next command, as far as the command line said it.
func (a *app) asBefore(by api.Principal) string {
	if a.tokenFile != "" {
		return " --token-file " + a.tokenFile
	}
	return a.asSomebody(by.Person.Name)
}

// principal is the person whose token is given or whom --as names or, where nobody is and need not be, the machine.
func (a *app) principal(ctx context.Context, h *home.Home, who naming) (api.Principal, error) {
	name := a.person()
	token, err := a.token()
	if err != nil {
		return api.Principal{}, err
	}
	switch {
	case token != "":
		by, err := h.Auth.Authenticate(ctx, token)
		if err == nil && name != "" && name != by.Person.Name {
			err = a.otherBearer(by)
		}
		return by, err
	case name == "" && who == mayBeUnnamed:
		return api.Machine(), nil
	case name == "":
		return api.Principal{}, a.nobody()
	}
	return h.Auth.Asserted(ctx, name)
}

func (a *app) nobody() error {
	return cli.Usage(errors.New(a.Say("who acts? give --as NAME or --token-file FILE",
		"请用 --as 指明操作人，或用 --token-file 指定令牌文件")))
}
