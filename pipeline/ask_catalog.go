package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
)

// Catalog answers statements over PostgreSQL's catalog in enclaves without data.
type Catalog interface {
	// Ask carries out a statement for an organisation. None has all enclaves for itself.
	Ask(ctx context.Context, organisation string, spec any, outs map[string]io.Writer) (task.Outcome, error)
}

// CatalogRows is the answer to a statement over the catalog, and its rows as internal/pgrows frames them. Several may
// share one: nobody may change it.
type CatalogRows struct {
	Answer api.CatalogAnswer
	Frames []byte
}

// AskCatalog answers a statement over the catalog for the view that comes with it. It looks at no record: who may see
// the view is for the caller to decide. An answer that depends on the view, the text, the parameters and the formats
// alone is kept, and given again without an enclave. Errors are those of the enclave; what is wrong with the statement
// is part of the answer.
func (s *Service) AskCatalog(ctx context.Context, organisation string, spec api.CatalogSpec) (*CatalogRows, error) {
	if s.cfg.Catalog == nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "statements over the catalog are not answered here",
			"此处不回答目录查询")
	}
	spec.Own, spec.From, spec.Most = nil, 0, 0 // an enclave that serves everybody is given nobody's rows
	raw, err := json.Marshal(spec)
	if err != nil {
		return nil, yumen.AsError(err)
	}
	key := sha256.Sum256(raw)
	if kept := s.catalog.get(key); kept != nil {
		return kept, nil
	}
	var rows bytes.Buffer
	got, err := s.cfg.Catalog.Ask(ctx, organisation, spec, map[string]io.Writer{task.OutRows: &rows})
	if r := overLimit(ctx, err); r != nil {
		return &CatalogRows{Answer: api.CatalogAnswer{Refused: r}}, nil
	}
	if err != nil {
		return nil, err
	}
	answer := &CatalogRows{Frames: rows.Bytes()}
	if err := json.Unmarshal(got.Answer, &answer.Answer); err != nil {
		return nil, yumen.AsError(err)
	}
	if answer.Answer.Keeps {
		s.catalog.put(key, answer)
	}
	return answer, nil
}

// overLimit is what a statement is refused with that met a limit of its enclave; nil for any other error.
func overLimit(ctx context.Context, err error) *api.CatalogRefusal {
	var timed interface{ Timeout() bool }
	switch {
	case yumen.KindOf(err) != yumen.KindLimit || err == nil || ctx.Err() != nil:
		return nil
	case errors.As(err, &timed) && timed.Timeout():
		return &api.CatalogRefusal{State: "57014", Message: "the statement took too long", Chinese: "语句执行时间过长"}
	}
	return &api.CatalogRefusal{State: "53200", Message: "the statement needs more memory than it may have",
		Chinese: "语句所需的内存超过限额"}
}

// maxCatalogAnswers is how many bytes of rows are kept, and maxCatalogAnswer those of one answer. An answer counts for
// catalogOverhead more.
const (
	maxCatalogAnswers = 32 << 20
	maxCatalogAnswer  = 1 << 20
	catalogOverhead   = 1 << 10
)

// catalogAnswers keeps answers; the oldest gives way.
type catalogAnswers struct {
	mu    sync.Mutex
	byKey map[[32]byte]*CatalogRows
	order [][32]byte
	size  int
}

func (c *catalogAnswers) get(key [32]byte) *CatalogRows {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byKey[key]
}

func (c *catalogAnswers) put(key [32]byte, a *CatalogRows) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[key] != nil || len(a.Frames) > maxCatalogAnswer {
		return
	}
	if c.byKey == nil {
		c.byKey = map[[32]byte]*CatalogRows{}
	}
	c.byKey[key] = a
	c.order = append(c.order, key)
	for c.size += len(a.Frames) + catalogOverhead; c.size > maxCatalogAnswers; c.order = c.order[1:] {
		c.size -= len(c.byKey[c.order[0]].Frames) + catalogOverhead
		delete(c.byKey, c.order[0])
	}
}
