package pipeline

import (
	"context"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/keyring"
)

// CreateKey makes a key with its first version, for one organisation of the domain or for all.
func (s *Service) CreateKey(ctx context.Context, by yumen.Actor, k api.NewKey) (keyring.Ref, error) {
	if k.Org != "" {
		if _, err := s.Org(ctx, k.Org); err != nil {
			return keyring.Ref{}, err
		}
	}
	details := map[string]string{}
	if k.Org != "" {
		details["org"] = k.Org
	}
	return s.newVersion(ctx, by, yumen.ActionKeyCreate, k.ID, details,
		func(ctx context.Context, id, by string) (keyring.Ref, error) {
			return s.cfg.Keys.CreateFor(ctx, id, k.Org, by)
		})
}

// RotateKey adds a version to a key; from then on it is the current one.
func (s *Service) RotateKey(ctx context.Context, by yumen.Actor, id string) (keyring.Ref, error) {
	return s.newVersion(ctx, by, yumen.ActionKeyRotate, id, nil, s.cfg.Keys.Rotate)
}

// RotateSealing adds a version to the key that stored objects are sealed by, and wraps the keys of all objects by it.
func (s *Service) RotateSealing(ctx context.Context, by yumen.Actor) (keyring.Ref, error) {
	return s.newVersion(ctx, by, yumen.ActionKeyRotate, "sealed-objects", nil,
		func(ctx context.Context, _, by string) (keyring.Ref, error) {
			return s.cfg.Sealing.Rotate(ctx, by)
		})
}

func (s *Service) newVersion(ctx context.Context, by yumen.Actor, act yumen.AuditAction, id string,
	details map[string]string, do func(context.Context, string, string) (keyring.Ref, error)) (keyring.Ref, error) {
	if err := s.announceKey(ctx, by, act, id, details); err != nil {
		return keyring.Ref{}, err
	}
	ref, err := do(ctx, id, by.Name)
	return ref, s.keyDone(ctx, by, act, id, err)
}

// DestroyKey erases a version of a key for good.
func (s *Service) DestroyKey(ctx context.Context, by yumen.Actor, id string, version int, reason string) error {
	if reason == "" || version < 1 {
		return yumen.Errorf(yumen.KindInvalid, "the destruction of a key names a version and a reason", "销毁密钥须写明版本与原因")
	}
	if err := s.announceKey(ctx, by, yumen.ActionKeyDestroy, id, map[string]string{"version": strconv.Itoa(version),
		"reason": reason}); err != nil {
		return err
	}
	return s.keyDone(ctx, by, yumen.ActionKeyDestroy, id, s.cfg.Keys.Destroy(id, version, by.Name, reason))
}

// announceKey logs what is about to be done to a key.
func (s *Service) announceKey(ctx context.Context, by yumen.Actor, act yumen.AuditAction, id string,
	details map[string]string) error {
	if err := keyring.CheckID(id); err != nil {
		return err
	}
	e := s.entry(by, act, id)
	e.Details = details
	err := s.record(ctx, e)
	return err
}

// keyDone records where an announced change of a key came to nothing.
func (s *Service) keyDone(ctx context.Context, by yumen.Actor, act yumen.AuditAction, id string, why error) error {
	if why == nil {
		return nil
	}
	return s.recordRefusal(ctx, by, yumen.ActionKeyRefuse, id, map[string]string{"action": string(act)}, why)
}

// KnownKeys describes all versions of the keys that the actor may know of, destroyed ones included: of those for all, and
// for their organisation.
func (s *Service) KnownKeys(by yumen.Actor) ([]keyring.Info, error) {
	all, err := s.cfg.Keys.List()
	return slices.DeleteFunc(all, func(k keyring.Info) bool {
		return k.Org != "" && k.Org != by.Org && !s.answersForAll(by)
	}), err
}

// liveKey returns the versions of a key that can be used, the current one first. The key of another organisation is
// refused like one that is not there: whoever applies a key to values of their own choosing can test guesses against
// what was made by it.
func (s *Service) liveKey(ctx context.Context, by yumen.Actor, id string) (keyring.Bundle, error) {
	all, err := s.cfg.Keys.List()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(k keyring.Info) bool { return k.ID == id })
	if i >= 0 && all[i].Org != "" && all[i].Org != by.Org {
		return nil, keyring.Missing(id)
	}
	return s.cfg.Keys.Live(ctx, id)
}
