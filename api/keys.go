package api

import (
	"context"
	"time"
)

// KeyUseCases are about the keys of desensitization, and the one that stored objects are sealed by. No secret is ever
// in an answer.
type KeyUseCases interface {
	// CreateKey makes a key with its first version.
	CreateKey(ctx context.Context, by Principal, k NewKey) (KeyVersion, error)
	// RotateKey adds a version to a key; from then on it is the current one.
	RotateKey(ctx context.Context, by Principal, id string) (KeyVersion, error)
	// RotateSealing adds a version to the key that stored objects are sealed by, and wraps the keys of all objects by
	// it.
	RotateSealing(ctx context.Context, by Principal) (KeyVersion, error)
	// DestroyKey erases a version of a key for good.
	DestroyKey(ctx context.Context, by Principal, of KeyVersion, reason string) error
	// Keys describes all versions of the keys that the principal may know of, destroyed ones included.
	Keys(ctx context.Context, by Principal) ([]Key, error)
}

// NewKey is a key to be made: for one organisation, which alone can use it and knows of it, or for all.
type NewKey struct {
	ID  string `json:"id"`
	Org string `json:"org,omitempty"`
}

// KeyVersion names a version of a key.
type KeyVersion struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Key describes a version of a key.
type Key struct {
	KeyVersion
	Org       string          `json:"org,omitempty"` // the organisation that it is for, where it is for one
	Created   time.Time       `json:"created"`
	By        string          `json:"by"`
	Current   bool            `json:"current"`
	Destroyed *KeyDestruction `json:"destroyed,omitempty"`
}

// KeyDestruction says when a version was destroyed, by whom and why.
type KeyDestruction struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}
