package home

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

// Settings is home.yaml.
type Settings struct {
	// Domain is the name of the domain; log and receipts are signed in its name.
	Domain string `yaml:"domain"`
	// Isolation is the least isolation that runs are started under. Defaults to full.
	Isolation yumen.IsolationLevel `yaml:"isolation"`
	// Threads is how many threads one run has. Defaults to 2.
	Threads int `yaml:"threads"`
	// Memory is what all runs together may have; further ones wait. Defaults to three quarters of the machine's.
	Memory yumen.Size `yaml:"memory"`
	// Unconfined lets runs go on as plain processes where the system has no isolation at all, for development.
	Unconfined bool `yaml:"run_without_any_isolation"`
}

// ReadSettings reads and checks the settings of the home in dir. A folder without settings is no home: an error of kind
// not found.
func ReadSettings(dir string) (Settings, error) {
	file := filepath.Join(dir, SettingsFile)
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		return Settings{}, yumen.Errorf(yumen.KindNotFound, "there is no home at %s", "%s 处没有主目录", dir).
			ToFix("make one", "请先创建").Then("home.init", dir)
	}
	text, err := readFile(file)
	if err != nil {
		return Settings{}, err
	}
	return parseSettings(file, text)
}

func parseSettings(file string, text []byte) (Settings, error) {
	s := Settings{Isolation: yumen.IsolationFull, Threads: 2}
	if err := strictyaml.Decode(file, text, &s); err != nil {
		return s, err
	}
	switch s.Isolation {
	case yumen.IsolationFull, yumen.IsolationReduced, yumen.IsolationNone:
	default:
		return s, yumen.Errorf(yumen.KindInvalid, "isolation must be full, reduced or none",
			"isolation 只能是 full、reduced 或 none").At(file)
	}
	if s.Domain == "" || strings.ContainsAny(s.Domain, "+ \t\n") || s.Threads < 1 {
		return s, yumen.Errorf(yumen.KindInvalid, "domain must be a name without spaces or +, threads at least 1",
			"domain 须为不含空格和 + 的名称，threads 至少为 1").At(file)
	}
	return s, nil
}
