package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/service"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/sqlite"
)

func (a *app) benchQueue() *cobra.Command {
	waiting, runs := 10_000, 200
	c := &cobra.Command{Use: "queue", Args: cli.Args(),
		Short: a.Say("a page of the review queue of a state with many waiting jobs", "大量待审任务下读取一页审核队列"),
		RunE: inTempDir(func(c *cobra.Command, dir string) error {
			m, err := benchQueue(c.Context(), dir, waiting, runs)
			return a.Show(err, []measurement{m}, func() { a.printMeasurements([]measurement{m}) })
		})}
	c.Flags().IntVar(&waiting, "waiting", waiting, a.Say("jobs that wait", "待审任务数"))
	c.Flags().IntVar(&runs, "runs", runs, a.Say("pages read", "读取的页数"))
	return c
}

// queuePage is how many jobs a page shows.
const queuePage = 50

// benchQueue reads pages of the queue, beside reading the same number of records by their ids.
func benchQueue(ctx context.Context, dir string, waiting, runs int) (m measurement, err error) {
	key, err := audit.GenerateKey("bench")
	if err != nil {
		return m, err
	}
	log, err := audit.Create(filepath.Join(dir, "log"), key)
	if err != nil {
		return m, err
	}
	st, err := sqlite.Open(ctx, filepath.Join(dir, "state.db"), true)
	if err != nil {
		return m, errors.Join(err, log.Close())
	}
	defer func() { err = errors.Join(err, st.Close(), log.Close()) }()
	steps, err := journal.Open(ctx,
		journal.Config{State: st, Objects: noObjects{}, Log: log, Clock: time.Now, Crash: func(string) {}})
	if err != nil {
		return m, err
	}
	if err := fillQueue(ctx, steps, waiting); err != nil {
		return m, err
	}
	by := api.Asserted(yumen.Actor{Name: "reviewer"})
	people, err := access.Parse("people.yaml",
		[]byte("people:\n  - {name: reviewer, org: bureau, roles: [reviewer]}\n"))
	if err != nil {
		return m, err
	}
	rules := access.NewRules(access.DefaultPolicies(), slog.New(slog.DiscardHandler))
	route := pipeline.Reader(st, log.Entries, nil, rules)
	auth := access.NewAuthenticator(onRecord{people}, access.LocalAsserted, time.Now)
	s := service.New(route, auth, rules, func() (*audit.Log, error) { return log, nil })
	pages, records := make([]time.Duration, runs), make([]time.Duration, runs)
	after := ""
	for i := range runs {
		if pages[i], err = timed(func() error {
			q, err := s.Waiting(ctx, by, after, queuePage)
			after = q.Next
			return err
		}); err != nil {
			return m, err
		}
		if records[i], err = timed(func() error {
			for k := range queuePage {
				if _, err := st.Get(ctx, store.Job, queueJob((i*queuePage+k)%waiting)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return m, err
		}
	}
	m = measurement{Name: fmt.Sprintf("%d of %d waiting", queuePage, waiting), Value: ms(percentile(pages, 50)),
		P99: ms(percentile(pages, 99)), Baseline: fmt.Sprintf("%d records by id", queuePage),
		Base: ms(percentile(records, 50)),
		Runs: runs, Note: fmt.Sprintf("p95 %.1f ms", ms(percentile(pages, 95)))}
	m.Ratio = m.Value / m.Base
	return m, nil
}

// noObjects is where nothing is staged.
type noObjects struct{ journal.Objects }

func (noObjects) Sweep() (int, error) { return 0, nil }

func queueJob(i int) string { return fmt.Sprintf("j-20260101-%06d", i) }

// fillQueue writes jobs as large as those of a query with a dozen columns, nine of ten waiting for a vote, and as many
// that were released already.
func fillQueue(ctx context.Context, steps *journal.Journal, waiting int) error {
	const contract = "study"
	c, err := journal.Put(store.Contract, contract, 0, yumen.SignedContract{Contract: yumen.Contract{Name: contract,
		Valid: yumen.Validity{From: "2026-01-01", Until: "2026-12-31"}}})
	if err != nil {
		return err
	}
	st := journal.Step{Records: []store.Record{c}}
	for i := range 2 * waiting {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i*7919%waiting) * time.Second)
		j := yumen.Job{ID: queueJob(i), Engine: yumen.EngineSQL, Class: yumen.ClassAggregate,
			State:     yumen.StateInReview,
			Spec:      yumen.JobSpec{Contract: contract, SQL: "SELECT sex, count(*) FROM residents GROUP BY sex"},
			Submitter: yumen.Actor{Name: "analyst", Org: "lab"}, Created: at, Updated: at,
			Artifact: yumen.DigestOf([]byte(queueJob(i))),
			Plan:     json.RawMessage(`{"SQL":"` + strings.Repeat("x", 3000) + `"}`)}
		j.Review = &yumen.ReviewSummary{Artifact: j.Artifact, Rows: 10, Verdict: yumen.VerdictPass, Needed: 1}
		switch {
		case i >= waiting:
			j.State = yumen.StateReleased
		case i%10 == 0:
			j.State = yumen.StateApproved
		}
		p, err := journal.Put(store.Job, j.ID, 0, j)
		if err != nil {
			return err
		}
		st.Records = append(st.Records, p)
		st.Entries = append(st.Entries,
			yumen.Entry{At: at, Actor: yumen.System.Name, Action: yumen.ActionJobCheck, Subject: j.ID,
				To: j.State})
		if len(st.Entries) < 200 && i < 2*waiting-1 {
			continue
		}
		if err := steps.Commit(ctx, st); err != nil {
			return err
		}
		st = journal.Step{}
	}
	return nil
}

// onRecord is people of a file, without credentials.
type onRecord struct{ *access.Directory }

func (onRecord) Credential(context.Context, string) (access.Credential, error) {
	return access.Credential{}, yumen.Errorf(yumen.KindNotFound, "no credential", "无凭据")
}

func (onRecord) Credentialed(context.Context) (bool, error) { return false, nil }
