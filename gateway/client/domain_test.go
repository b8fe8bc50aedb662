package client_test

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// asked is a domain that notes what it is asked, and answers with whatever answer is set.
type asked struct {
	method string
	by     api.Principal
	args   []any
	answer any
	err    error
}

// note notes a call, and returns the answer.
func note[T any](a *asked, method string, by api.Principal, args ...any) (out T, err error) {
	a.method, a.by, a.args = method, by, args
	if a.err != nil {
		return out, a.err
	}
	out, _ = a.answer.(T)
	return out, nil
}

// contents reads files, which are gone when the call is over.
func contents(paths []string) (out []string) {
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		out = append(out, string(b))
	}
	return out
}

func (a *asked) Datasets(_ context.Context, by api.Principal) ([]api.Dataset, error) {
	return note[[]api.Dataset](a, "Datasets", by)
}

func (a *asked) Dataset(_ context.Context, by api.Principal, name string) (api.Dataset, error) {
	return note[api.Dataset](a, "Dataset", by, name)
}

func (a *asked) Register(_ context.Context, by api.Principal, file string, text []byte) (api.Dataset, error) {
	return note[api.Dataset](a, "Register", by, file, string(text))
}

func (a *asked) Publish(_ context.Context, by api.Principal, name string) (api.Dataset, error) {
	return note[api.Dataset](a, "Publish", by, name)
}

func (a *asked) Contracts(_ context.Context, by api.Principal) ([]yumen.SignedContract, error) {
	return note[[]yumen.SignedContract](a, "Contracts", by)
}

func (a *asked) Contract(_ context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	return note[yumen.SignedContract](a, "Contract", by, name)
}

func (a *asked) Ledger(_ context.Context, by api.Principal, name string) (api.Ledger, error) {
	return note[api.Ledger](a, "Ledger", by, name)
}

func (a *asked) Sign(_ context.Context, by api.Principal, file string, text []byte) (yumen.SignedContract, error) {
	return note[yumen.SignedContract](a, "Sign", by, file, string(text))
}

func (a *asked) Terminate(_ context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	return note[yumen.SignedContract](a, "Terminate", by, name)
}

func (a *asked) CheckContract(_ context.Context, by api.Principal, file string, text []byte) ([]yumen.Reason, error) {
	return note[[]yumen.Reason](a, "CheckContract", by, file, string(text))
}

func (a *asked) WithdrawSignature(_ context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	return note[yumen.SignedContract](a, "WithdrawSignature", by, name)
}

func (a *asked) SuspendContract(_ context.Context, by api.Principal, name, reason string) (yumen.SignedContract, error) {
	return note[yumen.SignedContract](a, "SuspendContract", by, name, reason)
}

func (a *asked) ResumeContract(_ context.Context, by api.Principal, name, reason string) (yumen.SignedContract, error) {
	return note[yumen.SignedContract](a, "ResumeContract", by, name, reason)
}

func (a *asked) Packs(_ context.Context, by api.Principal) ([]yumen.SignedPack, error) {
	return note[[]yumen.SignedPack](a, "Packs", by)
}

func (a *asked) SignPack(_ context.Context, by api.Principal, file string, text []byte,
	trial bool) (yumen.SignedPack, error) {
	return note[yumen.SignedPack](a, "SignPack", by, file, string(text), trial)
}

func (a *asked) OpenCase(_ context.Context, by api.Principal, c api.NewCase) (api.OfficeCase, error) {
	return note[api.OfficeCase](a, "OpenCase", by, c)
}

func (a *asked) OfficeCases(_ context.Context, by api.Principal) ([]api.OfficeCase, error) {
	return note[[]api.OfficeCase](a, "OfficeCases", by)
}

func (a *asked) OfficeCase(_ context.Context, by api.Principal, id string) (api.OfficeCase, error) {
	return note[api.OfficeCase](a, "OfficeCase", by, id)
}

func (a *asked) ActOnCase(_ context.Context, by api.Principal, id string, act api.CaseAct) (api.OfficeCase, error) {
	return note[api.OfficeCase](a, "ActOnCase", by, id, act)
}

func (a *asked) AttachToCase(_ context.Context, by api.Principal, id, name string, content []byte) (api.OfficeCase,
	error) {
	return note[api.OfficeCase](a, "AttachToCase", by, id, name, string(content))
}

func (a *asked) CaseDocument(_ context.Context, by api.Principal, id string, digest yumen.Digest) ([]byte, error) {
	return note[[]byte](a, "CaseDocument", by, id, digest)
}

func (a *asked) CaseLog(_ context.Context, by api.Principal, id string) ([]api.LogEntry, error) {
	return note[[]api.LogEntry](a, "CaseLog", by, id)
}

func (a *asked) Offices(_ context.Context, by api.Principal) ([]api.OfficeHolder, error) {
	return note[[]api.OfficeHolder](a, "Offices", by)
}

func (a *asked) AppointOffice(_ context.Context, by api.Principal, o api.Appointment) (api.OfficeHolder, error) {
	return note[api.OfficeHolder](a, "AppointOffice", by, o)
}

func (a *asked) DismissOffice(_ context.Context, by api.Principal, office, org string) (api.OfficeHolder, error) {
	return note[api.OfficeHolder](a, "DismissOffice", by, office, org)
}

func (a *asked) Indicators(_ context.Context, by api.Principal, from, until yumen.Day) (api.Indicators, error) {
	return note[api.Indicators](a, "Indicators", by, from, until)
}

func (a *asked) Years(_ context.Context, by api.Principal) ([]yumen.AnnouncedYear, error) {
	return note[[]yumen.AnnouncedYear](a, "Years", by)
}

func (a *asked) AddYear(_ context.Context, by api.Principal, file string, text []byte) (yumen.AnnouncedYear, error) {
	return note[yumen.AnnouncedYear](a, "AddYear", by, file, string(text))
}

func (a *asked) Submit(_ context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (yumen.Job, error) {
	return note[yumen.Job](a, "Submit", by, spec, string(module))
}

func (a *asked) Watch(_ context.Context, by api.Principal, id string) (yumen.Job, error) {
	return note[yumen.Job](a, "Watch", by, id)
}

func (a *asked) Explain(_ context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (api.Explanation,
	error) {
	return note[api.Explanation](a, "Explain", by, spec, string(module))
}

func (a *asked) Job(_ context.Context, by api.Principal, id string) (api.Job, error) {
	if j, ok := a.answer.(yumen.Job); ok { // the job that is watched
		return api.Job{Job: j}, a.err
	}
	return note[api.Job](a, "Job", by, id)
}

func (a *asked) Jobs(_ context.Context, by api.Principal) ([]yumen.Job, error) {
	return note[[]yumen.Job](a, "Jobs", by)
}

func (a *asked) Cancel(_ context.Context, by api.Principal, id string) (yumen.Job, error) {
	return note[yumen.Job](a, "Cancel", by, id)
}

func (a *asked) Recur(_ context.Context, by api.Principal, id string, every time.Duration) (yumen.Recurrence, error) {
	return note[yumen.Recurrence](a, "Recur", by, id, every)
}

func (a *asked) EndRecurrence(_ context.Context, by api.Principal, id string) (yumen.Recurrence, error) {
	return note[yumen.Recurrence](a, "EndRecurrence", by, id)
}

func (a *asked) Recurrences(_ context.Context, by api.Principal) ([]yumen.Recurrence, error) {
	return note[[]yumen.Recurrence](a, "Recurrences", by)
}

func (a *asked) Waiting(_ context.Context, by api.Principal, after string, limit int) (api.Queue, error) {
	return note[api.Queue](a, "Waiting", by, after, limit)
}

func (a *asked) Case(_ context.Context, by api.Principal, id string) (api.Case, error) {
	return note[api.Case](a, "Case", by, id)
}

func (a *asked) Preview(_ context.Context, by api.Principal, id string, of api.PreviewOf) (api.Rows, error) {
	return note[api.Rows](a, "Preview", by, id, of)
}

func (a *asked) Vote(_ context.Context, by api.Principal, id, digest string, d yumen.Decision,
	reason string) (yumen.Job, error) {
	return note[yumen.Job](a, "Vote", by, id, digest, d, reason)
}

func (a *asked) Release(_ context.Context, by api.Principal, id string, format yumen.FileFormat) (yumen.Release,
	error) {
	return note[yumen.Release](a, "Release", by, id, format)
}

func (a *asked) Releases(_ context.Context, by api.Principal) ([]yumen.Release, error) {
	return note[[]yumen.Release](a, "Releases", by)
}

func (a *asked) Fetch(_ context.Context, by api.Principal, name string) (api.Result, error) {
	r, err := note[api.Result](a, "Fetch", by, name)
	r.ReadCloser = io.NopCloser(strings.NewReader(released))
	return r, err
}

// released is the file of every release.
const released = "a,b\n1,2\n"

func (a *asked) CreateKey(_ context.Context, by api.Principal, k api.NewKey) (api.KeyVersion, error) {
	return note[api.KeyVersion](a, "CreateKey", by, k)
}

func (a *asked) RotateKey(_ context.Context, by api.Principal, id string) (api.KeyVersion, error) {
	return note[api.KeyVersion](a, "RotateKey", by, id)
}

func (a *asked) RotateSealing(_ context.Context, by api.Principal) (api.KeyVersion, error) {
	return note[api.KeyVersion](a, "RotateSealing", by)
}

func (a *asked) DestroyKey(_ context.Context, by api.Principal, of api.KeyVersion, reason string) error {
	_, err := note[struct{}](a, "DestroyKey", by, of, reason)
	return err
}

func (a *asked) Keys(_ context.Context, by api.Principal) ([]api.Key, error) {
	return note[[]api.Key](a, "Keys", by)
}

func (a *asked) Entries(_ context.Context, by api.Principal, q api.LogQuery) (api.LogPage, error) {
	return note[api.LogPage](a, "Entries", by, q)
}

func (a *asked) Import(_ context.Context, by api.Principal, f api.ImportFiles) (yumen.Version, error) {
	f.Progress(1, 2)
	hs := hierarchies(f.Hierarchies)
	f.Paths, f.Hierarchies, f.Progress = contents(f.Paths), hs, nil
	return note[yumen.Version](a, "Import", by, f)
}

func hierarchies(hs []api.HierarchyFile) (out []api.HierarchyFile) {
	for _, h := range hs {
		out = append(out, api.HierarchyFile{Name: h.Name, Path: contents([]string{h.Path})[0]})
	}
	return out
}

func (a *asked) ProfileTable(_ context.Context, by api.Principal, f api.TableFiles,
	progress api.Progress) ([]api.ColumnProposal, error) {
	progress(1, 2)
	f.Paths = contents(f.Paths)
	return note[[]api.ColumnProposal](a, "ProfileTable", by, f)
}

func (a *asked) Desensitize(_ context.Context, by api.Principal, f api.DesensitizeFile) (api.Desensitization, error) {
	d, err := note[api.Desensitization](a, "Desensitize", by, plain(f))
	if err != nil {
		f.Abort()
		return d, err
	}
	for out, text := range map[api.NewFile]string{f.Out: "out\n", f.Side: "side\n"} {
		if _, err := io.WriteString(out, text); err != nil {
			return d, err
		}
	}
	d.Record.Output, d.Side = yumen.DigestOf([]byte("out\n")), yumen.DigestOf([]byte("side\n"))
	return d, f.Commit()
}

func (a *asked) DryRun(_ context.Context, by api.Principal, f api.DesensitizeFile, show int) (api.DryRun, error) {
	return note[api.DryRun](a, "DryRun", by, plain(f), show)
}

// plain is what was said of a file, without the files.
func plain(f api.DesensitizeFile) api.DesensitizeFile {
	f.Table.Paths = contents(f.Table.Paths)
	f.Hierarchies = hierarchies(f.Hierarchies)
	f.Out, f.Side, f.Progress = nil, nil, nil
	return f
}

func (a *asked) Trace(_ context.Context, by api.Principal, f api.TraceFile) ([]api.Trace, error) {
	f.Table.Paths, f.Progress = contents(f.Table.Paths), nil
	return note[[]api.Trace](a, "Trace", by, f)
}

func (a *asked) Desensitizations(_ context.Context, by api.Principal) ([]api.Desensitization, error) {
	return note[[]api.Desensitization](a, "Desensitizations", by)
}

func (a *asked) Desensitization(_ context.Context, by api.Principal, id string) (api.Desensitization, error) {
	return note[api.Desensitization](a, "Desensitization", by, id)
}

func (a *asked) Resume(_ context.Context, by api.Principal) ([]yumen.Job, error) {
	return note[[]yumen.Job](a, "Resume", by)
}

func (a *asked) Verify(_ context.Context, by api.Principal, v api.VerifyOptions) (api.Verified, error) {
	v.Progress(1, 2)
	v.Progress = nil
	return note[api.Verified](a, "Verify", by, v)
}

func (a *asked) Destroy(_ context.Context, by api.Principal, name, reason string) ([]api.Destroyed, error) {
	return note[[]api.Destroyed](a, "Destroy", by, name, reason)
}

func (a *asked) CreateToken(_ context.Context, by api.Principal, t api.NewToken) (api.IssuedToken, error) {
	return note[api.IssuedToken](a, "CreateToken", by, t)
}

func (a *asked) Tokens(_ context.Context, by api.Principal) ([]api.Token, error) {
	return note[[]api.Token](a, "Tokens", by)
}

func (a *asked) RevokeToken(_ context.Context, by api.Principal, id string) ([]api.Token, error) {
	return note[[]api.Token](a, "RevokeToken", by, id)
}

func (a *asked) People(_ context.Context, by api.Principal) ([]api.Person, error) {
	return note[[]api.Person](a, "People", by)
}

func (a *asked) Person(_ context.Context, by api.Principal, name string) (api.Person, error) {
	return note[api.Person](a, "Person", by, name)
}

func (a *asked) AddPerson(_ context.Context, by api.Principal, p api.NewPerson) (api.Person, error) {
	return note[api.Person](a, "AddPerson", by, p)
}

func (a *asked) GrantRole(_ context.Context, by api.Principal, name string, role yumen.Role) (api.Person, error) {
	return note[api.Person](a, "GrantRole", by, name, role)
}

func (a *asked) WithdrawRole(_ context.Context, by api.Principal, name string, role yumen.Role) (api.Person, error) {
	return note[api.Person](a, "WithdrawRole", by, name, role)
}

func (a *asked) DisablePerson(_ context.Context, by api.Principal, name string) (api.Person, error) {
	return note[api.Person](a, "DisablePerson", by, name)
}

func (a *asked) EnablePerson(_ context.Context, by api.Principal, name string) (api.Person, error) {
	return note[api.Person](a, "EnablePerson", by, name)
}

func (a *asked) Orgs(_ context.Context, by api.Principal) ([]api.Org, error) {
	return note[[]api.Org](a, "Orgs", by)
}

func (a *asked) Org(_ context.Context, by api.Principal, name string) (api.Org, error) {
	return note[api.Org](a, "Org", by, name)
}

func (a *asked) AddOrg(_ context.Context, by api.Principal, o api.NewOrg) (api.Org, error) {
	return note[api.Org](a, "AddOrg", by, o)
}

func (a *asked) ChangeOrg(_ context.Context, by api.Principal, o api.NewOrg) (api.Org, error) {
	return note[api.Org](a, "ChangeOrg", by, o)
}
