package rest

import (
	"context"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// who is the answer to: who asks?
type who = wire.Who

// bearer is the name of the security scheme.
const bearer = "bearer"

// document begins the OpenAPI document. Neither links to schemas, which would carry the Host header, nor a page of
// documentation, which would load programs from elsewhere, are served.
func document() huma.Config {
	cfg := huma.DefaultConfig("Yumen 域门", "1")
	cfg.CreateHooks, cfg.DocsPath, cfg.SchemasPath, cfg.OpenAPIPath = nil, "", "", "/v1/openapi"
	cfg.RejectUnknownQueryParameters = true
	cfg.Info.Description = "Raw data stays in its domain, usable but not visible. 原始数据不出域、数据可用不可见。 " +
		"In the body of a request null, and in its query an empty parameter, stands for what is left out."
	cfg.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	cfg.Servers = []*huma.Server{{URL: "/"}}
	cfg.Security = []map[string][]string{{bearer: {}}}
	reg := huma.NewMapRegistry("#/components/schemas/", schemaName)
	reg.RegisterTypeAlias(reflect.TypeFor[yumen.Text](), reflect.TypeFor[textSchema]())
	reg.RegisterTypeAlias(reflect.TypeFor[yumen.Duration](), reflect.TypeFor[durationSchema]())
	cfg.Tags = tags()
	cfg.Components = &huma.Components{Schemas: reg, SecuritySchemes: map[string]*huma.SecurityScheme{
		bearer: {Type: "http", Scheme: "bearer",
			Description: "A token of the domain. On the socket of a home its owner needs none."}}}
	return cfg
}

// tags lists the groups of calls: one for each scope, and one for what belongs to none.
func tags() []*huma.Tag {
	about := map[scope]string{api.ScopeCatalog: "datasets, their columns and versions",
		api.ScopeContracts: "contracts and what has left under them",
		api.ScopeCases:     "cases and the offices that decide them",
		api.ScopeJobs:      "jobs, and what would become of them",
		api.ScopeReviews:   "held results and the votes on them",
		api.ScopeReleases:  "released files and their receipts", api.ScopeKeys: "keys of desensitization and sealing",
		api.ScopeLog: "entries of the log and their proofs", api.ScopeUpkeep: "verifying, resuming and destroying",
		api.ScopeDesensitize: "profiles applied to files", api.ScopeIdentities: "people and their credentials"}
	out := []*huma.Tag{{Name: noScope,
		Description: "For everybody who is authenticated: uploads, downloads, operations."}}
	for _, s := range api.Scopes {
		out = append(out, &huma.Tag{Name: string(s),
			Description: "For tokens with scope " + string(s) + ": " + about[s] + "."})
	}
	return out
}

// noScope is the group of calls for which a token needs no scope.
const noScope = "domain"

// schemaName names a schema after its type; what package api shows of something in the vocabulary is a view of it.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	switch base := path.Base(t.PkgPath()); {
	case strings.HasPrefix(t.Name(), "Page["):
		return schemaName(t.Field(0).Type.Elem(), hint) + "Page"
	case base == "api":
		return name + "View"
	case base == "wire" && name != "Problem" && name != "Operation" && name != "Upload":
		return name + "Body"
	}
	return name
}

// textSchema describes a text in two languages.
type textSchema struct{}

// Schema returns it: an object, or a string that stands for both languages.
func (textSchema) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	o := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{"en": s, "zh": s}}
	return &huma.Schema{Description: "A text in English and Chinese; a string stands for both.",
		OneOf: []*huma.Schema{o, {Type: huma.TypeString}}}
}

// durationSchema describes a span of time.
type durationSchema struct{}

// Schema returns it: numbers with units.
func (durationSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "A span of time, such as 90s or 12h.",
		Examples: []any{"12h"},
		Pattern:  `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
}

// eventSchema describes an event of a stream: before version 3.2 of OpenAPI the schema of a stream is that of each
// event.
func eventSchema(names ...any) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"event", "data"}, Properties: map[string]*huma.Schema{
		"event": {Type: huma.TypeString, Enum: names}, "data": {Type: huma.TypeString, Description: "JSON"}}}
}

// refusals are the statuses that any call may be refused with.
var refusals = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
	http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests,
	http.StatusRequestHeaderFieldsTooLarge, http.StatusInternalServerError, http.StatusServiceUnavailable}

// reply is an answer with a body.
type reply[T any] struct{ Body T }

// call registers an operation that asks the domain for something.
func call[I, O any](d *Door, op huma.Operation, s scope, do func(context.Context, api.Principal, *I) (O, error)) {
	op.Tags = []string{noScope}
	if s != "" {
		op.Tags = []string{string(s)}
		op.Extensions = map[string]any{"x-scope": string(s)}
	}
	op.BodyReadTimeout, op.MaxBodyBytes = -1, -1 // bodies are read and bounded before
	if strings.HasPrefix(op.Path, loginPath) {
		op.Security = []map[string][]string{{}} // for those who have no token yet
	}
	op.Errors = refusals
	huma.Register(d.api, op, func(ctx context.Context, in *I) (*reply[O], error) {
		q := requestOf(ctx)
		out, err := do(ctx, q.by, in)
		if err != nil {
			return nil, q.problem(err)
		}
		return &reply[O]{out}, nil
	})
}

// get registers a call that only looks.
func get[I, O any](d *Door, id, pattern, summary string, s scope,
	do func(context.Context, api.Principal, *I) (O, error)) {
	call(d, huma.Operation{OperationID: id, Method: http.MethodGet, Path: pattern, Summary: summary}, s, do)
}

// post registers a call that changes something.
func post[I, O any](d *Door, id, pattern, summary string, s scope,
	do func(context.Context, api.Principal, *I) (O, error)) {
	call(d, huma.Operation{OperationID: id, Method: http.MethodPost, Path: pattern, Summary: summary,
		Parameters: []*huma.Param{idempotencyKey}}, s, do)
}

// idempotencyKey describes the header that makes a call safe to repeat.
var idempotencyKey = &huma.Param{Name: wire.HeaderKey, In: "header",
	Description: "The same key with the same body is answered with the first answer, for a day.",
	Schema:      &huma.Schema{Type: huma.TypeString, MaxLength: new(maxKey)}}
