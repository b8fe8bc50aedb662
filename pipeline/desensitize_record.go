package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

func readRecord(a task.DesensitizeAnswer, rec *api.Record, preview *api.Preview) error {
	err := json.Unmarshal(a.Record, rec)
	if err == nil && preview != nil {
		err = json.Unmarshal(a.Preview, preview)
	}
	if err != nil {
		return fmt.Errorf("read the record: %w", err)
	}
	return nil
}

func (s *Service) storeRecord(ctx context.Context, by yumen.Actor, r *profileRun, d *api.Desensitization,
	objs map[string]store.Object, report yumen.EnclaveReport) error {
	body, err := json.Marshal(d.Record)
	if err != nil {
		return err
	}
	e := s.entry(by, yumen.ActionDesensitizeDone, d.ID)
	e.Digests = map[string]yumen.Digest{"input": r.input, "output": d.Record.Output, "profile": r.profile.Digest(),
		"record": yumen.DigestOf(body)}
	e.Details = reportDetails(report)
	e.Details["rows"], e.Details["cells"] = strconv.FormatInt(d.Record.RowsOut, 10),
		strconv.FormatInt(d.Record.Cells, 10)
	if d.Side != "" {
		e.Digests["side"] = d.Side
	}
	st := journal.Step{Entries: []yumen.Entry{e}, Indexed: func(index int64) ([]store.Record, error) {
		d.LogIndex = index
		p, err := journal.Put(store.Desensitization, d.ID, 0, d)
		return []store.Record{p}, err
	}}
	if o, ok := objs[task.OutVault]; ok {
		vp, err := journal.Put(store.Vault, vaultID, r.vault.Rev, vaultState{o.Digest, r.vault.V.Key})
		if err != nil {
			return err
		}
		e.Digests["vault"] = o.Digest
		st.Records, st.Objects = append(st.Records, vp), append(st.Objects, o)
	}
	err = s.journal.Commit(ctx, st)
	return err
}

// Desensitizations returns the records of applications of profiles that the actor may know of, oldest day first.
func (s *Service) Desensitizations(ctx context.Context, by yumen.Actor) ([]api.Desensitization, error) {
	all, err := journal.List[api.Desensitization](ctx, s.state, store.Desensitization, "")
	return slices.DeleteFunc(all, func(d api.Desensitization) bool { return !s.knowsRecord(by, &d) }), err
}

// Desensitization returns one of them.
func (s *Service) Desensitization(ctx context.Context, by yumen.Actor, id string) (api.Desensitization, error) {
	d, err := journal.Load[api.Desensitization](ctx, s.state, store.Desensitization, id)
	if err == nil && !s.knowsRecord(by, &d.V) {
		return api.Desensitization{}, store.Missing(store.Desensitization, id)
	}
	return d.V, err
}

// knowsRecord reports whether a record is of the actor's organisation, or of a copy that was made for it.
func (s *Service) knowsRecord(by yumen.Actor, d *api.Desensitization) bool {
	return s.answersForAll(by) || by.Org != "" && (by.Org == d.Record.Org || by.Org == d.Recipient)
}
