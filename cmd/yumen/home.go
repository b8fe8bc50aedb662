package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// address is that of the server that is asked: --server or, where no home is named, YUMEN_SERVER; empty where a home is
// meant.
func (a *app) address() string {
	if a.server != "" || a.homeDir != "" || os.Getenv("YUMEN_HOME") != "" {
		return a.server
	}
	return os.Getenv("YUMEN_SERVER")
}

// homePath is --home, YUMEN_HOME, or yumen in the user's data folder.
func (a *app) homePath() (string, error) {
	if address := a.address(); address != "" {
		return "", cli.Usage(errors.New(a.Say("this needs the home itself, not the server at %s: run it where the home is, without --server",
			"此操作需要主目录本身，而非 %s 处的服务：请在主目录所在机器上执行，不带 --server", address)))
	}
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
