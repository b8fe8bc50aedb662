package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/store"
)

// VaultKey is the id of the key that seals the token vault.
const VaultKey = "vault"

// TableFiles says which files make a table and how they are written.
type TableFiles struct {
	Paths  []string
	Format yumen.FileFormat
	CSV    task.CSVOptions
	// Dataset, where given, is the catalog entry whose columns the files have. Otherwise they are found out.
	Dataset string
	Types   map[string]yumen.Type // of columns whose type would be found out
	hints   map[string]yumen.Type // the same, of columns that need not be there
}

// ProfileFile is a profile as it was written.
type ProfileFile struct {
	Name string
	Text []byte
}

// HierarchyFile is a hierarchy that a profile names.
type HierarchyFile struct{ Name, Path string }

// NewFile takes the bytes of a file that comes into being at Commit, whole, or not at all.
type NewFile interface {
	io.Writer
	Commit() error
	Abort() error
}

// DesensitizeFile says what is to be done to which table.
type DesensitizeFile struct {
	Table       TableFiles
	Profile     ProfileFile
	Hierarchies []HierarchyFile
	Recipient   string // for whom the copy is marked
	Format      yumen.FileFormat
	Out         NewFile
	Side        NewFile // the second table of a profile that splits one; nil for others
	Progress    func(done, total int64)
}

// Desensitization is one application of a profile to a table: the 脱敏记录 as it is kept with the log.
type Desensitization struct {
	ID        string             `json:"id"`
	Recipient string             `json:"recipient,omitempty"`
	Record    desensitize.Record `json:"record"`
	Side      yumen.Digest       `json:"side,omitempty"` // of the second table
	LogIndex  int64              `json:"log_index"`
}

// DryRun is what a profile would do: its record on the real table, of which nothing was kept, and made-up rows before and after.
type DryRun struct {
	Record  desensitize.Record  `json:"record"`
	Preview desensitize.Preview `json:"preview"`
}

// Desensitize applies a profile to a table inside an enclave. That it is about to happen is logged first; then the record is
// kept, and only then the file comes into being.
func (s *Service) Desensitize(ctx context.Context, by yumen.Actor, f DesensitizeFile) (Desensitization, error) {
	d := Desensitization{ID: s.newRecordID(), Recipient: f.Recipient}
	done := false
	defer func() {
		if !done {
			f.abort()
		}
	}()
	run, err := s.prepare(ctx, by, &f)
	if err != nil {
		return d, err
	}
	start := s.entry(by, yumen.ActionDesensitizeStart, d.ID)
	start.Digests = map[string]yumen.Digest{"input": run.input, "profile": run.profile.Digest()}
	start.Details = map[string]string{"profile": run.profile.Name + "/" + strconv.Itoa(run.profile.Version)}
	if f.Recipient != "" {
		start.Details["recipient"] = f.Recipient
	}
	if err := s.record(ctx, start); err != nil {
		return d, err
	}
	if err := s.desensitizeInto(ctx, by, &f, run, &d); err != nil {
		return d, s.recordRefusal(ctx, by, yumen.ActionDesensitizeRefuse, d.ID, nil, err)
	}
	done = true
	return d, f.commit()
}

// commit brings the files into being, the second one first: whoever sees the first has both.
func (f *DesensitizeFile) commit() error {
	if f.Side != nil {
		if err := f.Side.Commit(); err != nil {
			f.Side = nil
			f.abort()
			return err
		}
	}
	return f.Out.Commit()
}

// abort lets go of the files; what they held is gone.
func (f *DesensitizeFile) abort() {
	for _, n := range []NewFile{f.Out, f.Side} {
		if n != nil {
			_ = n.Abort() // nothing stands under their names
		}
	}
}

// recordRefusal records that what was announced did not happen and returns why.
func (s *Service) recordRefusal(ctx context.Context, by yumen.Actor, action yumen.AuditAction, subject string, details map[string]string, why error) error {
	e := s.entry(by, action, subject)
	e.Details = map[string]string{"kind": string(yumen.KindOf(why))}
	for k, v := range details {
		e.Details[k] = v
	}
	if err := s.record(context.WithoutCancel(ctx), e); err != nil {
		return err
	}
	return why
}

// profileRun is an application of a profile that is ready to run.
type profileRun struct {
	profile *desensitize.Profile
	spec    task.DesensitizeSpec
	inputs  []task.Input
	input   yumen.Digest
	vault   journal.Versioned[vaultState]
}

// vaultState is the token vault in force.
type vaultState struct {
	Digest yumen.Digest `json:"digest"`
	Key    keyring.Ref  `json:"key"`
}

const vaultID = "tokens"

// prepare checks all that can be known without reading the table.
func (s *Service) prepare(ctx context.Context, by yumen.Actor, f *DesensitizeFile) (*profileRun, error) {
	if err := access.May(by, access.Desensitize); err != nil {
		return nil, err
	}
	p, err := desensitize.ReadProfile(f.Profile.Name, f.Profile.Text)
	if err != nil {
		return nil, err
	}
	if p.Reverses() {
		if err := access.May(by, access.DesensitizeBack); err != nil {
			return nil, err
		}
	}
	switch {
	case f.Recipient != "" && len(p.Marks()) == 0:
		return nil, yumen.Errorf(yumen.KindInvalid, "the profile has no watermark for a recipient", "方案中没有面向接收方的水印步骤").ToFix("add a step watermark", "请增加 watermark 步骤")
	case p.Splits() != (f.Side != nil) && f.Out != nil:
		return nil, yumen.Errorf(yumen.KindInvalid, "a second file is named if, and only if, the profile splits the table", "当且仅当方案拆分表时才指定第二个文件")
	}
	r := &profileRun{profile: p, spec: task.DesensitizeSpec{File: f.Profile.Name, Profile: string(f.Profile.Text), Recipient: f.Recipient, Format: f.Format, By: by}}
	if r.spec.Table, r.inputs, r.input, err = s.table(ctx, by, f.Table); err != nil {
		return nil, err
	}
	r.spec.Input = r.input
	if r.spec.Keys, err = s.keysOf(ctx, p); err != nil {
		return nil, err
	}
	if p.Tokenizes() {
		if err := s.openVault(ctx, r); err != nil {
			return nil, err
		}
	}
	return r, s.hierarchyInputs(f.Hierarchies, r)
}

// table names the files of a table as inputs and says what is known of its columns.
func (s *Service) table(ctx context.Context, by yumen.Actor, f TableFiles) (task.Table, []task.Input, yumen.Digest, error) {
	t := task.Table{Files: len(f.Paths), Format: f.Format, CSV: f.CSV, Types: f.Types, Hints: f.hints}
	if f.Dataset != "" {
		d, err := s.Dataset(ctx, f.Dataset)
		if err != nil {
			return t, nil, "", err
		}
		if err := checkProvider(by, d.Dataset); err != nil {
			return t, nil, "", err
		}
		t.Columns = d.Columns
	}
	if f.Format != yumen.FormatCSV && f.Format != yumen.FormatNDJSON && f.Format != yumen.FormatParquet {
		return t, nil, "", yumen.Errorf(yumen.KindInvalid, "a table is read from csv, ndjson or parquet", "表可读取自 csv、ndjson 或 parquet")
	}
	for name, typ := range f.Types {
		if !typ.Known() {
			return t, nil, "", yumen.Errorf(yumen.KindInvalid, "unknown column type", "未知的列类型").At(name).
				ToFix("use boolean, integer, double, decimal(p,s), date, timestamp or text", "请用 boolean、integer、double、decimal(p,s)、date、timestamp 或 text")
		}
	}
	var v yumen.Version
	inputs, err := s.sources(f.Paths, &v)
	return t, inputs, v.Source, err
}

// keysOf hands out the keys a profile needs and no others.
func (s *Service) keysOf(ctx context.Context, p *desensitize.Profile) ([]task.Key, error) {
	var out []task.Key
	var missing []yumen.Reason
	for _, use := range p.Keys() {
		live, err := s.cfg.Keys.Live(ctx, use.ID)
		if err != nil {
			e := yumen.AsError(err)
			missing = append(missing, yumen.Reason{Rule: "key", Place: use.ID, Msg: e.Msg, Fix: e.Fix})
			continue
		}
		for i, k := range live {
			if i == 0 || use.Older {
				out = append(out, task.Key{ID: k.ID, Version: k.Version, Secret: k.Secret})
			}
		}
	}
	return out, yumen.Refuse(yumen.KindNotFound, yumen.Say("the profile needs keys that cannot be had", "方案所需密钥不可用"), missing)
}

// openVault finds the token vault and the version of the key that it is sealed with; a new one gets the current version.
func (s *Service) openVault(ctx context.Context, r *profileRun) error {
	old, err := journal.Find[vaultState](ctx, s.cfg.State, store.Vault, vaultID)
	if err != nil {
		return err
	}
	r.vault = old
	var key keyring.Bundle
	if old.V.Digest == "" {
		key, err = s.cfg.Keys.Live(ctx, VaultKey)
	} else {
		key, err = s.cfg.Keys.Version(ctx, old.V.Key.ID, old.V.Key.Version)
	}
	if err != nil {
		return err
	}
	r.spec.VaultKey = &task.Key{ID: key[0].ID, Version: key[0].Version, Secret: key[0].Secret}
	r.vault.V.Key = keyring.Ref{ID: key[0].ID, Version: key[0].Version}
	if old.V.Digest == "" {
		return nil
	}
	path, err := s.cfg.Objects.Path(store.Keys, old.V.Digest)
	r.inputs = append(r.inputs, task.Input{Name: task.InVault, Path: path, Digest: old.V.Digest})
	return err
}

func (s *Service) hierarchyInputs(files []HierarchyFile, r *profileRun) error {
	for i, h := range files {
		path, err := filepath.Abs(h.Path)
		if err != nil {
			return err
		}
		d, err := digestFile(path)
		if err != nil {
			return err
		}
		if slices.Contains(r.spec.Hierarchies, h.Name) {
			return yumen.Errorf(yumen.KindInvalid, "two hierarchies have this name", "两个层级文件同名").At(h.Name)
		}
		r.spec.Hierarchies = append(r.spec.Hierarchies, h.Name)
		r.inputs = append(r.inputs, task.Input{Name: task.HierarchyName(i + 1), Path: path, Digest: d})
	}
	return nil
}

// tableLimits are those of an import: a provider's own table, whole.
func (s *Service) tableLimits() yumen.Limits {
	return yumen.Limits{Wall: 2 * importWall, Memory: importMemory, Output: importOutput, Scratch: importOutput, Threads: s.cfg.Threads}
}

// desensitizeInto runs the enclave, and keeps the record and the vault. The files are then complete and not yet in place.
func (s *Service) desensitizeInto(ctx context.Context, by yumen.Actor, f *DesensitizeFile, r *profileRun, d *Desensitization) error {
	spaces := map[string]store.Space{}
	if r.spec.VaultKey != nil {
		spaces[task.OutVault] = store.Keys
	}
	outs, err := s.journal.Stage(spaces)
	if err != nil {
		return err
	}
	defer outs.Abort() // what is staged by then stays
	sinks := outs.Sinks()
	file, side := yumen.NewHasher(), yumen.NewHasher()
	sinks[task.OutFile] = io.MultiWriter(f.Out, file)
	if f.Side != nil {
		sinks[task.OutSide] = io.MultiWriter(f.Side, side)
	}
	out, err := runInto[task.DesensitizeAnswer](ctx, s, task.Task{Role: task.Desensitize, Spec: r.spec, Inputs: r.inputs, Program: r.profile.Digest(),
		Limits: s.tableLimits(), Progress: f.Progress}, sinks)
	if err != nil {
		return err
	}
	if err := readRecord(out.answer, &d.Record, nil); err != nil {
		return err
	}
	d.Record.Output = file.Digest()
	if f.Side != nil {
		d.Side = side.Digest()
	}
	objs, err := outs.Objects()
	if err != nil {
		return err
	}
	return s.storeRecord(ctx, by, r, d, objs, out.report)
}

func readRecord(a task.DesensitizeAnswer, rec *desensitize.Record, preview *desensitize.Preview) error {
	err := json.Unmarshal(a.Record, rec)
	if err == nil && preview != nil {
		err = json.Unmarshal(a.Preview, preview)
	}
	if err != nil {
		return fmt.Errorf("read the record: %w", err)
	}
	return nil
}

func (s *Service) storeRecord(ctx context.Context, by yumen.Actor, r *profileRun, d *Desensitization, objs map[string]store.Object, report yumen.EnclaveReport) error {
	body, err := json.Marshal(d.Record)
	if err != nil {
		return err
	}
	e := s.entry(by, yumen.ActionDesensitizeDone, d.ID)
	e.Digests = map[string]yumen.Digest{"input": r.input, "output": d.Record.Output, "profile": r.profile.Digest(), "record": yumen.DigestOf(body)}
	e.Details = reportDetails(report)
	e.Details["rows"], e.Details["cells"] = strconv.FormatInt(d.Record.RowsOut, 10), strconv.FormatInt(d.Record.Cells, 10)
	if d.Side != "" {
		e.Digests["side"] = d.Side
	}
	st := journal.Step{Entries: []yumen.Entry{e}, Indexed: func(index int64) (store.Record, error) {
		d.LogIndex = index
		return journal.Put(store.Desensitization, d.ID, 0, d)
	}}
	if o, ok := objs[task.OutVault]; ok {
		vp, err := journal.Put(store.Vault, vaultID, r.vault.Rev, vaultState{o.Digest, r.vault.V.Key})
		if err != nil {
			return err
		}
		e.Digests["vault"] = o.Digest
		st.Records, st.Objects = append(st.Records, vp), append(st.Objects, o)
	}
	err = s.journal.Commit(ctx, st)
	return err
}

// newRecordID returns a name such as d-20260131-k3f9x2.
func (s *Service) newRecordID() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return "d-" + s.now().Format("20060102") + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:])[:6])
}

// DryRun applies a profile to a table inside an enclave and keeps nothing of it. It shows what would become of show made-up
// rows, and what the record would say of the real ones.
func (s *Service) DryRun(ctx context.Context, by yumen.Actor, f DesensitizeFile, show int) (DryRun, error) {
	var d DryRun
	r, err := s.prepare(ctx, by, &f)
	if err != nil {
		return d, err
	}
	r.spec.DryRun, r.spec.Show = true, show
	e := s.entry(by, yumen.ActionDesensitizeDryRun, r.profile.Name)
	e.Digests = map[string]yumen.Digest{"input": r.input, "profile": r.profile.Digest()}
	if err := s.record(ctx, e); err != nil {
		return d, err
	}
	out, err := runInto[task.DesensitizeAnswer](ctx, s, task.Task{Role: task.Desensitize, Spec: r.spec, Inputs: r.inputs, Program: r.profile.Digest(),
		Limits: s.tableLimits(), Progress: f.Progress}, nil)
	if err != nil {
		return d, err
	}
	return d, readRecord(out.answer, &d.Record, &d.Preview)
}

// Desensitizations returns the records of all applications of profiles, oldest day first.
func (s *Service) Desensitizations(ctx context.Context, by yumen.Actor) ([]Desensitization, error) {
	if err := access.May(by, access.DesensitizeList); err != nil {
		return nil, err
	}
	return journal.List[Desensitization](ctx, s.cfg.State, store.Desensitization, "")
}

// Desensitization returns one record.
func (s *Service) Desensitization(ctx context.Context, by yumen.Actor, id string) (Desensitization, error) {
	if err := access.May(by, access.DesensitizeList); err != nil {
		return Desensitization{}, err
	}
	d, err := journal.Load[Desensitization](ctx, s.cfg.State, store.Desensitization, id)
	return d.V, err
}

// TraceFile says which file to search for whose mark.
type TraceFile struct {
	Table      TableFiles
	Profile    ProfileFile
	Recipients []string // defaults to those for whom copies were marked under a profile of this name
	Progress   func(done, total int64)
}

// Trace looks in a file for the watermark of a recipient, under every version of the key.
func (s *Service) Trace(ctx context.Context, by yumen.Actor, f TraceFile) ([]desensitize.Trace, error) {
	if err := access.May(by, access.DesensitizeTrace); err != nil {
		return nil, err
	}
	p, err := desensitize.ReadProfile(f.Profile.Name, f.Profile.Text)
	if err != nil {
		return nil, err
	}
	if len(p.Marks()) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "the profile has no watermark", "方案中没有水印步骤")
	}
	if len(f.Recipients) == 0 {
		if f.Recipients, err = s.markedRecipients(ctx, p.Name); err != nil {
			return nil, err
		}
	}
	spec := task.TraceSpec{File: f.Profile.Name, Profile: string(f.Profile.Text), Recipients: f.Recipients}
	var inputs []task.Input
	var input yumen.Digest
	if spec.Table, inputs, input, err = s.table(ctx, by, f.Table); err != nil {
		return nil, err
	}
	live, err := s.cfg.Keys.Live(ctx, p.Marks()[0].Watermark.Key)
	if err != nil {
		return nil, err
	}
	for _, k := range live {
		spec.Keys = append(spec.Keys, task.Key{ID: k.ID, Version: k.Version, Secret: k.Secret})
	}
	e := s.entry(by, yumen.ActionDesensitizeTrace, p.Name)
	e.Digests = map[string]yumen.Digest{"input": input, "profile": p.Digest()}
	if err := s.record(ctx, e); err != nil {
		return nil, err
	}
	out, err := runInto[task.TraceAnswer](ctx, s, task.Task{Role: task.Trace, Spec: spec, Inputs: inputs, Program: p.Digest(), Limits: s.tableLimits(), Progress: f.Progress}, nil)
	if err != nil {
		return nil, err
	}
	var found []desensitize.Trace
	err = json.Unmarshal(out.answer.Traces, &found)
	return found, err
}

// markedRecipients lists the recipients of marked copies.
func (s *Service) markedRecipients(ctx context.Context, profile string) ([]string, error) {
	all, err := journal.List[Desensitization](ctx, s.cfg.State, store.Desensitization, "")
	var out []string
	for _, d := range all {
		if d.Record.Profile != profile {
			continue
		}
		for _, st := range d.Record.Steps {
			if r := st.Params["recipient"]; st.Technique == "watermark" && r != "" && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	if err == nil && len(out) == 0 {
		err = yumen.Errorf(yumen.KindNotFound, "no copy was marked under profile %s", "没有按方案 %s 加过水印的副本", profile).
			ToFix("name recipients with --recipients", "请用 --recipients 指定接收方")
	}
	return out, err
}
