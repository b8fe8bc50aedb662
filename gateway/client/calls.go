package client

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// Datasets returns the whole catalog.
func (c *Client) Datasets(ctx context.Context, by api.Principal) ([]api.Dataset, error) {
	return list[api.Dataset](ctx, c, by, at("datasets"))
}

// Dataset returns one entry.
func (c *Client) Dataset(ctx context.Context, by api.Principal, name string) (api.Dataset, error) {
	return get[api.Dataset](ctx, c, by, at("datasets", name), nil)
}

// Register adds a dataset to the catalog.
func (c *Client) Register(ctx context.Context, by api.Principal, file string, text []byte) (api.Dataset, error) {
	return post[api.Dataset](ctx, c, by, at("datasets"), wire.Text{File: file, Text: string(text)})
}

// Publish lets contracts and jobs use a dataset.
func (c *Client) Publish(ctx context.Context, by api.Principal, name string) (api.Dataset, error) {
	return post[api.Dataset](ctx, c, by, at("datasets", name, "publication"), nil)
}

// Contracts returns all contracts.
func (c *Client) Contracts(ctx context.Context, by api.Principal) ([]yumen.SignedContract, error) {
	return list[yumen.SignedContract](ctx, c, by, at("contracts"))
}

// Contract returns one contract.
func (c *Client) Contract(ctx context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	return get[yumen.SignedContract](ctx, c, by, at("contracts", name), nil)
}

// Ledger returns what has left under a contract.
func (c *Client) Ledger(ctx context.Context, by api.Principal, name string) (api.Ledger, error) {
	return get[api.Ledger](ctx, c, by, at("contracts", name, "ledger"), nil)
}

// WithdrawSignature takes a signature back.
func (c *Client) WithdrawSignature(ctx context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	return post[yumen.SignedContract](ctx, c, by, at("contracts", name, "withdrawal"), nil)
}

// Sign signs a contract.
func (c *Client) Sign(ctx context.Context, by api.Principal, file string, text []byte) (yumen.SignedContract, error) {
	return post[yumen.SignedContract](ctx, c, by, at("contracts"), wire.Text{File: file, Text: string(text)})
}

// CheckContract returns every reason not to sign a contract.
func (c *Client) CheckContract(ctx context.Context, by api.Principal, file string, text []byte) ([]yumen.Reason, error) {
	found, err := post[wire.Reasons](ctx, c, by, at("contract-checks"), wire.Text{File: file, Text: string(text)})
	return found.Reasons, err
}

// SuspendContract stops a contract at once.
func (c *Client) SuspendContract(ctx context.Context, by api.Principal, name, reason string) (yumen.SignedContract,
	error) {
	return post[yumen.SignedContract](ctx, c, by, at("contracts", name, "suspension"), wire.Because{Reason: reason})
}

// ResumeContract lets a suspended contract go on.
func (c *Client) ResumeContract(ctx context.Context, by api.Principal, name, reason string) (yumen.SignedContract,
	error) {
	return post[yumen.SignedContract](ctx, c, by, at("contracts", name, "resumption"), wire.Because{Reason: reason})
}

// Terminate ends a contract.
func (c *Client) Terminate(ctx context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	return post[yumen.SignedContract](ctx, c, by, at("contracts", name, "termination"), nil)
}

// Packs returns the policy packs that were put in force.
func (c *Client) Packs(ctx context.Context, by api.Principal) ([]yumen.SignedPack, error) {
	return list[yumen.SignedPack](ctx, c, by, at("packs"))
}

// SignPack puts a policy pack in force.
func (c *Client) SignPack(ctx context.Context, by api.Principal, file string, text []byte,
	trial bool) (yumen.SignedPack, error) {
	return post[yumen.SignedPack](ctx, c, by, at("packs"), wire.Pack{File: file, Text: string(text), Trial: trial})
}

// Years returns the years of working days that were added.
func (c *Client) Years(ctx context.Context, by api.Principal) ([]yumen.AnnouncedYear, error) {
	return list[yumen.AnnouncedYear](ctx, c, by, at("calendar"))
}

// AddYear adds a year of working days.
func (c *Client) AddYear(ctx context.Context, by api.Principal, file string, text []byte) (yumen.AnnouncedYear, error) {
	return post[yumen.AnnouncedYear](ctx, c, by, at("calendar"), wire.Text{File: file, Text: string(text)})
}

// Submit sends a job on its way.
func (c *Client) Submit(ctx context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (yumen.Job, error) {
	return submit[yumen.Job](ctx, c, by, at("jobs"), spec, module)
}

// Watch waits until a person is due or the job has ended. Where the connection breaks it is made again.
func (c *Client) Watch(ctx context.Context, by api.Principal, id string) (j yumen.Job, err error) {
	err = c.follow(ctx, by, at("jobs", id, "events"), func(event string, data []byte) error {
		if event != "end" {
			return nil
		}
		return json.Unmarshal(data, &j)
	})
	return j, err
}

// Explain says what would become of a job.
func (c *Client) Explain(ctx context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (api.Explanation,
	error) {
	return submit[api.Explanation](ctx, c, by, at("explanations"), spec, module)
}

// Job returns a job.
func (c *Client) Job(ctx context.Context, by api.Principal, id string) (api.Job, error) {
	return get[api.Job](ctx, c, by, at("jobs", id), nil)
}

// Jobs returns all jobs.
func (c *Client) Jobs(ctx context.Context, by api.Principal) ([]yumen.Job, error) {
	return list[yumen.Job](ctx, c, by, at("jobs"))
}

// Cancel withdraws a job.
func (c *Client) Cancel(ctx context.Context, by api.Principal, id string) (yumen.Job, error) {
	return post[yumen.Job](ctx, c, by, at("jobs", id, "cancellation"), nil)
}

// Recur has a job asked again and again.
func (c *Client) Recur(ctx context.Context, by api.Principal, id string, every time.Duration) (yumen.Recurrence,
	error) {
	return post[yumen.Recurrence](ctx, c, by, at("jobs", id, "recurrence"),
		wire.Recurrence{Every: yumen.Duration(every)})
}

// EndRecurrence has a job asked no more.
func (c *Client) EndRecurrence(ctx context.Context, by api.Principal, id string) (yumen.Recurrence, error) {
	return post[yumen.Recurrence](ctx, c, by, at("jobs", id, "recurrence", "end"), nil)
}

// Recurrences returns what recurs.
func (c *Client) Recurrences(ctx context.Context, by api.Principal) ([]yumen.Recurrence, error) {
	return list[yumen.Recurrence](ctx, c, by, at("recurrences"))
}

// Waiting returns a page of what waits for a reviewer.
func (c *Client) Waiting(ctx context.Context, by api.Principal, after string, limit int) (api.Queue, error) {
	q := url.Values{}
	if after != "" {
		q.Set("after", after)
	}
	if limit != 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return get[api.Queue](ctx, c, by, at("reviews"), q)
}

// Case returns what there is to know about a held result.
func (c *Client) Case(ctx context.Context, by api.Principal, id string) (api.Case, error) {
	return get[api.Case](ctx, c, by, at("reviews", id), nil)
}

// Preview returns some rows of a held result.
func (c *Client) Preview(ctx context.Context, by api.Principal, id string, of api.PreviewOf) (api.Rows, error) {
	return post[api.Rows](ctx, c, by, at("reviews", id, "preview"), wire.Preview(of))
}

// Vote records a decision.
func (c *Client) Vote(ctx context.Context, by api.Principal, id, digest string, d yumen.Decision,
	reason string) (yumen.Job, error) {
	return post[yumen.Job](ctx, c, by, at("reviews", id, "votes"),
		wire.Vote{Digest: digest, Decision: d, Reason: reason})
}

// Release lets an approved result leave.
func (c *Client) Release(ctx context.Context, by api.Principal, id string, format yumen.FileFormat) (yumen.Release,
	error) {
	return post[yumen.Release](ctx, c, by, at("reviews", id, "release"), wire.Leave{Format: format})
}

// Releases returns the releases that the principal may fetch.
func (c *Client) Releases(ctx context.Context, by api.Principal) ([]yumen.Release, error) {
	return list[yumen.Release](ctx, c, by, at("releases"))
}

// Fetch returns a release with its receipt.
func (c *Client) Fetch(ctx context.Context, by api.Principal, name string) (api.Result, error) {
	f, err := post[wire.Fetched](ctx, c, by, at("releases", name, "fetch"), nil)
	if err != nil {
		return api.Result{}, err
	}
	resp, err := c.send(ctx, by, "GET", at("downloads", f.Download), nil)
	if err != nil {
		return api.Result{}, err
	}
	return api.Result{ReadCloser: resp.Body, Release: f.Release, MediaType: f.MediaType, Columns: f.Columns,
		Receipt: f.Receipt, Notice: f.Notice}, nil
}

// CreateKey makes a key.
func (c *Client) CreateKey(ctx context.Context, by api.Principal, k api.NewKey) (api.KeyVersion, error) {
	return post[api.KeyVersion](ctx, c, by, at("keys"), k)
}

// RotateKey adds a version to a key.
func (c *Client) RotateKey(ctx context.Context, by api.Principal, id string) (api.KeyVersion, error) {
	return post[api.KeyVersion](ctx, c, by, at("keys", id, "versions"), nil)
}

// RotateSealing adds a version to the key of stored objects.
func (c *Client) RotateSealing(ctx context.Context, by api.Principal) (api.KeyVersion, error) {
	return post[api.KeyVersion](ctx, c, by, at("sealing-key", "versions"), nil)
}

// DestroyKey erases a version of a key.
func (c *Client) DestroyKey(ctx context.Context, by api.Principal, of api.KeyVersion, reason string) error {
	_, err := post[struct{}](ctx, c, by, at("keys", of.ID, "versions", strconv.Itoa(of.Version), "destruction"),
		wire.Reason{Reason: reason})
	return err
}

// Keys describes all versions of all keys.
func (c *Client) Keys(ctx context.Context, by api.Principal) ([]api.Key, error) {
	return list[api.Key](ctx, c, by, at("keys"))
}

// Entries returns a page of the log.
func (c *Client) Entries(ctx context.Context, by api.Principal, q api.LogQuery) (api.LogPage, error) {
	p, err := get[wire.LogPage](ctx, c, by, at("log"),
		url.Values{"job": {q.Job}, "from": {strconv.FormatInt(q.From, 10)},
			"limit": {strconv.Itoa(q.Limit)}, "proofs": {strconv.FormatBool(q.Proofs)}})
	out := api.LogPage{Size: p.Size, Next: p.Next}
	for _, e := range p.Entries {
		e.LogEntry.Raw = e.Raw
		out.Entries = append(out.Entries, e.LogEntry)
	}
	return out, err
}

// Resume drives what an interruption left.
func (c *Client) Resume(ctx context.Context, by api.Principal) ([]yumen.Job, error) {
	return post[[]yumen.Job](ctx, c, by, at("upkeep", "resumption"), nil)
}

// Verify compares records, steps and objects with the log.
func (c *Client) Verify(ctx context.Context, by api.Principal, v api.VerifyOptions) (api.Verified, error) {
	return operate[api.Verified](ctx, c, by, at("upkeep", "verifications"), wire.Verification{Quick: v.Quick},
		v.Progress, nil)
}

// Destroy destroys an object for good.
func (c *Client) Destroy(ctx context.Context, by api.Principal, name, reason string) ([]api.Destroyed, error) {
	return post[[]api.Destroyed](ctx, c, by, at("upkeep", "destructions"), wire.Destruction{Name: name, Reason: reason})
}

// CreateToken makes a token.
func (c *Client) CreateToken(ctx context.Context, by api.Principal, t api.NewToken) (api.IssuedToken, error) {
	return post[api.IssuedToken](ctx, c, by, at("tokens"),
		wire.NewToken{Person: t.Person, Label: t.Label, Scopes: t.Scopes,
			Lifetime: yumen.Duration(t.Lifetime)})
}

// Tokens returns tokens without their secrets.
func (c *Client) Tokens(ctx context.Context, by api.Principal) ([]api.Token, error) {
	return list[api.Token](ctx, c, by, at("tokens"))
}

// RevokeToken ends a token.
func (c *Client) RevokeToken(ctx context.Context, by api.Principal, id string) ([]api.Token, error) {
	return post[[]api.Token](ctx, c, by, at("tokens", id, "revocation"), nil)
}
