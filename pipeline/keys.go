package pipeline

import (
	"context"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/keyring"
)

// CreateKey makes a key with its first version.
func (s *Service) CreateKey(ctx context.Context, by yumen.Actor, id string) (keyring.Ref, error) {
	return s.newVersion(ctx, by, yumen.ActionKeyCreate, id, s.cfg.Keys.Create)
}

// RotateKey adds a version to a key; from then on it is the current one.
func (s *Service) RotateKey(ctx context.Context, by yumen.Actor, id string) (keyring.Ref, error) {
	return s.newVersion(ctx, by, yumen.ActionKeyRotate, id, s.cfg.Keys.Rotate)
}

// RotateSealing adds a version to the key that stored objects are sealed by, and wraps the keys of all objects by it.
func (s *Service) RotateSealing(ctx context.Context, by yumen.Actor) (keyring.Ref, error) {
	return s.newVersion(ctx, by, yumen.ActionKeyRotate, "sealed-objects",
		func(ctx context.Context, _, by string) (keyring.Ref, error) {
			return s.cfg.Sealing.Rotate(ctx, by)
		})
}

func (s *Service) newVersion(ctx context.Context, by yumen.Actor, act yumen.AuditAction, id string,
	do func(context.Context, string, string) (keyring.Ref, error)) (keyring.Ref, error) {
	if err := s.announceKey(ctx, by, act, id, nil); err != nil {
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

// ListKeys describes all versions of all keys, destroyed ones included.
func (s *Service) ListKeys() ([]keyring.Info, error) { return s.cfg.Keys.List() }
