package pipeline

import (
	"context"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/store"
)

// VaultKey is the id of the key that seals the token vault.
const VaultKey = "vault"

// tableProfile is a profile that is applied to a table.
type tableProfile struct {
	api.DesensitizeFile
	hints map[string]yumen.Type // types of columns that would be found out, and need not be there
}

// profileRun is an application of a profile that is ready to run.
type profileRun struct {
	profile *desensitize.Profile
	spec    task.DesensitizeSpec
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
func (s *Service) prepare(ctx context.Context, in *inputs, by yumen.Actor, f *tableProfile) (*profileRun, error) {
	p, err := desensitize.ReadProfile(f.Profile.Name, f.Profile.Text)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Recipient != "" && len(p.Marks()) == 0:
		return nil, yumen.Errorf(yumen.KindInvalid, "the profile has no watermark for a recipient",
			"方案中没有面向接收方的水印步骤").ToFix("add a step watermark", "请增加 watermark 步骤")
	case p.Splits() != (f.Side != nil) && f.Out != nil:
		return nil, yumen.Errorf(yumen.KindInvalid,
			"a second file is named if, and only if, the profile splits the table", "当且仅当方案拆分表时才指定第二个文件")
	}
	r := &profileRun{profile: p, spec: task.DesensitizeSpec{File: f.Profile.Name, Profile: string(f.Profile.Text),
		Recipient: f.Recipient, Format: f.Format, By: by}}
	if r.spec.Table, r.input, err = s.table(ctx, in, by, f.Table, f.hints); err != nil {
		return nil, err
	}
	r.spec.Input = r.input
	if r.spec.Keys, err = s.keysOf(ctx, by, p); err != nil {
		return nil, err
	}
	if p.Tokenizes() {
		if err := s.openVault(ctx, in, r); err != nil {
			return nil, err
		}
	}
	return r, hierarchyInputs(in, f.Hierarchies, r)
}

// table adds the files of a table and says what is known of its columns.
func (s *Service) table(ctx context.Context, in *inputs, by yumen.Actor,
	f api.TableFiles, hints map[string]yumen.Type) (task.Table, yumen.Digest, error) {
	t := task.Table{Files: len(f.Paths), Format: f.Format, CSV: f.CSV, Types: f.Types, Hints: hints}
	if f.Dataset != "" {
		d, err := s.Dataset(ctx, f.Dataset)
		if err != nil {
			return t, "", err
		}
		if err := checkProvider(by, d.Dataset); err != nil {
			return t, "", err
		}
		t.Columns = d.Columns
	}
	if f.Format != yumen.FormatCSV && f.Format != yumen.FormatNDJSON && f.Format != yumen.FormatParquet {
		return t, "", yumen.Errorf(yumen.KindInvalid, "a table is read from csv, ndjson or parquet",
			"表可读取自 csv、ndjson 或 parquet")
	}
	for name, typ := range f.Types {
		if !typ.Known() {
			return t, "", yumen.Errorf(yumen.KindInvalid, "unknown column type", "未知的列类型").At(name).
				ToFix("use boolean, integer, double, decimal(p,s), date, timestamp or text",
					"请用 boolean、integer、double、decimal(p,s)、date、timestamp 或 text")
		}
	}
	d, err := in.sources(f.Paths)
	return t, d, err
}

// keysOf returns the keys that a profile needs and no others.
func (s *Service) keysOf(ctx context.Context, by yumen.Actor, p *desensitize.Profile) ([]task.Key, error) {
	var out []task.Key
	var missing []yumen.Reason
	for _, use := range p.Keys() {
		live, err := s.liveKey(ctx, by, use.ID)
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
	return out, yumen.Refuse(yumen.KindNotFound, yumen.Say("the profile needs keys that cannot be had", "方案所需密钥不可用"),
		missing)
}

// openVault finds the token vault and the version of the key that it is sealed with; a new one gets the current
// version.
func (s *Service) openVault(ctx context.Context, in *inputs, r *profileRun) error {
	old, err := journal.Find[vaultState](ctx, s.state, store.Vault, vaultID)
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
	return in.fetch(ctx, s.cfg.Objects, task.InVault, store.Keys, old.V.Digest)
}

func hierarchyInputs(in *inputs, files []api.HierarchyFile, r *profileRun) error {
	for i, h := range files {
		if slices.Contains(r.spec.Hierarchies, h.Name) {
			return yumen.Errorf(yumen.KindInvalid, "two hierarchies have this name", "两个层级文件同名").At(h.Name)
		}
		r.spec.Hierarchies = append(r.spec.Hierarchies, h.Name)
		if _, err := in.open(task.HierarchyName(i+1), h.Path); err != nil {
			return err
		}
	}
	return nil
}

// tableLimits are those of an import: a provider's own table, whole.
func (s *Service) tableLimits() yumen.Limits {
	l := importLimits(s.cfg.Threads)
	l.Wall *= 2
	return l
}
