package api

import (
	"context"
	"time"

	"github.com/yumen-data/yumen"
)

// UpkeepUseCases keep a domain in order. The machine may ask for the first three, too.
type UpkeepUseCases interface {
	// Resume asks again what is due, drives every job that an interruption left on its way, and returns them as the
	// principal may see them.
	Resume(ctx context.Context, by Principal) ([]yumen.Job, error)
	// Verify compares every record with the log, the steps of each job with each other, and every object that records
	// name with its digest. It fails with kind corrupt and a reason for each difference.
	Verify(ctx context.Context, by Principal, v VerifyOptions) (Verified, error)
	// Destroy destroys a version, a held result with its evidence, or a released file for good, and returns what was
	// destroyed. Name is a version as DATASET/NUMBER, or a whole digest. What other records need is refused with kind
	// conflict.
	Destroy(ctx context.Context, by Principal, name, reason string) ([]Destroyed, error)
}

// Destroyed is an object that was destroyed.
type Destroyed struct {
	Space  string       `json:"space"`
	Digest yumen.Digest `json:"digest"`
	At     time.Time    `json:"at"`
	By     string       `json:"by"`
	Org    string       `json:"org"`
	Reason string       `json:"reason"`
}

// VerifyOptions say how much is verified.
type VerifyOptions struct {
	// Quick looks only whether objects are there, without reading their bytes.
	Quick    bool
	Progress Progress // bytes read
}

// Verified is what was found whole.
type Verified struct {
	// Counted says that the numbers are given. They are for regulators and administrators: how many objects there are
	// tells of held results.
	Counted bool  `json:"counted"`
	Objects int   `json:"objects"` // that records name
	Bytes   int64 `json:"bytes"`   // in them
	// Destroyed is how many more were destroyed on purpose, as the log says.
	Destroyed int  `json:"destroyed"`
	Read      bool `json:"read"` // whether these were compared with the digests
}
