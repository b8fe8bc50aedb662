package pipeline

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// destruction is the record of an object that was destroyed. It is written when that is announced; Done says that it
// took place.
type destruction struct {
	api.Destroyed
	Done bool `json:"done"`
}

func destructionID(o store.Object) string { return string(o.Space) + "/" + o.Digest.Hex() }

// Destroy destroys a version, a held result with its evidence, or a released file for good: their keys, so that no copy
// of a sealed object can be read, and their files. The log says so before it happens. What other records need is
// refused.
func (s *Service) Destroy(ctx context.Context, by yumen.Actor, name, reason string) ([]api.Destroyed, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, yumen.Errorf(yumen.KindInvalid, "the destruction of data names a reason", "销毁数据须写明原因")
	}
	objects, err := s.named(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		err := s.mayDestroy(ctx, by, o)
		if yumen.KindOf(err) == yumen.KindNotFound && err != nil { // a job that the actor may not know of
			err = unknownObject(name)
		}
		if err != nil {
			return nil, err
		}
	}
	var out []api.Destroyed
	for _, o := range objects {
		out = append(out, api.Destroyed{Space: string(o.Space), Digest: o.Digest, At: s.now(), By: by.Name, Org: by.Org,
			Reason: reason})
	}
	return out, s.destroy(ctx, by, out)
}

// destroy announces the destruction of all objects in one step, and then carries it out, one after the other.
func (s *Service) destroy(ctx context.Context, by yumen.Actor, all []api.Destroyed) error {
	var announced journal.Step
	revs := make([]int64, len(all))
	for i, d := range all {
		old, err := journal.Find[destruction](ctx, s.state, store.Destruction, destructionID(objectOf(d)))
		if err != nil {
			return err
		}
		revs[i] = old.Rev
		e := s.entry(by, yumen.ActionObjectDestroy, destructionID(objectOf(d)))
		if err := addDestruction(&announced, e, old.Rev, destruction{Destroyed: d}); err != nil {
			return err
		}
	}
	if err := s.journal.Commit(ctx, announced); err != nil {
		return err
	}
	for i, d := range all {
		if err := s.carryOut(ctx, revs[i]+1, d); err != nil {
			return err
		}
	}
	return nil
}

func objectOf(d api.Destroyed) store.Object {
	return store.Object{Space: store.Space(d.Space), Digest: d.Digest}
}

// carryOut destroys what the log announced, and says that it took place.
func (s *Service) carryOut(ctx context.Context, rev int64, d api.Destroyed) error {
	if err := s.cfg.Objects.Destroy(objectOf(d)); err != nil {
		return err
	}
	var done journal.Step
	e := s.systemEntry(yumen.ActionObjectDestroyed, destructionID(objectOf(d)))
	if err := addDestruction(&done, e, rev, destruction{Destroyed: d, Done: true}); err != nil {
		return err
	}
	return s.journal.Commit(ctx, done)
}

func addDestruction(to *journal.Step, e yumen.Entry, rev int64, d destruction) error {
	p, err := journal.Put(store.Destruction, destructionID(objectOf(d.Destroyed)), rev, d)
	e.Digests = map[string]yumen.Digest{"object": d.Digest}
	to.Entries, to.Records = append(to.Entries, e), append(to.Records, p)
	return err
}

// finishDestructions carries out what was announced when a crash came between.
func (s *Service) finishDestructions(ctx context.Context) error {
	page, err := s.state.Select(ctx, store.Query{Kind: store.Destruction})
	if err != nil {
		return err
	}
	for _, r := range page.Records {
		d, err := journal.Decode[destruction](r)
		if err != nil {
			return err
		}
		if d.V.Done {
			continue
		}
		if err := s.carryOut(ctx, r.Rev, d.V.Destroyed); err != nil {
			return err
		}
	}
	return nil
}

// named returns the objects that a name stands for: the digest of one, or a version as DATASET/NUMBER.
func (s *Service) named(ctx context.Context, name string) ([]store.Object, error) {
	if dataset, seq, ok := strings.Cut(name, "/"); ok {
		n, err := strconv.Atoi(seq)
		if err != nil {
			return nil, unknownObject(name)
		}
		v, err := journal.Load[yumen.Version](ctx, s.state, store.Version, versionID(dataset, n))
		return objectsOf(v.V), err
	}
	d := yumen.Digest(name)
	if !strings.HasPrefix(name, "sha256:") {
		d = yumen.Digest("sha256:" + name)
	}
	if _, err := yumen.ParseDigest(string(d)); err != nil {
		return nil, unknownObject(name)
	}
	referred, err := s.Referred(ctx)
	if err != nil {
		return nil, err
	}
	var out []store.Object
	for _, o := range referred {
		if o.Digest == d {
			out = append(out, o)
		}
	}
	versions, err := journal.List[yumen.Version](ctx, s.state, store.Version, "")
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		objects := objectsOf(v)
		if v.Digest == d || slices.ContainsFunc(objects, func(o store.Object) bool { return o.Digest == d }) {
			out = append(out, objects...)
		}
	}
	if len(out) == 0 {
		return nil, unknownObject(name)
	}
	if out, err = s.withEvidence(ctx, out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, compareObjects)
	return slices.Compact(out), nil
}

func unknownObject(name string) error {
	return yumen.Errorf(yumen.KindNotFound, "no record names %q", "没有记录引用 %q", name).
		ToFix("name a version as DATASET/NUMBER, or the whole digest of a version, a held result or a released file",
			"请以“数据集/序号”指明版本，或给出版本、暂存结果或已出域文件的完整摘要")
}

// withEvidence adds the evidence of held results, and the labels of all their cells. Those of the cells that left stay.
func (s *Service) withEvidence(ctx context.Context, objects []store.Object) ([]store.Object, error) {
	all, err := journal.List[yumen.Artifact](ctx, s.state, store.Artifact, "")
	for _, a := range all {
		for _, o := range objects {
			if o.Space != store.Held || a.Digest != o.Digest {
				continue
			}
			if a.Evidence != "" {
				objects = append(objects, store.Object{Space: store.Held, Digest: a.Evidence})
			}
			if a.Labels != "" {
				objects = append(objects, store.Object{Space: store.Labels, Digest: a.Labels})
			}
			break
		}
	}
	return objects, err
}

// mayDestroy refuses what an actor may not destroy, and what other records need. Each record that names the object has
// to allow it.
func (s *Service) mayDestroy(ctx context.Context, by yumen.Actor, o store.Object) error {
	for _, kind := range store.Kinds {
		page, err := s.state.Select(ctx, store.Query{Kind: kind})
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			refs, err := referredBy(r)
			if err != nil {
				return err
			}
			for _, ref := range refs {
				if ref.Space == o.Space && ref.Digest == o.Digest {
					if err := s.letsGo(ctx, by, r); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// letsGo refuses the destruction of an object for the sake of a record that names it.
func (s *Service) letsGo(ctx context.Context, by yumen.Actor, r store.Record) error {
	switch r.Kind {
	case store.Version:
		v, err := journal.Decode[yumen.Version](r)
		if err != nil {
			return err
		}
		d, err := journal.Load[api.Dataset](ctx, s.state, store.Dataset, v.V.Dataset)
		if err != nil {
			return err
		}
		return checkProvider(by, d.V.Dataset)
	case store.Artifact:
		a, err := journal.Decode[yumen.Artifact](r)
		if err != nil {
			return err
		}
		return s.jobLetsGo(ctx, by, a.V.Job)
	case store.Release:
		rel, err := journal.Decode[yumen.Release](r)
		if err != nil {
			return err
		}
		return s.jobLetsGo(ctx, by, rel.V.Job)
	}
	needs := r.Name()
	if !s.answersForAll(by) { // a name may be of another tenant
		needs = string(r.Kind)
	}
	return yumen.Errorf(yumen.KindConflict, "%s needs it", "%s 需要该对象", needs).
		ToFix("dictionaries, programs and answers that are given again are not destroyed one by one",
			"字典、程序与可再次给出的答案不能单独销毁")
}

// jobLetsGo lets the operator of a job's contract, or the job's submitter's organisation where it is that, destroy
// results once the job is at its end.
func (s *Service) jobLetsGo(ctx context.Context, by yumen.Actor, id string) error {
	j, err := s.knownJob(ctx, by, id)
	if err != nil {
		return err
	}
	if !j.V.State.Final() {
		return yumen.Errorf(yumen.KindConflict, "job %s is still on its way", "任务 %s 尚未结束", id).
			ToFix("wait for its end, or cancel it", "请等待其结束或将其取消")
	}
	c, err := journal.Load[yumen.Contract](ctx, s.state, store.Contract, j.V.Spec.Contract)
	if err != nil {
		return err
	}
	if by.Org != c.V.Parties.Operator {
		return yumen.Errorf(yumen.KindDenied,
			"results under contract %s are destroyed by its operator %s, and %s acts for %s",
			"合同 %s 的结果由其运营方 %s 销毁，而 %s 代表 %s", c.V.Name, c.V.Parties.Operator, by.Name, by.Org).
			ToFix("have somebody of %s do it", "请由 %s 的人员操作", c.V.Parties.Operator)
	}
	return nil
}

// destroyed returns when an object was destroyed and why, or nil.
func (s *Service) destroyed(ctx context.Context, o store.Object) (*api.Destroyed, error) {
	d, err := journal.Find[destruction](ctx, s.state, store.Destruction, destructionID(o))
	if err != nil || d.Rev == 0 {
		return nil, err
	}
	return &d.V.Destroyed, nil
}

// knowing are objects of which it is said when and why they were destroyed.
type knowing struct {
	store.Objects
	s *Service
}

// Fetch says of an object that is not there, or whose file was put back without its key, whether it was destroyed.
func (k knowing) Fetch(ctx context.Context, o store.Object) (*os.File, func(), error) {
	f, release, err := k.Objects.Fetch(ctx, o)
	if kind := yumen.KindOf(err); kind != yumen.KindNotFound && kind != yumen.KindCorrupt {
		return f, release, err
	}
	d, err2 := k.s.destroyed(ctx, o)
	if err2 != nil || d == nil {
		return nil, nil, cmp.Or(err2, err)
	}
	return nil, nil, yumen.Errorf(yumen.KindNotFound, "object %s was destroyed by %s on %s: %s",
		"对象 %s 已由 %s 于 %s 销毁：%s",
		o.Digest.Short(), d.By, d.At.Format(time.DateOnly), d.Reason)
}
