package rest

import (
	"sync/atomic"
	"time"

	"github.com/yumen-data/yumen"
)

// Limits bound what is sent to the door.
type Limits struct {
	// Header is the most that the headers of a request may have, names and values together.
	Header yumen.Size
	// Body is the most that a body of JSON may have.
	Body yumen.Size
	// Depth is how deep a body of JSON may be nested.
	Depth int
	// BodyTime is how long a body of JSON may take to arrive.
	BodyTime time.Duration
	// Upload is the most that one uploaded file may have. What is kept in memory is bounded by the home's
	// sealing.memory besides.
	Upload yumen.Size
	// Spool is the most that uploads and downloads may have together, those of one person half of it.
	Spool yumen.Size
	// Rate is how many bytes of an upload have to arrive in a second, on average.
	Rate yumen.Size
	// Grace is for how long an upload may be slower than that, and how long a write of an answer may take.
	Grace time.Duration
	// Keep is how long uploads, downloads and ended operations are kept.
	Keep time.Duration
	// Operations is how many operations run at once, those of one person half of it.
	Operations int
}

// DefaultLimits are the limits of a door that is told none.
var DefaultLimits = Limits{Header: 16 << 10, Body: 4 << 20, Depth: 64, BodyTime: 30 * time.Second, Upload: 1 << 30,
	Spool: 4 << 30,
	Rate:  16 << 10,
	Grace: 30 * time.Second, Keep: time.Hour, Operations: 8}

// limits are those that are in force.
type limits struct{ atomic.Pointer[Limits] }
