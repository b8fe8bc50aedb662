package home

import (
	"runtime"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// shareCatalog makes ready to answer statements over PostgreSQL's catalog: small enclaves without data, one for each
// processor and one more, so that no tenant can have all of them. They start when they are asked first.
func (h *Home) shareCatalog() (*sandbox.Shared, error) {
	shared, err := h.host.Share(task.Task{Role: task.Catalog, Spec: api.CatalogSpec{},
		Limits: yumen.Limits{Wall: yumen.Duration(15 * time.Second), Memory: 256 << 20, Output: 64 << 20, Threads: 1}},
		runtime.NumCPU()+1, sandbox.SessionLimits{Statements: 10_000})
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, shared)
	return shared, nil
}

// keepReaders makes ready to read releases row by row: enclaves that stay warm for their reader.
func (h *Home) keepReaders() *sandbox.Keeper {
	keeper := h.host.Keeper(sandbox.KeepLimits{Session: sandbox.SessionLimits{Statements: 10_000}})
	h.closers = append(h.closers, keeper)
	return keeper
}
