package main

import (
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
)

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
		return "", yumen.Errorf(yumen.KindInvalid, "no home folder is known", "未指定主目录").
			ToFix("give --home DIR", "请使用 --home 目录")
	}
	return filepath.Join(user, ".local", "share", "yumen"), nil
}
