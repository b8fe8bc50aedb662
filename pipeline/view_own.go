package pipeline

import (
	"context"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// OwnJobs returns the jobs that somebody submitted under a contract, oldest day first, as they may see them. It reads
// no job of anybody else.
func (s *Service) OwnJobs(ctx context.Context, by yumen.Actor, contract string) ([]yumen.Job, error) {
	js, _, err := journal.Select[yumen.Job](ctx, s.state, store.Query{Kind: store.Job, Submitter: by.Name,
		Contract: contract})
	return s.jobViewsFor(by, js), err
}

// ChangedJobs returns those of them that have changed at or after a moment, and those among pending, by their ids: what
// the machine came to is shown at a later time than that at which it is recorded.
func (s *Service) ChangedJobs(ctx context.Context, by yumen.Actor, contract string, since time.Time,
	pending []string) ([]yumen.Job, error) {
	js, _, err := journal.Select[yumen.Job](ctx, s.state, store.Query{Kind: store.Job, Order: store.ByUpdated,
		Submitter: by.Name, Contract: contract, After: strconv.FormatInt(since.UnixMilli()-1, 10)})
	if err != nil {
		return nil, err
	}
	read := map[string]bool{}
	for _, j := range js {
		read[j.ID] = true
	}
	for _, id := range pending {
		if read[id] {
			continue
		}
		j, err := journal.Load[yumen.Job](ctx, s.state, store.Job, id)
		if err != nil {
			return nil, err
		}
		if j.V.Submitter.Name == by.Name && j.V.Spec.Contract == contract {
			js = append(js, j.V)
		}
	}
	return s.jobViewsFor(by, js), nil
}
