package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
)

// Catalog answers statements over PostgreSQL's catalog in enclaves without data.
type Catalog interface {
	Ask(ctx context.Context, spec any, outs map[string]io.Writer) (task.Outcome, error)
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
func (s *Service) AskCatalog(ctx context.Context, spec api.CatalogSpec) (*CatalogRows, error) {
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
	got, err := s.cfg.Catalog.Ask(ctx, spec, map[string]io.Writer{task.OutRows: &rows})
	if yumen.KindOf(err) == yumen.KindLimit && ctx.Err() == nil {
		return &CatalogRows{Answer: api.CatalogAnswer{Refused: &api.CatalogRefusal{State: "53200",
			Message: "the statement needs more memory or time than it may have", Chinese: "语句所需的内存或时间超过限额"}}}, nil
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
