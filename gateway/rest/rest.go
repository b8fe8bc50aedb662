// Package rest is the REST door: every use case of package api under /v1, described by an OpenAPI 3.1 document that is
// made of the Go types. It finds out who asks through interfaces of its own, bounds what is sent, keeps uploads until
// they are used, and runs long work as operations that a client may lose sight of.
//
// It decides nothing: who may do what says package access, behind the use cases. It listens nowhere: package
// gateway/server does.
package rest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Authenticator makes principals out of credentials.
type Authenticator interface {
	// Authenticate returns the principal that a bearer token stands for, or kind denied.
	Authenticate(ctx context.Context, bearer string) (api.Principal, error)
}

// Local makes principals for whoever owns the home and asks on its socket.
type Local interface {
	// Asserted returns the principal of a person whom the owner of the home names, or kind denied where a name is not
	// enough.
	Asserted(ctx context.Context, name string) (api.Principal, error)
}

// Draft is a file without a name that is written once and then read. It is kept as safe as decrypted objects are.
type Draft interface {
	io.Writer
	// Open ends the writing and opens the file for reading.
	Open(name string) (*os.File, error)
	io.Closer
}

// Limiter bounds what an organisation and a contract ask of all doors together. An organisation of "" are those whom
// nobody has authenticated, a contract of "" is none. What it refuses is of kind limit.
type Limiter interface {
	// Call counts a call.
	Call(organisation, contract string) error
	// Connect counts what is being answered, until it is left.
	Connect(organisation, contract string) (leave func(), err error)
	// Spool counts bytes of uploads, until they are freed.
	Spool(organisation, contract string, bytes yumen.Size) (free func(), err error)
}

// Observer is told of every request that was answered. Route is a pattern such as GET /v1/jobs/{job}, never a path: a
// path has names.
type Observer interface {
	Answered(route string, status int, took time.Duration)
}

// Config wires a door.
type Config struct {
	Domain api.Domain
	// Tokens makes principals of bearer tokens. Without it there are none, and the socket of the home is the only way
	// in.
	Tokens Authenticator
	// Local makes principals on the socket of the home. Without it nobody is asserted.
	Local Local
	// Logins let people in by an OpenID provider. Without it they cannot.
	Logins api.LoginUseCases
	// Calls says which calls with a key were carried out. Without it that is forgotten when the door is closed.
	Calls Calls
	// Draft makes a file for an upload or a download.
	Draft func() (Draft, error)
	// Limits bound what is sent. Defaults to DefaultLimits.
	Limits Limits
	// Tenants bounds what organisations and contracts ask. Defaults to nothing.
	Tenants Limiter
	// Observe is told of answers. Defaults to nobody.
	Observe Observer
	// Log is told of defects. Defaults to nowhere.
	Log *slog.Logger
}

// Door is the REST door of one domain.
type Door struct {
	cfg        Config
	limits     limits
	api        huma.API
	mux        *http.ServeMux
	operations operations
	spool      spool
	repeated   repeated
	stopping   chan struct{}
	stopOnce   sync.Once
}

// New returns the door.
func New(cfg Config) *Door {
	if cfg.Limits == (Limits{}) {
		cfg.Limits = DefaultLimits
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := &Door{cfg: cfg, mux: http.NewServeMux(), stopping: make(chan struct{})}
	d.limits.Store(&cfg.Limits)
	d.spool = spool{draft: cfg.Draft, limits: &d.limits, tenants: cfg.Tenants, kept: map[string]*kept{},
		of: map[string]int64{}}
	d.operations = newOperations(&d.limits)
	d.repeated = repeated{of: map[string]*answers{}}
	d.api = humago.New(d.mux, document())
	d.routes()
	return d
}

// routes registers every call.
func (d *Door) routes() {
	d.catalogRoutes()
	d.contractRoutes()
	d.ruleRoutes()
	d.caseRoutes()
	d.jobRoutes()
	d.reviewRoutes()
	d.releaseRoutes()
	d.keyRoutes()
	d.logRoutes()
	d.fileRoutes()
	d.upkeepRoutes()
	d.peopleRoutes()
	d.orgRoutes()
	d.identityRoutes()
	d.loginRoutes()
	d.spoolRoutes()
	d.operationRoutes()
	get(d, "who", "/v1/me", "Who asks, as the door found it out", "",
		func(_ context.Context, by api.Principal, _ *struct{}) (who, error) {
			return who{Person: by.Person, Method: by.Method, Scopes: by.Scopes}, nil
		})
}

// Document returns the OpenAPI document as JSON.
func (d *Door) Document() ([]byte, error) { return d.api.OpenAPI().MarshalJSON() }

// SetLimits bounds what is sent from now on.
func (d *Door) SetLimits(l Limits) { d.limits.Store(&l) }

// Stop ends streams of events and begins no further operation: the server is about to stop.
func (d *Door) Stop() { d.stopOnce.Do(func() { close(d.stopping); d.operations.refuse() }) }

// Close waits for operations until ctx ends, gives up those that are left, and lets go of uploads and downloads.
func (d *Door) Close(ctx context.Context) {
	d.Stop()
	d.operations.close(ctx)
	d.spool.close()
}

// Expire lets go of what nobody came for: uploads, downloads, operations, answers to repeated calls.
func (d *Door) Expire(now time.Time) {
	d.spool.expire(now)
	d.operations.expire(now)
	d.repeated.expire(now)
}

// scope names what a call belongs to, as tokens name it.
type scope = api.Scope

// lang is the language that a request asks for.
func lang(r *http.Request) yumen.Lang {
	if l := r.Header.Get("Accept-Language"); len(l) > 1 && (l[:2] == "zh" || l[:2] == "ZH") {
		return yumen.LangChinese
	}
	return yumen.LangEnglish
}
