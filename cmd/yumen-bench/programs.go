package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/home"
)

// plainChild runs a statement in plain DuckDB in a process of its own.
func (a *app) plainChild(ctx context.Context, sql string) error {
	cmd := exec.CommandContext(ctx, a.plain, "duckdb", sql)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// plainRepeated is plainChild with one connection for many runs, and a pause before each.
func (a *app) plainRepeated(ctx context.Context, sql string, runs int, pause time.Duration) ([]time.Duration, error) {
	var took []time.Duration
	err := output(exec.CommandContext(ctx, a.plain, "duckdb", sql, strconv.Itoa(runs), pause.String()), &took)
	return took, err
}

// output runs a command and decodes what it prints.
func output(cmd *exec.Cmd, into any) error {
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// command runs a command of yumen on a home.
func (a *app) command(ctx context.Context, at, as string, args ...string) error {
	cmd := exec.CommandContext(ctx, a.yumen, append(args, "--home", at, "--as", as)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("bench: yumen %v: %w: %s", args, err, errs.String())
	}
	return nil
}

// published is a dataset of generated rows, and the people of the home that it is published in: an admin and a provider
// at least.
type published struct {
	name, description, people string
	rows                      []byte // CSV
}

// makeHome makes a home in dir in which the dataset is published, and returns its path. It runs on machines that lack a
// layer of isolation.
func (a *app) makeHome(ctx context.Context, dir string, d published) (string, error) {
	at, description, rows := filepath.Join(dir, "home"), filepath.Join(dir, d.name+".yaml"), filepath.Join(dir,
		d.name+".csv")
	if err := a.command(ctx, at, "admin", "init", "--domain", "bench"); err != nil {
		return "", err
	}
	for path, text := range map[string][]byte{description: []byte(d.description), rows: d.rows,
		filepath.Join(at, home.SettingsFile): []byte("domain: bench\nisolation: reduced\n"),
		filepath.Join(at, home.PeopleFile):   []byte(d.people)} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{{"register", description}, {"import", d.name, rows}, {"publish", d.name}} {
		if err := a.command(ctx, at, "provider", append([]string{"catalog"}, args...)...); err != nil {
			return "", err
		}
	}
	return at, nil
}

// submit submits a job and drives it as far as it goes by itself.
func submit(ctx context.Context, h *home.Home, by yumen.Actor, spec yumen.JobSpec, module []byte) (yumen.Job, error) {
	job, err := h.Service.Submit(ctx, api.Asserted(by), spec, module)
	if err != nil {
		return job, err
	}
	return h.Service.Watch(ctx, api.Asserted(by), job.ID)
}
