package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/home"
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

// open opens the home for writing.
func (a *app) open(ctx context.Context) (*home.Home, error) {
	dir, err := a.homePath()
	if err != nil {
		return nil, err
	}
	return home.Open(ctx, dir, home.Options{Crash: crashPoint()})
}

// read opens the home for looking only.
func (a *app) read(ctx context.Context) (*home.Home, error) {
	dir, err := a.homePath()
	if err != nil {
		return nil, err
	}
	return home.OpenReader(ctx, dir)
}

// named reports whether somebody is named who acts.
func (a *app) named() bool { return a.as != "" || os.Getenv("YUMEN_AS") != "" }

// personOrMachine is the person who acts or, where nobody is named, the machine: a timer may do what needs no person.
func (a *app) personOrMachine(h *home.Home) (api.Principal, error) {
	if !a.named() {
		return api.Machine(), nil
	}
	by, err := a.actor(h)
	return api.Asserted(by), err
}

// actor is the person that --as names.
func (a *app) actor(h *home.Home) (yumen.Actor, error) {
	name := cmp.Or(a.as, os.Getenv("YUMEN_AS"))
	if name == "" {
		return yumen.Actor{}, cli.Usage(errors.New(a.Say("who acts? give --as NAME (people.yaml lists the names)",
			"请用 --as 指明操作人（姓名见 people.yaml）")))
	}
	return h.People.Find(name)
}
