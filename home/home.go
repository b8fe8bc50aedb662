// Package home opens a domain: the folder with its settings, people, keys, log, state and objects, the lock that lets
// one process write in it at a time, and the pipeline over all of these. It links no engine: enclaves are processes of
// a program that does. It is not for what a domain does, which is the pipeline's, nor for flags and words of a command
// line. Of the environment it reads where the keys are.
package home

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/internal/tenant"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/service"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/seal"
	"github.com/yumen-data/yumen/store/sqlite"
)

// Names of files and folders within a home.
const (
	SettingsFile  = "home.yaml"
	PeopleFile    = "people.yaml"
	PoliciesFile  = "policies.cedar" // need not be there
	LogDir        = "log"
	PublicKeyFile = "keys/domain.pub" // what receipts and the log are verified with
	ServerFile    = "server.yaml"     // how the home is served, where it is there
	ServerCert    = "keys/server.crt" // that a server makes for itself, with its key
	ServerKey     = "keys/server.key"

	keysDir    = "keys"
	stateFile  = "state.db"
	lockFile   = "lock"
	objectsDir = "objects"
	workDir    = "work"
	keyFile    = "keys/domain.key"
	masterFile = "keys/master.key"
	ringFile   = "keys/ring.json"    // keys of desensitization
	sealFile   = "keys/sealing.json" // the domain's key of sealed objects
	// apartFile has the domain's key of sealed identifiers, so that the other key opens nothing of them.
	apartFile  = "keys/identifiers.json"
	objectKeys = "keys/objects" // a file for the key of each
)

// Home is an opened home folder.
type Home struct {
	Dir      string
	Settings Settings
	Service  *service.Service // what people ask for
	Auth     *access.Authenticator
	Limiter  *service.Limiter // what doors ask before they answer
	Logins   *service.Logins
	Rules    *access.Rules
	route    *pipeline.Service
	host     *sandbox.Host
	tenants  tenant.Current
	disk     atomic.Pointer[Disk]
	state    *sqlite.Store
	objects  *local.Store
	opener   *seal.Opener
	crash    func(point string)
	sealing  sealing
	closers  []io.Closer
}

// Options say how a home is opened for writing. The zero value is what a domain runs with.
type Options struct {
	// Serving says that the home is opened by a server, through which others act on the domain.
	Serving bool
	// Executable is the program that enclaves are started from. Defaults to the running program itself.
	Executable string
	// Wrap puts something between the pipeline and its enclaves. Defaults to nothing.
	Wrap func(pipeline.Enclave) pipeline.Enclave
	// Observe, where not nil, is told how long each task of a role was in an enclave, as sandbox.Config says.
	Observe func(role string, took time.Duration)
	// Log is told of decisions about who may do what. Defaults to nowhere.
	Log *slog.Logger
	// Crash is called at every named point of a step, for tests that kill the process there.
	Crash func(point string)
}

// Open opens the home in dir for writing, one process at a time: another one waits for it a few seconds and then gets
// an error of kind conflict. What a crash interrupted is completed first.
func Open(ctx context.Context, dir string, o Options) (*Home, error) {
	h, err := openShared(dir)
	if err == nil {
		err = h.loadPolicies(o.Log)
	}
	if err != nil {
		return nil, err
	}
	if err := h.openForWriting(ctx, o); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// OpenReader opens the home in dir for looking only; any number of processes may. It fails with kind corrupt where
// state and log are not from the same moment.
func OpenReader(ctx context.Context, dir string) (*Home, error) {
	h, err := openShared(dir)
	if err != nil {
		return nil, err
	}
	return openReader(ctx, h)
}

// openReader opens what a home is read with.
func openReader(ctx context.Context, h *Home) (*Home, error) {
	if err := h.loadPolicies(nil); err != nil {
		return nil, err
	}
	st, err := sqlite.OpenReader(ctx, h.path(stateFile))
	if err != nil {
		return nil, err
	}
	h.state, h.closers = st, append(h.closers, st)
	log, err := h.checkHead(ctx, st)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	h.route = pipeline.Reader(st, log, h.readObjects(), h.Rules)
	people, err := h.peopleOnRecord(ctx)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	h.answer(people, sync.OnceValues(h.openLog))
	return h, nil
}

// answer makes the service over the route, for whoever is on record.
func (h *Home) answer(records access.Records, log service.OpenLog) {
	h.Auth = access.NewAuthenticator(records, h.Settings.LocalIdentities, time.Now)
	h.Service = service.New(h.route, h.Auth, h.Rules, log)
	h.Logins = service.NewLogins(h.Service, h.Settings.OIDC, h.discover, time.Now)
}

// checkHead refuses to read a state that is not from the same moment as the log, which it returns.
func (h *Home) checkHead(ctx context.Context, st store.State) (journal.Entries, error) {
	vkey, err := h.publicKey()
	if err != nil {
		return nil, err
	}
	log := audit.Reader(h.path(LogDir), vkey)
	return log, journal.CheckHead(ctx, st, func() (audit.Head, error) {
		return audit.ReadHead(h.path(LogDir), vkey)
	}, log)
}

// publicKey is what the home's log is verified with.
func (h *Home) publicKey() (string, error) {
	if _, err := readFile(h.path(PublicKeyFile)); err != nil { // of a home, it is missing or cannot be read
		return "", err
	}
	return audit.LoadVerifier(h.path(PublicKeyFile))
}

// openLog opens the log for reading, as it is now.
func (h *Home) openLog() (*audit.Log, error) {
	vkey, err := h.publicKey()
	if err != nil {
		return nil, err
	}
	l, err := audit.OpenReader(h.path(LogDir), vkey)
	if err == nil {
		h.closers = append(h.closers, l)
	}
	return l, err
}

// Close closes everything, the lock last.
func (h *Home) Close() error {
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i].Close())
	}
	return errors.Join(errs...)
}

// readFile reads a file of a home.
func readFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, yumen.Errorf(yumen.KindCorrupt, "the home lacks this file", "主目录缺少该文件").At(path).
			ToFix("put it back from a backup", "请从备份恢复")
	case err != nil:
		return nil, yumen.Errorf(yumen.KindUnavailable, "cannot read this file of the home", "无法读取主目录中的该文件").At(path).
			ToFix("only the account that made the home can use it", "只有创建主目录的账户可以使用").Because(err)
	}
	return b, nil
}

func (h *Home) path(name string) string { return PathOf(h.Dir, name) }

func openShared(dir string) (*Home, error) {
	h := &Home{Dir: dir}
	var err error
	if h.Settings, err = ReadSettings(dir); err != nil {
		return nil, err
	}
	return h, err
}

func (h *Home) openForWriting(ctx context.Context, o Options) error {
	h.crash = o.Crash
	if err := h.lock(ctx, o.Serving); err != nil {
		return err
	}
	log, st, err := h.openState(ctx)
	if err != nil {
		return err
	}
	if err := refuseRetired(log); err != nil {
		return err
	}
	key, err := audit.LoadKey(h.path(keyFile))
	if err != nil {
		return err
	}
	h.Apply(h.Settings)
	enclave, err := h.newEnclave(o)
	if err != nil {
		return err
	}
	catalog, err := h.shareCatalog()
	if err != nil {
		return err
	}
	objects, err := h.openObjects(ctx)
	if err != nil {
		return err
	}
	kms, err := h.kms(ctx)
	if err != nil {
		return err
	}
	ring, err := keyring.Open(h.path(ringFile), kms)
	if err != nil {
		return err
	}
	h.route, err = pipeline.Open(ctx, pipeline.Config{State: st, Objects: objects, Enclave: enclave,
		Catalog: catalog, Keeper: h.keepReaders(), Log: log, Key: key,
		Disk: disks{h.Dir, &h.disk}, Tenants: &h.tenants,
		Keys: ring, Rules: h.Rules, Scratch: h.draft, Sealing: h.sealing, FixedTimes: o.Serving, History: h.Settings.History,
		Threads: h.Settings.Threads, Crash: o.Crash})
	if err != nil {
		return err
	}
	h.closers = append(h.closers, h.route)
	h.Limiter = service.NewLimiter(&h.tenants, h.route.Quotas, nil)
	if err := h.importPeople(ctx); err != nil {
		return err
	}
	if err := h.recordPolicies(ctx); err != nil {
		return err
	}
	h.answer(h.route, func() (*audit.Log, error) { return log, nil })
	h.Auth.Report(h.reportFailures)
	h.closers = append(h.closers, h.Auth)
	return nil
}

// Apply puts the limits of tenants and the reserve of disks that other settings say in force, from the next decision
// on: what waits does so by the new ones. Whatever else settings say takes effect when the home is opened again.
func (h *Home) Apply(s Settings) {
	h.tenants.Set(s.Limits)
	h.disk.Store(&s.Disk)
}

// Use is what is used of what is limited.
type Use struct {
	Tenants []tenant.Use `json:"tenants"`
	Disks   []DiskSpace  `json:"disks"`
}

// Use returns what tenants use and what room the disks have. The home is open for writing.
func (h *Home) Use(ctx context.Context) (Use, error) {
	held, err := h.route.Tenants(ctx)
	if err != nil {
		return Use{}, err
	}
	var all tenant.Uses
	for _, uses := range [][]tenant.Use{held, h.host.Tenants(), h.Limiter.Tenants()} {
		all.Add(uses)
	}
	disks, err := h.disk.Load().Space(h.Dir)
	return Use{all.List(), disks}, err
}

// openState opens log and state for writing.
func (h *Home) openState(ctx context.Context) (*audit.Log, *sqlite.Store, error) {
	key, err := audit.LoadKey(h.path(keyFile))
	if err != nil {
		return nil, nil, err
	}
	st, err := sqlite.Open(ctx, h.path(stateFile), false)
	if err != nil {
		return nil, nil, err
	}
	h.closers = append(h.closers, st)
	log, err := audit.Open(h.path(LogDir), key)
	if err != nil {
		return nil, nil, err
	}
	h.closers = append(h.closers, log)
	return log, st, nil
}

// openSteps opens what the home's own steps are taken with.
func (h *Home) openSteps(ctx context.Context) (*audit.Log, *sqlite.Store, *journal.Journal, error) {
	log, st, err := h.openState(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	objects, err := h.openObjects(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	steps, err := journal.Open(ctx, journal.Config{State: st, Objects: objects, Log: log, Clock: time.Now,
		Crash: func(string) {}})
	return log, st, steps, err
}

// refuseRetired refuses to write in a home that another one replaced.
func refuseRetired(log *audit.Log) error {
	if log.Size() == 0 {
		return nil
	}
	last, err := log.Entry(log.Size() - 1)
	if err == nil && last.Action == yumen.ActionHomeRetire {
		err = yumen.Errorf(yumen.KindConflict,
			"this home was replaced by one that was restored from its backup, and takes no more steps",
			"该主目录已被由其备份恢复的主目录取代，不再接受操作").ToFix("use that one", "请使用新的主目录")
	}
	return err
}

func (h *Home) newEnclave(o Options) (pipeline.Enclave, error) {
	if err := h.sweepBackups(); err != nil {
		return nil, err
	}
	if err := clearDir(h.path(workDir)); err != nil {
		return nil, err
	}
	var observe func(task.Role, time.Duration)
	if o.Observe != nil {
		observe = func(r task.Role, took time.Duration) { o.Observe(string(r), took) }
	}
	host, err := sandbox.New(sandbox.Config{Minimum: h.Settings.Isolation, Scratch: h.path(workDir),
		WorkInMemory: !h.Settings.Scratch.Encrypted,
		Memory:       h.Settings.Memory, Tenants: &h.tenants, AllowUnconfined: h.Settings.Unconfined,
		Executable: o.Executable, Observe: observe})
	if err != nil {
		return nil, err
	}
	h.host, h.closers = host, append(h.closers, host)
	if o.Wrap == nil {
		return host, nil
	}
	return o.Wrap(host), nil
}

// sweepBackups removes what a backup by an earlier version left in the home when it was killed.
func (h *Home) sweepBackups() error {
	left, err := filepath.Glob(filepath.Join(h.Dir, ".backup-*"))
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// clearDir empties the scratch folder of what a killed process left there. The lock is held, so no run of this home is
// alive.
func clearDir(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o700)
}
