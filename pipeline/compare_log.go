package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// CompareLog compares every record with what the log says was written last, and the steps of each job with each other. It
// fails with kind corrupt and a reason for each difference. Others may write meanwhile; where they never pause it fails
// with kind conflict.
func (s *Service) CompareLog(ctx context.Context) error {
	return s.state.Compare(ctx)
}

// Referred returns the objects that the records refer to, each once. Machine code is not among them: without it modules
// are compiled anew.
func (s *Service) Referred(ctx context.Context) ([]store.Object, error) {
	var out []store.Object
	for _, kind := range store.Kinds {
		page, err := s.state.Select(ctx, store.Query{Kind: kind})
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			os, err := referred(r)
			if err != nil {
				return nil, err
			}
			out = append(out, os...)
		}
	}
	slices.SortFunc(out, func(a, b store.Object) int { return compareObjects(a, b) })
	return slices.Compact(out), nil
}

func compareObjects(a, b store.Object) int {
	return slices.Compare([]string{string(a.Space), string(a.Digest)}, []string{string(b.Space), string(b.Digest)})
}

// referred are the objects that a record names, without their sizes.
func referred(r store.Record) (out []store.Object, err error) {
	add := func(space store.Space, d yumen.Digest) {
		if d != "" {
			out = append(out, store.Object{Space: space, Digest: d})
		}
	}
	switch r.Kind {
	case store.Version:
		v, err := journal.Decode[yumen.Version](r)
		add(store.Versions, v.V.Digest)
		return out, err
	case store.Units:
		v, err := journal.Decode[dictionary](r)
		add(store.Keys, v.V.Digest)
		return out, err
	case store.Vault:
		v, err := journal.Decode[vaultState](r)
		add(store.Keys, v.V.Digest)
		return out, err
	case store.Artifact:
		v, err := journal.Decode[yumen.Artifact](r)
		add(store.Held, v.V.Digest)
		add(store.Held, v.V.Evidence)
		return out, err
	case store.Release:
		v, err := journal.Decode[yumen.Release](r)
		add(store.Released, v.V.File)
		return out, err
	case store.Answer:
		v, err := journal.Decode[answer](r)
		add(v.V.Table.Space, v.V.Table.Digest)
		return out, err
	case store.Job:
		v, err := journal.Decode[yumen.Job](r)
		add(store.Programs, v.V.Program)
		var p planned
		if err == nil && len(v.V.Plan) > 0 {
			err = json.Unmarshal(v.V.Plan, &p)
		}
		if p.Key != nil {
			add(p.Key.Space, p.Key.Digest)
		}
		return out, err
	}
	return nil, nil
}
