package service

import (
	"context"

	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// CreateKey makes a key with its first version.
func (s *Service) CreateKey(ctx context.Context, by api.Principal, k api.NewKey) (api.KeyVersion, error) {
	person, err := s.may(ctx, by, api.ScopeKeys, access.KeyCreate)
	if err != nil {
		return api.KeyVersion{}, err
	}
	ref, err := s.route.CreateKey(ctx, person, k)
	return api.KeyVersion(ref), err
}

// RotateKey adds a version to a key; from then on it is the current one.
func (s *Service) RotateKey(ctx context.Context, by api.Principal, id string) (api.KeyVersion, error) {
	person, err := s.may(ctx, by, api.ScopeKeys, access.KeyRotate)
	if err != nil {
		return api.KeyVersion{}, err
	}
	ref, err := s.route.RotateKey(ctx, person, id)
	return api.KeyVersion(ref), err
}

// RotateSealing adds a version to the key that stored objects are sealed by, and wraps the keys of all objects by it.
func (s *Service) RotateSealing(ctx context.Context, by api.Principal) (api.KeyVersion, error) {
	person, err := s.may(ctx, by, api.ScopeKeys, access.KeyRotate)
	if err != nil {
		return api.KeyVersion{}, err
	}
	ref, err := s.route.RotateSealing(ctx, person)
	return api.KeyVersion(ref), err
}

// DestroyKey erases a version of a key for good.
func (s *Service) DestroyKey(ctx context.Context, by api.Principal, of api.KeyVersion, reason string) error {
	person, err := s.may(ctx, by, api.ScopeKeys, access.KeyDestroy)
	if err != nil {
		return err
	}
	return s.route.DestroyKey(ctx, person, of.ID, of.Version, reason)
}

// Keys describes all versions of the keys that the principal may know of, destroyed ones included.
func (s *Service) Keys(ctx context.Context, by api.Principal) ([]api.Key, error) {
	person, err := s.may(ctx, by, api.ScopeKeys, access.KeyList)
	if err != nil {
		return nil, err
	}
	infos, err := s.route.KnownKeys(person)
	out := make([]api.Key, len(infos))
	for i, k := range infos {
		out[i] = api.Key{KeyVersion: api.KeyVersion(k.Ref), Org: k.Org, Created: k.Created, By: k.By, Current: k.Current,
			Destroyed: (*api.KeyDestruction)(k.Destroyed)}
	}
	return out, err
}
