// Package plainpg starts a PostgreSQL 15 that nobody else can reach, for tests and benchmarks that hold what Yumen says
// in PostgreSQL's protocol against PostgreSQL itself. It is not for data that anybody keeps.
package plainpg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const programs = "/usr/lib/postgresql/15/bin/" // as Debian installs it

// ErrNone says that no PostgreSQL 15 is installed.
var ErrNone = errors.New("PostgreSQL 15 is not installed: make deps")

// Start starts a server with an empty database and settings of the form name=value. It returns what a client connects
// with, and what ends the server and deletes it. The error is ErrNone where no PostgreSQL is installed.
func Start(settings ...string) (dsn string, stop func(), err error) {
	if _, err := os.Stat(programs + "initdb"); err != nil {
		return "", nil, ErrNone
	}
	dir, err := os.MkdirTemp("", "pg") // a socket's path is at most 107 bytes long
	if err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "d")
	stop = func() {
		_ = run(programs+"pg_ctl", "-D", data, "-m", "immediate", "stop") // it may not have begun
		_ = os.RemoveAll(dir)
	}
	options := []string{"-c listen_addresses='' -k " + dir}
	for _, s := range settings {
		options = append(options, "-c "+s)
	}
	if os.Getuid() == 0 {
		err = exec.Command("chown", "postgres", dir).Run()
	}
	if err == nil {
		err = run(programs+"initdb", "-D", data, "-A", "trust", "-U", "yumen", "-E", "UTF8", "-N")
	}
	if err == nil {
		err = run(programs+"pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o",
			strings.Join(options, " "), "start")
	}
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return "host=" + dir + " user=yumen dbname=postgres", stop, nil
}

// run runs one of PostgreSQL's programs, which refuse to run as root.
func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	if os.Getuid() == 0 {
		cmd = exec.Command("runuser", append([]string{"-u", "postgres", "--", name}, args...)...)
	}
	cmd.Dir = "/"
	return cmd.Run()
}
