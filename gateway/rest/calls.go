package rest

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// Named is a call about something that the path names.
type Named struct {
	Name string `path:"name" maxLength:"256"`
}

// nothing is the answer of what has no other.
type nothing struct{}

func (d *Door) catalogRoutes() {
	dom := d.cfg.Domain
	get(d, "list-datasets", "/v1/datasets", "The catalog", api.ScopeCatalog,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[api.Dataset], error) {
			all, err := dom.Datasets(ctx, by)
			return pageOf(all, err, in, func(d api.Dataset) string { return d.Name })
		})
	get(d, "show-dataset", "/v1/datasets/{name}", "A dataset with its columns and versions", api.ScopeCatalog,
		func(ctx context.Context, by api.Principal, in *Named) (api.Dataset, error) {
			return dom.Dataset(ctx, by, in.Name)
		})
	post(d, "register-dataset", "/v1/datasets", "Register a dataset that a YAML text describes", api.ScopeCatalog,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.Text }) (api.Dataset, error) {
			return dom.Register(ctx, by, in.Body.File, []byte(in.Body.Text))
		})
	post(d, "publish-dataset", "/v1/datasets/{name}/publication", "Let contracts and jobs use the versions so far",
		api.ScopeCatalog,
		func(ctx context.Context, by api.Principal, in *Named) (api.Dataset, error) {
			return dom.Publish(ctx, by, in.Name)
		})
}

func (d *Door) contractRoutes() {
	dom := d.cfg.Domain
	get(d, "list-contracts", "/v1/contracts", "All contracts", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[yumen.SignedContract], error) {
			all, err := dom.Contracts(ctx, by)
			return pageOf(all, err, in, func(c yumen.SignedContract) string { return c.Name })
		})
	get(d, "show-contract", "/v1/contracts/{name}", "What a contract allows", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *Named) (yumen.SignedContract, error) {
			return dom.Contract(ctx, by, in.Name)
		})
	get(d, "show-ledger", "/v1/contracts/{name}/ledger", "What has left under a contract", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *Named) (api.Ledger, error) {
			return dom.Ledger(ctx, by, in.Name)
		})
	post(d, "sign-contract", "/v1/contracts", "Check a contract and sign it; it is in force once all have signed",
		api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.Text }) (yumen.SignedContract, error) {
			return dom.Sign(ctx, by, in.Body.File, []byte(in.Body.Text))
		})
	post(d, "check-contract", "/v1/contract-checks", "Every reason not to sign a contract", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.Text }) (wire.Reasons, error) {
			rs, err := dom.CheckContract(ctx, by, in.Body.File, []byte(in.Body.Text))
			return wire.Reasons{Reasons: append([]yumen.Reason{}, rs...)}, err
		})
	type because struct {
		Named
		Body wire.Because
	}
	post(d, "suspend-contract", "/v1/contracts/{name}/suspension", "Stop a contract at once", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *because) (yumen.SignedContract, error) {
			return dom.SuspendContract(ctx, by, in.Name, in.Body.Reason)
		})
	post(d, "resume-contract", "/v1/contracts/{name}/resumption", "Let a suspended contract go on", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *because) (yumen.SignedContract, error) {
			return dom.ResumeContract(ctx, by, in.Name, in.Body.Reason)
		})
	post(d, "withdraw-signature", "/v1/contracts/{name}/withdrawal", "Take a signature back before all have signed",
		api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *Named) (yumen.SignedContract, error) {
			return dom.WithdrawSignature(ctx, by, in.Name)
		})
	post(d, "terminate-contract", "/v1/contracts/{name}/termination", "End a contract", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *Named) (yumen.SignedContract, error) {
			return dom.Terminate(ctx, by, in.Name)
		})
}

func (d *Door) ruleRoutes() {
	dom := d.cfg.Domain
	get(d, "list-packs", "/v1/packs", "The policy packs that were put in force", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[yumen.SignedPack], error) {
			all, err := dom.Packs(ctx, by)
			return pageOf(all, err, in, func(p yumen.SignedPack) string { return fmt.Sprintf("%s/%06d", p.ID, p.Revision) })
		})
	post(d, "sign-pack", "/v1/packs", "Put a policy pack in force", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.Pack }) (yumen.SignedPack, error) {
			return dom.SignPack(ctx, by, in.Body.File, []byte(in.Body.Text), in.Body.Trial)
		})
	get(d, "list-years", "/v1/calendar", "The years of working days that were added", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[yumen.AnnouncedYear], error) {
			all, err := dom.Years(ctx, by)
			return pageOf(all, err, in, func(y yumen.AnnouncedYear) string { return strconv.Itoa(y.Year) })
		})
	post(d, "add-year", "/v1/calendar", "Add a year of working days", api.ScopeContracts,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.Text }) (yumen.AnnouncedYear, error) {
			return dom.AddYear(ctx, by, in.Body.File, []byte(in.Body.Text))
		})
}

func (d *Door) reviewRoutes() {
	dom := d.cfg.Domain
	get(d, "list-reviews", "/v1/reviews", "What waits for a reviewer, the longest waiting first", api.ScopeReviews,
		func(ctx context.Context, by api.Principal, in *page) (api.Queue, error) {
			return dom.Waiting(ctx, by, in.After, in.Limit)
		})
	get(d, "show-review", "/v1/reviews/{job}", "All that there is to know about a held result, without its rows",
		api.ScopeReviews,
		func(ctx context.Context, by api.Principal, in *OfJob) (api.Case, error) {
			return dom.Case(ctx, by, in.Job)
		})
	post(d, "preview-result", "/v1/reviews/{job}/preview",
		"Some rows of the held result; that somebody looked is logged", api.ScopeReviews,
		func(ctx context.Context, by api.Principal, in *struct {
			OfJob
			Body wire.Preview
		}) (api.Rows, error) {
			return dom.Preview(ctx, by, in.Job, api.PreviewOf(in.Body))
		})
	post(d, "vote", "/v1/reviews/{job}/votes", "Approve, return or reject the result with this digest",
		api.ScopeReviews,
		func(ctx context.Context, by api.Principal, in *struct {
			OfJob
			Body wire.Vote
		}) (yumen.Job, error) {
			return dom.Vote(ctx, by, in.Job, in.Body.Digest, in.Body.Decision, in.Body.Reason)
		})
	post(d, "release-result", "/v1/reviews/{job}/release", "Let an approved result leave, with a receipt",
		api.ScopeReviews,
		func(ctx context.Context, by api.Principal, in *struct {
			OfJob
			Body wire.Leave
		}) (yumen.Release, error) {
			return dom.Release(ctx, by, in.Job, in.Body.Format)
		})
}

func (d *Door) releaseRoutes() {
	dom := d.cfg.Domain
	get(d, "list-releases", "/v1/releases", "The releases that one may fetch", api.ScopeReleases,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[yumen.Release], error) {
			all, err := dom.Releases(ctx, by)
			return pageOf(all, err, in, func(r yumen.Release) string { return r.Name })
		})
	post(d, "fetch-release", "/v1/releases/{name}/fetch",
		"The receipt of a release, and where its file is; that it was fetched is logged",
		api.ScopeReleases, func(ctx context.Context, by api.Principal, in *Named) (wire.Fetched, error) {
			res, err := dom.Fetch(ctx, by, in.Name)
			if err != nil {
				return wire.Fetched{}, err
			}
			out := wire.Fetched{Release: res.Release, MediaType: res.MediaType, Columns: res.Columns,
				Receipt: res.Receipt, Notice: res.Notice}
			out.Download, err = d.spool.offer(by, api.ScopeReleases, res, res.MediaType, 0)
			return out, err
		})
}

func (d *Door) keyRoutes() {
	dom := d.cfg.Domain
	get(d, "list-keys", "/v1/keys", "All versions of the keys of desensitization that one may know of; no secret is in it", api.ScopeKeys,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[api.Key], error) {
			all, err := dom.Keys(ctx, by)
			return pageOf(all, err, in, keyName)
		})
	post(d, "create-key", "/v1/keys", "Make a key with its first version", api.ScopeKeys,
		func(ctx context.Context, by api.Principal, in *struct{ Body api.NewKey }) (api.KeyVersion, error) {
			return dom.CreateKey(ctx, by, in.Body)
		})
	post(d, "rotate-key", "/v1/keys/{name}/versions", "Add a version to a key", api.ScopeKeys,
		func(ctx context.Context, by api.Principal, in *Named) (api.KeyVersion, error) {
			return dom.RotateKey(ctx, by, in.Name)
		})
	post(d, "rotate-sealing-key", "/v1/sealing-key/versions",
		"Add a version to the key that stored objects are sealed by", api.ScopeKeys,
		func(ctx context.Context, by api.Principal, _ *struct{}) (api.KeyVersion, error) {
			return dom.RotateSealing(ctx, by)
		})
	post(d, "destroy-key", "/v1/keys/{name}/versions/{version}/destruction", "Erase a version of a key for good",
		api.ScopeKeys,
		func(ctx context.Context, by api.Principal, in *struct {
			Named
			Version int `path:"version" minimum:"1"`
			Body    wire.Reason
		}) (nothing, error) {
			return nothing{}, dom.DestroyKey(ctx, by, api.KeyVersion{ID: in.Name, Version: in.Version}, in.Body.Reason)
		})
}

func (d *Door) logRoutes() {
	get(d, "list-log", "/v1/log", "A page of the log, oldest first", api.ScopeLog,
		func(ctx context.Context, by api.Principal, in *struct {
			Job    string `query:"job" doc:"entries of one job alone"`
			From   int64  `query:"from" doc:"index of the first; below 0 it counts from the end"`
			Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
			Proofs bool   `query:"proofs" doc:"each with the proof that it stands in the log"`
		}) (wire.LogPage, error) {
			p, err := d.cfg.Domain.Entries(ctx, by, api.LogQuery(*in))
			return logPageOf(p), err
		})
}

func logPageOf(p api.LogPage) wire.LogPage {
	out := wire.LogPage{Entries: make([]wire.LogEntry, len(p.Entries)), Size: p.Size, Next: p.Next}
	for i, e := range p.Entries {
		out.Entries[i] = wire.LogEntry{LogEntry: e, Raw: e.Raw}
	}
	return out
}

func (d *Door) upkeepRoutes() {
	dom := d.cfg.Domain
	post(d, "resume", "/v1/upkeep/resumption",
		"Drive every job that an interruption left on its way, and ask again what is due", api.ScopeUpkeep,
		func(ctx context.Context, by api.Principal, _ *struct{}) ([]yumen.Job, error) {
			return dom.Resume(ctx, by)
		})
	post(d, "destroy", "/v1/upkeep/destructions", "Destroy a version, a held result or a released file for good",
		api.ScopeUpkeep,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.Destruction }) ([]api.Destroyed, error) {
			return dom.Destroy(ctx, by, in.Body.Name, in.Body.Reason)
		})
	long(d, "verify", "/v1/upkeep/verifications", "Compare records, steps and objects with the log", api.ScopeUpkeep,
		func(by api.Principal, in *struct{ Body wire.Verification }) (work, error) {
			return work{func() {}, func(ctx context.Context, o *operation) (any, error) {
				return dom.Verify(ctx, by, api.VerifyOptions{Quick: in.Body.Quick, Progress: o.progress})
			}}, nil
		})
}

func (d *Door) identityRoutes() {
	dom := d.cfg.Domain
	post(d, "create-token", tokenPath, "Make a token; its secret is in this answer and nowhere else",
		api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *struct{ Body wire.NewToken }) (api.IssuedToken, error) {
			t := in.Body
			return dom.CreateToken(ctx, by,
				api.NewToken{Person: t.Person, Label: t.Label, Scopes: t.Scopes, Lifetime: time.Duration(t.Lifetime)})
		})
	get(d, "list-tokens", tokenPath,
		"Tokens without their secrets: one's own, and everybody's for those who manage them", api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[api.Token], error) {
			all, err := dom.Tokens(ctx, by)
			return pageOf(all, err, in, func(t api.Token) string { return t.ID })
		})
	post(d, "revoke-token", tokenPath+"/{name}/revocation", "End a token at once, and all that were made with it",
		api.ScopeIdentities,
		func(ctx context.Context, by api.Principal, in *Named) ([]api.Token, error) {
			return dom.RevokeToken(ctx, by, in.Name)
		})
}

// tokenPath is where tokens are. An answer that holds a secret is not remembered for whoever repeats a call: that it
// was given is.
const tokenPath = "/v1/tokens"
