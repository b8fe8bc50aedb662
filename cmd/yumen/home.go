package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/sqlite"
)

// settings is home.yaml.
type settings struct {
	Domain    string               `yaml:"domain"`    // name of the domain; log and receipts are signed in its name
	Isolation yumen.IsolationLevel `yaml:"isolation"` // least isolation that runs are started under. Defaults to full
	Threads   int                  `yaml:"threads"`   // of one run. Defaults to 2
	Memory    yumen.Size           `yaml:"memory"`    // of all runs together; further ones wait. Defaults to three quarters of the machine's
	// Unconfined lets runs go on as plain processes where the system has no isolation at all, for development.
	Unconfined bool `yaml:"run_without_any_isolation"`
}

// home is an opened home folder.
type home struct {
	dir      string
	settings settings
	people   *access.Directory
	host     *sandbox.Host
	service  *pipeline.Service
	log      *audit.Log
	closers  []io.Closer
}

// Names within a home.
const (
	settingsFile = "home.yaml"
	peopleFile   = "people.yaml"
	stateFile    = "state.db"
	lockFile     = "lock"
	logDir       = "log"
	objectsDir   = "objects"
	workDir      = "work"
	keyFile      = "keys/domain.key"
	pubFile      = "keys/domain.pub"
	masterFile   = "keys/master.key"
	ringFile     = "keys/ring.json"
)

func (h *home) path(name string) string { return filepath.Join(h.dir, name) }

// homePath is --home, YUMEN_HOME, or yumen in the user's data folder.
func (a *app) homePath() (string, error) {
	if a.homeDir != "" {
		return filepath.Abs(a.homeDir)
	}
	if env := os.Getenv("YUMEN_HOME"); env != "" {
		return filepath.Abs(env)
	}
	if data := os.Getenv("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "yumen"), nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", yumen.Errorf(yumen.KindInvalid, "no home folder is known", "未指定主目录").ToFix("give --home DIR", "请使用 --home 目录")
	}
	return filepath.Join(user, ".local", "share", "yumen"), nil
}

// open opens the home for writing: one process at a time. What a crash interrupted is completed first.
func (a *app) open(ctx context.Context) (*home, error) {
	return a.openWith(ctx, func(e pipeline.Enclave) pipeline.Enclave { return e })
}

// openWith opens the home for writing with something between the pipeline and its enclaves.
func (a *app) openWith(ctx context.Context, wrap func(pipeline.Enclave) pipeline.Enclave) (*home, error) {
	h, err := a.openShared()
	if err != nil {
		return nil, err
	}
	if err := h.openForWriting(ctx, wrap); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// read opens the home for looking only; any number of processes may.
func (a *app) read(ctx context.Context) (*home, error) {
	h, err := a.openShared()
	if err != nil {
		return nil, err
	}
	st, err := sqlite.Open(ctx, h.path(stateFile), false)
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, st)
	h.service = pipeline.Reader(st)
	return h, nil
}

func (a *app) openShared() (*home, error) {
	dir, err := a.homePath()
	if err != nil {
		return nil, err
	}
	h := &home{dir: dir}
	text, err := os.ReadFile(h.path(settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, yumen.Errorf(yumen.KindNotFound, "there is no home at %s", "%s 处没有主目录", dir).
			ToFix("make one: yumen init --home %s", "请先创建：yumen init --home %s", dir)
	}
	if err != nil {
		return nil, err
	}
	if h.settings, err = parseSettings(h.path(settingsFile), text); err != nil {
		return nil, err
	}
	people, err := os.ReadFile(h.path(peopleFile))
	if err != nil {
		return nil, err
	}
	h.people, err = access.Parse(h.path(peopleFile), people)
	return h, err
}

func parseSettings(file string, text []byte) (settings, error) {
	s := settings{Isolation: yumen.IsolationFull, Threads: 2}
	if err := strictyaml.Decode(file, text, &s); err != nil {
		return s, err
	}
	switch s.Isolation {
	case yumen.IsolationFull, yumen.IsolationReduced, yumen.IsolationNone:
	default:
		return s, yumen.Errorf(yumen.KindInvalid, "isolation must be full, reduced or none", "isolation 只能是 full、reduced 或 none").At(file)
	}
	if s.Domain == "" || strings.ContainsAny(s.Domain, "+ \t\n") || s.Threads < 1 {
		return s, yumen.Errorf(yumen.KindInvalid, "domain must be a name without spaces or +, threads at least 1", "domain 须为不含空格和 + 的名称，threads 至少为 1").At(file)
	}
	return s, nil
}

func (h *home) openForWriting(ctx context.Context, wrap func(pipeline.Enclave) pipeline.Enclave) error {
	if err := h.lock(ctx); err != nil {
		return err
	}
	key, err := audit.LoadKey(h.path(keyFile))
	if err != nil {
		return err
	}
	st, err := sqlite.Open(ctx, h.path(stateFile), false)
	if err != nil {
		return err
	}
	h.closers = append(h.closers, st)
	if h.log, err = audit.Open(h.path(logDir), key); err != nil {
		return err
	}
	h.closers = append(h.closers, h.log)
	objects, err := local.Open(h.path(objectsDir), false)
	if err != nil {
		return err
	}
	if h.host, err = h.newHost(); err != nil {
		return err
	}
	kms, err := keyring.OpenLocal(h.path(masterFile))
	if err != nil {
		return err
	}
	ring, err := keyring.Open(h.path(ringFile), kms)
	if err != nil {
		return err
	}
	h.service, err = pipeline.Open(ctx, pipeline.Config{State: st, Objects: objectStore{objects}, Enclave: wrap(h.host), Log: h.log, Key: key,
		Keys: ring, Scratch: h.path(workDir), Asserted: true, Threads: h.settings.Threads, Crash: crashPoint()})
	return err
}

func (h *home) newHost() (*sandbox.Host, error) {
	if err := clearDir(h.path(workDir)); err != nil {
		return nil, err
	}
	return sandbox.New(sandbox.Config{Minimum: h.settings.Isolation, Scratch: h.path(workDir), Memory: h.settings.Memory,
		AllowUnconfined: h.settings.Unconfined})
}

// clearDir empties the scratch folder of what a killed process left there. The lock is held, so no run of this home is alive.
func clearDir(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o700)
}

// lockWait is how long a command waits for another one to finish with the home.
const lockWait = 5 * time.Second

func (h *home) lock(ctx context.Context) error {
	f, err := os.OpenFile(h.path(lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	h.closers = append(h.closers, f)
	deadline := time.Now().Add(lockWait)
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(deadline) {
			return h.held(f)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}

func (h *home) held(f *os.File) error {
	pid := make([]byte, 20)
	n, _ := f.ReadAt(pid, 0) // best effort: it only names the other process
	return yumen.Errorf(yumen.KindConflict, "another process (pid %s) is writing in this home", "另一进程（pid %s）正在写入该主目录",
		strings.TrimSpace(string(pid[:n]))).At(h.dir).ToFix("wait for it, or look with a reading command meanwhile", "请等待其结束；期间可使用只读命令")
}

// Close closes everything, the lock last.
func (h *home) Close() error {
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i].Close())
	}
	return errors.Join(errs...)
}

// actor is the person that --as names.
func (a *app) actor(h *home) (yumen.Actor, error) {
	name := a.as
	if name == "" {
		name = os.Getenv("YUMEN_AS")
	}
	if name == "" {
		return yumen.Actor{}, usage{errors.New(a.say("who acts? give --as NAME (people.yaml lists the names)", "请用 --as 指明操作人（姓名见 people.yaml）"))}
	}
	return h.people.Find(name)
}

// perhaps is the person that --as names, or nobody where it names none: who asks without a name is told what everybody is.
func (a *app) perhaps(h *home) (yumen.Actor, error) {
	if a.as == "" && os.Getenv("YUMEN_AS") == "" {
		return yumen.Actor{}, nil
	}
	return a.actor(h)
}

// objectStore narrows the writer type of store/local to the pipeline's interface.
type objectStore struct{ *local.Store }

func (o objectStore) Create(space store.Space) (journal.ObjectWriter, error) {
	return o.Store.Create(space)
}
