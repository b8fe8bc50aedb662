package pipeline

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// versioned is a record read back, with the revision to write it under.
type versioned[T any] struct {
	V   T
	rev int64
}

func load[T any](ctx context.Context, st store.State, kind store.Kind, id string) (versioned[T], error) {
	var out versioned[T]
	r, err := st.Get(ctx, kind, id)
	if err != nil {
		return out, err
	}
	return decode[T](r)
}

func decode[T any](r store.Record) (versioned[T], error) {
	out := versioned[T]{rev: r.Rev}
	if err := json.Unmarshal(r.Body, &out.V); err != nil {
		return out, fmt.Errorf("read %s %s: %w", r.Kind, r.ID, err)
	}
	return out, nil
}

func list[T any](ctx context.Context, st store.State, kind store.Kind, prefix string) ([]T, error) {
	rs, err := st.List(ctx, kind, prefix)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(rs))
	for i, r := range rs {
		v, err := decode[T](r)
		if err != nil {
			return nil, err
		}
		out[i] = v.V
	}
	return out, nil
}

// Ids of records that belong to others sort with them.
func versionID(dataset string, seq int) string { return fmt.Sprintf("%s/%06d", dataset, seq) }
func artifactID(job string, round int) string  { return fmt.Sprintf("%s/%d", job, round) }
func voteID(v yumen.Vote) string {
	return fmt.Sprintf("%s/%s/%s", v.Job, v.Artifact.Hex(), v.Voter.Name)
}
