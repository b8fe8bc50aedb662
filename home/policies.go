package home

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
)

// Policies are those of a home: its own, where it has any, or those that ship.
type Policies struct {
	*access.Policies
	own bool
}

// ReadPolicies reads and checks the policies of the home in dir.
func ReadPolicies(dir string) (Policies, error) {
	path := PathOf(dir, PoliciesFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Policies{access.DefaultPolicies(), false}, nil
	case err != nil:
		return Policies{}, yumen.Errorf(yumen.KindUnavailable, "cannot read this file of the home",
			"无法读取主目录中的该文件").At(path).Because(err)
	}
	p, err := access.ParsePolicies(path, text)
	return Policies{p, true}, err
}

// loadPolicies puts the policies of the home in force.
func (h *Home) loadPolicies(log *slog.Logger) error {
	p, err := ReadPolicies(h.Dir)
	if err != nil {
		return err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h.Rules = access.NewRules(p.Policies, log)
	return nil
}

// recordPolicies has the log say which policies are in force, where others were before.
func (h *Home) recordPolicies(ctx context.Context) error {
	p, err := ReadPolicies(h.Dir)
	if err != nil {
		return err
	}
	if err := h.route.RecordPolicies(ctx, p.Digest(), p.own); err != nil {
		return err
	}
	h.Rules.Replace(p.Policies)
	return nil
}

// Reload puts settings and policies in force that were read again, as far as Apply says, after the log said so, with
// the digests of what else the server works by from now on. Where the log cannot say it nothing changes.
func (h *Home) Reload(ctx context.Context, s Settings, p Policies, digests map[string]yumen.Digest) error {
	if err := h.route.RecordReload(ctx, digests, p.Digest(), p.own); err != nil {
		return err
	}
	h.Rules.Replace(p.Policies)
	h.Apply(s)
	return nil
}
