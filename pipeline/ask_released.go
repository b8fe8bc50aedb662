package pipeline

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// releasedLimits bound a statement over released tables. It computes with one thread, so that the same statement over
// the same tables gives the same rows in the same order.
var releasedLimits = yumen.Limits{Wall: yumen.Duration(time.Minute), Memory: 768 << 20, Output: 256 << 20, Threads: 1}

// mostReleased is how many releases one statement may read.
const mostReleased = 32

// AskReleased answers a statement over what was released to a person under a contract, in an enclave that holds the
// releases which the statement names and nothing else. Whether they may have them is decided at each statement; that
// they have fetched them is logged where the enclave is given them. What is wrong with the statement, and which limit of
// its enclave it met, is part of the answer. Errors are of kind denied and not_found for a release, and those of the enclave.
func (s *Service) AskReleased(ctx context.Context, by yumen.Actor, of api.ReleasedStatement,
	to io.Writer) (api.CatalogAnswer, error) {
	var ans api.CatalogAnswer
	if len(of.Releases) > mostReleased {
		return ans, yumen.Errorf(yumen.KindInvalid, "a statement reads %d releases at most", "一条语句最多读取 %d 个发布",
			mostReleased)
	}
	c, err := s.Contract(ctx, of.Contract)
	if err != nil {
		return ans, err
	}
	releases, err := s.openReleased(ctx, by, of)
	if err != nil {
		return ans, err
	}
	var inputs []string
	for _, r := range releases {
		inputs = append(inputs, r.Name+" "+string(r.artifact.Digest))
	}
	tenant := task.Tenant{Contract: c.Name, Organisation: by.Org, Quotas: c.Quotas.Limits}
	got, err := s.cfg.Keeper.Ask(ctx, task.Kept{Owner: readerOf(by, of.Contract),
		Key: "released " + strings.Join(inputs, "\n"), Spec: of.CatalogSpec,
		Open: func(ctx context.Context) (task.Task, func(), error) {
			t, release, err := s.openTables(ctx, by, releases)
			t.Tenant = tenant
			return t, release, err
		}}, map[string]io.Writer{task.OutRows: to})
	if r := overLimit(ctx, err); r != nil {
		return api.CatalogAnswer{Refused: r}, nil
	}
	if err != nil {
		return ans, err
	}
	return answerOf[api.CatalogAnswer](got)
}

// opened is a release, and the result that it is of.
type opened struct {
	yumen.Release
	artifact yumen.Artifact
}

// openReleased returns the releases that a statement names, each of which the person may have, in the order of their
// names.
func (s *Service) openReleased(ctx context.Context, by yumen.Actor, of api.ReleasedStatement) (out []opened, err error) {
	for _, name := range slices.Compact(slices.Sorted(slices.Values(of.Releases))) {
		r, err := s.releaseFor(ctx, by, name)
		if err != nil {
			return nil, err
		}
		if r.V.Contract != of.Contract {
			return nil, yumen.Errorf(yumen.KindDenied, "release %s is none of contract %s", "发布 %s 不属于合同 %s", name,
				of.Contract).Then("release.list", "")
		}
		a, err := s.releasedArtifact(ctx, &r.V.Release)
		if err != nil {
			return nil, err
		}
		out = append(out, opened{r.V.Release, a})
	}
	return out, nil
}

// openTables logs that releases were fetched, and opens them.
func (s *Service) openTables(ctx context.Context, by yumen.Actor, releases []opened) (t task.Task, release func(),
	err error) {
	var in inputs
	var spec task.ReleasedSpec
	for i, r := range releases {
		e := s.entry(by, yumen.ActionReleaseGet, r.Name)
		e.Digests = map[string]yumen.Digest{"artifact": r.artifact.Digest}
		if err = s.record(ctx, e); err != nil {
			break
		}
		name := "released-" + strconv.Itoa(i)
		if err = in.fetch(ctx, s.cfg.Objects, name, store.Held, r.artifact.Digest); err != nil {
			break
		}
		spec.Tables = append(spec.Tables, task.ReleasedTable{Input: name, Names: []string{r.Job, r.Name}})
	}
	if err != nil {
		in.release()
		return t, nil, err
	}
	return task.Task{Role: task.Released, Spec: spec, Inputs: in.all, Limits: releasedLimits}, in.release, nil
}
