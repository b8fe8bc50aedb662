package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// CompareLog compares every record with what the log says was written last, and the steps of each job with each other.
// It fails with kind corrupt and a reason for each difference. Others may write meanwhile; where they never pause it
// fails with kind conflict.
func (s *Service) CompareLog(ctx context.Context) error {
	return s.state.Compare(ctx)
}

// Verify is CompareLog and VerifyObjects.
func (s *Service) Verify(ctx context.Context, v api.VerifyOptions) (api.Verified, error) {
	compared := s.CompareLog(ctx)
	out, err := s.VerifyObjects(ctx, v)
	return out, errors.Join(compared, err)
}

// VerifyObjects looks whether the objects that records name are there and, unless it is to be quick, compares their
// bytes with their digests. It fails with kind corrupt and a reason for each that is not there or not what it was.
func (s *Service) VerifyObjects(ctx context.Context, v api.VerifyOptions) (out api.Verified, err error) {
	objects, err := s.Referred(ctx)
	if err != nil {
		return out, err
	}
	var rs []yumen.Reason
	note := func(o store.Object, rule string, msg yumen.Text) {
		rs = append(rs, yumen.Reason{Rule: rule, Place: path.Join("objects", string(o.Space), o.Digest.Hex()),
			Msg: msg})
	}
	var found []store.Object
	for _, o := range objects {
		d, err := s.destroyed(ctx, o)
		if err != nil {
			return out, err
		}
		switch o.Bytes, err = s.cfg.Objects.Size(ctx, o); {
		case d != nil && yumen.KindOf(err) == yumen.KindNotFound:
			out.Destroyed++
		case d != nil && yumen.KindOf(err) == yumen.KindCorrupt:
			note(o, "object.put-back",
				yumen.Say("it was destroyed by %s on %s, and its file was put back without its key; destroy it again",
					"对象已由 %s 于 %s 销毁，其文件又被放回但没有密钥；请再次销毁", d.By, d.At.Format(time.DateOnly)))
		case yumen.KindOf(err) == yumen.KindNotFound:
			note(o, "object.missing", yumen.Say("a record refers to it, and it is not there", "有记录引用该对象，但它不存在"))
		case yumen.KindOf(err) == yumen.KindCorrupt:
			note(o, "object.key-missing", yumen.Say("it is sealed, and its key is not there", "对象已密封，但缺少其密钥"))
		case err != nil:
			return out, err
		default:
			found, out.Objects, out.Bytes = append(found, o), out.Objects+1, out.Bytes+o.Bytes
		}
	}
	if out.Read = !v.Quick; out.Read {
		var done int64
		for _, o := range found {
			if err := s.cfg.Objects.Verify(ctx, o); yumen.KindOf(err) == yumen.KindCorrupt {
				note(o, "object.changed", yumen.Say("its bytes are not those that its digest names", "其内容与摘要不符"))
			} else if err != nil {
				return out, err
			}
			if done += o.Bytes; v.Progress != nil {
				v.Progress(done, out.Bytes)
			}
		}
	}
	return out, yumen.Refuse(yumen.KindCorrupt, yumen.Say("objects are missing or changed", "对象缺失或已变动"), rs)
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
			os, err := referredBy(r)
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

// referredBy are the objects that a record names, without their sizes.
func referredBy(r store.Record) (out []store.Object, err error) {
	add := func(space store.Space, d yumen.Digest) {
		if d != "" {
			out = append(out, store.Object{Space: space, Digest: d})
		}
	}
	switch r.Kind {
	case store.Version:
		v, err := journal.Decode[yumen.Version](r)
		if err == nil {
			out = objectsOf(v.V)
		}
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
		add(store.Labels, v.V.Labels)
		if v.V.History != nil {
			add(store.Labels, v.V.History.Labels)
		}
		return out, err
	case store.Ledger:
		v, err := journal.Decode[LedgerRecord](r)
		add(store.Labels, v.V.Labels)
		return out, err
	case store.Release:
		v, err := journal.Decode[yumen.Release](r)
		add(store.Released, v.V.File)
		return out, err
	case store.Answer:
		v, err := journal.Decode[answer](r)
		add(v.V.Table.Space, v.V.Table.Digest)
		return out, err
	case store.Recurrence:
		v, err := journal.Decode[yumen.Recurrence](r)
		add(store.Programs, v.V.Program)
		return out, err
	case store.Case:
		v, err := journal.Decode[caseRecord](r)
		for _, a := range v.V.Acts {
			if a.Document != nil {
				add(store.Documents, a.Document.Digest)
			}
		}
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
