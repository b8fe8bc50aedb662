package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yumen-data/yumen"
	"golang.org/x/sys/unix"
)

// cgroups knows where this process may make a control group for each enclave. It is found out once, by trying.
type cgroups struct {
	once sync.Once
	// parents holds the folder below which groups are made: one for v2, one for each controller for v1.
	parents map[string]string // controller → folder; for v2 the one controller "unified"
	err     error             // why there is none
	serial  atomic.Int64
}

const (
	unified     = "unified"
	groupPrefix = "yumen-"
	// programText is what the executable's own pages take; the first enclave that touches them is charged for them.
	programText = 128 << 20
)

func (c *cgroups) find() (map[string]string, error) {
	c.once.Do(func() {
		mounts, err := cgroupMounts()
		if err != nil {
			c.err = err
			return
		}
		if c.parents, c.err = findV2(mounts); c.err != nil {
			var v1 error
			if c.parents, v1 = findV1(mounts); v1 == nil {
				c.err = nil
			}
		}
		for _, dir := range c.parents {
			sweepGroups(dir)
		}
	})
	return c.parents, c.err
}

// own is the folder of this process's group in one hierarchy.
type own struct{ controllers, dir string }

// cgroupMounts pairs /proc/self/cgroup with the mounted hierarchies (cgroups(7)).
func cgroupMounts() ([]own, error) {
	paths := map[string]string{}
	lines, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(lines)) {
		if f := strings.SplitN(strings.TrimSpace(line), ":", 3); len(f) == 3 {
			paths[f[1]] = f[2]
		}
	}
	mountinfo, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer mountinfo.Close()
	var out []own
	for s := bufio.NewScanner(mountinfo); s.Scan(); {
		before, after, _ := strings.Cut(s.Text(), " - ")
		f, kind := strings.Fields(before), strings.Fields(after)
		if len(f) < 5 || len(kind) < 3 {
			continue
		}
		for controllers, path := range paths {
			if v2 := controllers == ""; v2 && kind[0] != "cgroup2" || !v2 &&
				(kind[0] != "cgroup" || !hasAll(kind[2], controllers)) {
				continue
			}
			if rel, err := filepath.Rel(f[3], path); err == nil && !strings.HasPrefix(rel, "..") {
				out = append(out, own{controllers, filepath.Join(f[4], rel)})
			}
		}
	}
	return out, nil
}

func hasAll(options, controllers string) bool {
	have := strings.Split(options, ",")
	lacks := func(c string) bool { return !slices.Contains(have, c) }
	return !slices.ContainsFunc(strings.Split(controllers, ","), lacks)
}

// findV2 looks for a group that may have children with memory and pids limits: the own one, or its parent where the
// service manager put this process into a subgroup of what it delegated (systemd: Delegate=yes, DelegateSubgroup=).
func findV2(mounts []own) (map[string]string, error) {
	reason := errors.New("no cgroup v2 hierarchy with the memory and pids controllers")
	for _, m := range mounts {
		if m.controllers != "" {
			continue
		}
		for _, dir := range []string{m.dir, filepath.Dir(m.dir)} {
			err := enableV2(dir)
			if err == nil {
				return map[string]string{unified: dir}, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				reason = err
			}
		}
	}
	return nil, reason
}

func enableV2(dir string) error {
	available, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	if f := strings.Fields(string(available)); !slices.Contains(f, "memory") || !slices.Contains(f, "pids") {
		return errors.New("cgroup v2 has no memory and pids controllers here")
	}
	control := filepath.Join(dir, "cgroup.subtree_control")
	enabled, _ := os.ReadFile(control)
	if f := strings.Fields(string(enabled)); !slices.Contains(f, "memory") || !slices.Contains(f, "pids") {
		if err := os.WriteFile(control, []byte("+memory +pids"), 0); err != nil {
			return err
		}
	}
	if slices.Contains(strings.Fields(string(available)), "cpu") {
		_ = os.WriteFile(control, []byte("+cpu"), 0) // welcome, not needed
	}
	return tryGroup(dir)
}

// findV1 needs a writable own group in both hierarchies.
func findV1(mounts []own) (map[string]string, error) {
	parents := map[string]string{}
	for _, m := range mounts {
		for _, c := range []string{"memory", "pids", "cpu"} { // cpu is welcome, the other two are needed
			if hasAll(m.controllers, c) && tryGroup(m.dir) == nil {
				parents[c] = m.dir
			}
		}
	}
	if parents["memory"] == "" || parents["pids"] == "" {
		return nil, errors.New("no writable cgroup for memory and pids")
	}
	return parents, nil
}

func tryGroup(dir string) error {
	try := filepath.Join(dir, groupPrefix+strconv.Itoa(os.Getpid())+"-try")
	if err := os.Mkdir(try, 0o755); err != nil {
		return err
	}
	return os.Remove(try)
}

// sweepGroups removes groups of processes that are gone, left behind by a crash.
func sweepGroups(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), groupPrefix)
		id, _, _ := strings.Cut(rest, "-")
		if pid, err := strconv.Atoi(id); ok && err == nil && unix.Kill(pid, 0) == unix.ESRCH {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// group is the control group of one enclave.
type group struct {
	dirs map[string]string
}

// make makes a group with the limits.
func (c *cgroups) make(l yumen.Limits) (*group, error) {
	parents, err := c.find()
	if err != nil {
		return nil, err
	}
	g := &group{dirs: map[string]string{}}
	name := fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), c.serial.Add(1))
	for controller, parent := range parents {
		dir := filepath.Join(parent, name)
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			g.dirs[controller] = dir
			err = limitGroup(controller, dir, l)
		}
		if err != nil {
			g.remove()
			return nil, err
		}
	}
	return g, nil
}

func limitGroup(controller, dir string, l yumen.Limits) error {
	memory := strconv.FormatInt(int64(l.Memory)+programText, 10)
	threads := strconv.Itoa(maxThreads(l))
	settings := map[string]map[string]string{
		unified:  {"memory.max": memory, "memory.oom.group": "1", "pids.max": threads},
		"memory": {"memory.limit_in_bytes": memory},
		"pids":   {"pids.max": threads},
		"cpu":    {"cpu.cfs_period_us": strconv.Itoa(cpuPeriod), "cpu.cfs_quota_us": cpuQuota(l)},
	}
	for file, value := range settings[controller] {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0); err != nil {
			return err
		}
	}
	if controller == unified {
		_ = os.WriteFile(filepath.Join(dir, "cpu.max"), []byte(cpuQuota(l)+" "+strconv.Itoa(cpuPeriod)), 0) // there only where cpu is delegated
		_ = os.WriteFile(filepath.Join(dir, "memory.swap.max"), []byte("0"), 0)                             // there only where swap accounting is
	}
	return nil
}

// cpuPeriod is the span in microseconds over which processor time is counted.
const cpuPeriod = 100_000

// cpuQuota is the processor time in a period: that of the run's threads, and of one more for the runtime and the
// transport.
func cpuQuota(l yumen.Limits) string { return strconv.Itoa((l.Threads + 1) * cpuPeriod) }

// add moves a process into the group.
func (g *group) add(pid int) error {
	for _, dir := range g.dirs {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
			return err
		}
	}
	return nil
}

// outOfMemory reports whether the kernel killed something in the group for memory.
func (g *group) outOfMemory() bool {
	if g == nil {
		return false
	}
	for controller, file := range map[string]string{unified: "memory.events", "memory": "memory.oom_control"} {
		dir, ok := g.dirs[controller]
		if !ok {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if n, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok && n != "0" {
				return true
			}
		}
	}
	return false
}

// remove deletes the group after its processes are dead. The kernel may take a moment to release them.
func (g *group) remove() {
	if g == nil {
		return
	}
	for _, dir := range g.dirs {
		for wait := time.Millisecond; wait < time.Second; wait *= 2 {
			if err := os.Remove(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
				break
			}
			time.Sleep(wait)
		}
	}
}

func (g *group) detail() string {
	if dir := g.dirs[unified]; dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "cpu.max")); err == nil {
			return "v2: memory, pids, cpu"
		}
		return "v2: memory, pids"
	}
	if g.dirs["cpu"] != "" {
		return "v1: memory, pids, cpu"
	}
	return "v1: memory, pids"
}
