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

// readPolicies reads the policies of the home: its own, where it has any, or those that ship.
func (h *Home) readPolicies() (p *access.Policies, own bool, err error) {
	path := h.path(PoliciesFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return access.DefaultPolicies(), false, nil
	case err != nil:
		return nil, false, yumen.Errorf(yumen.KindUnavailable, "cannot read this file of the home",
			"无法读取主目录中的该文件").At(path).Because(err)
	}
	p, err = access.ParsePolicies(path, text)
	return p, true, err
}

// loadPolicies puts the policies of the home in force.
func (h *Home) loadPolicies(log *slog.Logger) error {
	p, _, err := h.readPolicies()
	if err != nil {
		return err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h.Rules = access.NewRules(p, log)
	return nil
}

// recordPolicies has the log say which policies are in force, where others were before.
func (h *Home) recordPolicies(ctx context.Context) error {
	p, own, err := h.readPolicies()
	if err != nil {
		return err
	}
	if err := h.route.RecordPolicies(ctx, p.Digest(), own); err != nil {
		return err
	}
	h.Rules.Replace(p)
	return nil
}

// ReloadPolicies puts the policies in force that the home has by now, after the log said so. Where they cannot be used,
// those that were in force stay so.
func (h *Home) ReloadPolicies(ctx context.Context) error { return h.recordPolicies(ctx) }
