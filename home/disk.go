package home

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/yumen-data/yumen"
)

// Disk are the settings of the room that is kept free where state, log and objects lie, so that the log can always be
// written and what is under way can end. The larger of the two counts.
type Disk struct {
	// Reserve is that room. Defaults to 256MiB.
	Reserve yumen.Size `yaml:"reserve"`
	// ReservePercent is that room as a share of the disk. Defaults to 1.
	ReservePercent int `yaml:"reserve_percent"`
}

// DiskSpace is the room of the disk that a part of a home lies on.
type DiskSpace struct {
	Place   string     `json:"place"` // within the home
	Free    yumen.Size `json:"free"`  // to this account
	Size    yumen.Size `json:"size"`
	Reserve yumen.Size `json:"reserve"` // below which new jobs and imports are refused
}

// Short reports whether less is free than is reserved.
func (d DiskSpace) Short() bool { return d.Free < d.Reserve }

// Space returns the room of the disks that the home in dir lies on, each once. State, log and objects may each lie on a
// disk of their own.
func (d Disk) Space(dir string) ([]DiskSpace, error) {
	var out []DiskSpace
	seen := map[string]bool{}
	for _, place := range []string{stateFile, LogDir, objectsDir} {
		path, err := filepath.EvalSymlinks(filepath.Join(dir, place))
		if err != nil {
			return nil, err
		}
		id, free, size, err := diskOf(path)
		if err != nil {
			return nil, yumen.Errorf(yumen.KindUnavailable, "cannot find out how much room the disk has",
				"无法获知磁盘剩余空间").At(place).Because(err)
		}
		if !seen[id] {
			seen[id] = true
			out = append(out, DiskSpace{place, free, size, max(d.Reserve, size/100*yumen.Size(d.ReservePercent))})
		}
	}
	return out, nil
}

// disks watches the disks of an opened home, by the settings that are in force.
type disks struct {
	dir     string
	inForce *atomic.Pointer[Disk]
}

// Accepts refuses new jobs and imports while less is free than is reserved, or nobody can tell.
func (d disks) Accepts() error {
	return d.short(func(s DiskSpace) bool { return s.Short() }, func(place string) *yumen.Error {
		return yumen.Errorf(yumen.KindUnavailable,
			"the disk of this domain is nearly full: it accepts no new jobs and imports; nothing was written",
			"本域磁盘即将写满，暂不接受新的任务与导入；未写入任何内容").At(place).
			ToFix("have the operator of the machine free some space, then repeat", "请由运维人员释放空间后重试")
	})
}

// Continues stops large outputs while less than half of what is reserved is free.
func (d disks) Continues() error {
	return d.short(func(s DiskSpace) bool { return s.Free < s.Reserve/2 }, func(place string) *yumen.Error {
		return yumen.Errorf(yumen.KindUnavailable,
			"the disk of this domain is nearly full: what is left is for the audit log and for results under review",
			"本域磁盘即将写满，余下空间留给审计日志与审核中的结果").At(place).
			ToFix("have the operator of the machine free some space, then repeat", "请由运维人员释放空间后重试")
	})
}

func (d disks) short(is func(DiskSpace) bool, refusal func(place string) *yumen.Error) error {
	all, err := d.inForce.Load().Space(d.dir)
	if err != nil {
		return err
	}
	for _, s := range all {
		if is(s) {
			return refusal(s.Place)
		}
	}
	return nil
}

// diskOf returns which disk a folder lies on, what is free on it to this account, and its size.
func diskOf(path string) (id string, free, size yumen.Size, err error) {
	var st syscall.Stat_t
	var fs syscall.Statfs_t
	if err = syscall.Stat(path, &st); err == nil {
		err = syscall.Statfs(path, &fs)
	}
	block := yumen.Size(fs.Bsize)
	return fmt.Sprint(st.Dev), yumen.Size(fs.Bavail) * block, yumen.Size(fs.Blocks) * block, err
}
