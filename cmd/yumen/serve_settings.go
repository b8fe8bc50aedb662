package main

import (
	"cmp"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/rest"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/home"
)

// serveFlags say where the configuration is, and what wins over it.
type serveFlags struct {
	config string
	server.Addresses
}

// worksBy is what a server works by, read and checked as a whole: a server starts by one, exchanges it at SIGHUP, and
// config check says what it is.
type worksBy struct {
	config   server.Config
	text     []byte // of the configuration; nil where there is none
	settings home.Settings
	policies home.Policies
	cert     *server.Certificate // the one that the configuration names; nil where it names none
}

// readWorksBy reads all of it, and refuses what a server cannot work by. Without a home it is the configuration alone.
func (a *app) readWorksBy(from serveFlags, dir string) (w worksBy, err error) {
	if dir != "" {
		if w.settings, err = home.ReadSettings(dir); err != nil {
			return w, err
		}
	}
	if err = w.readConfig(from, dir); err != nil {
		return w, err
	}
	for _, address := range []string{w.config.Listen, w.config.Postgres, w.config.FlightSQL, w.config.Operations} {
		if err := listenable(address); err != nil {
			return w, err
		}
	}
	if files := w.config.TLS; files.Certificate != "" {
		if w.cert, err = server.LoadCertificate(files); err != nil {
			return w, err
		}
	}
	if dir != "" {
		w.policies, err = home.ReadPolicies(dir)
	}
	return w, err
}

// readConfig reads the configuration. Files that it names lie beside it.
func (w *worksBy) readConfig(from serveFlags, dir string) (err error) {
	file := cmp.Or(from.config, filepath.Join(dir, home.ServerFile))
	w.config = server.Default()
	w.text, err = os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && from.config == "":
		w.text, err = nil, nil
	case err != nil:
		return yumen.Errorf(yumen.KindNotFound, "cannot read the configuration", "无法读取配置").At(file).Because(err)
	default:
		if w.config, err = server.ParseConfig(file, w.text); err != nil {
			return err
		}
	}
	for _, name := range []*string{&w.config.TLS.Certificate, &w.config.TLS.Key} {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(filepath.Dir(file), *name)
		}
	}
	if from.Listen != "" || from.Postgres != "" || from.Operations != "" {
		w.config, err = w.config.With(from.Addresses)
	}
	return err
}

// digests are those of all that the server works by; cert is the certificate that it shows.
func (w worksBy) digests(cert *server.Certificate) map[string]yumen.Digest {
	out := map[string]yumen.Digest{"settings": w.settings.Digest, "policies": w.policies.Digest()}
	if w.text != nil {
		out["configuration"] = yumen.DigestOf(w.text)
	}
	if cert != nil {
		out["certificate"] = cert.Digest()
	}
	return out
}

// ownCertificate names the files of the certificate that the server makes itself.
func ownCertificate(dir string) server.TLS {
	return server.TLS{Certificate: home.PathOf(dir, home.ServerCert), Key: home.PathOf(dir, home.ServerKey)}
}

// listenable refuses an address that this machine does not have, whatever else listens there.
func listenable(address string) error {
	host, _, err := net.SplitHostPort(address)
	if address == server.None || err != nil {
		return nil // ParseConfig refuses what is no address
	}
	l, err := listenAt(net.JoinHostPort(host, "0"))
	if err != nil {
		return yumen.AsError(err).At(address)
	}
	return l.Close()
}

// listenAt listens at an address.
func listenAt(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	e := yumen.Errorf(yumen.KindUnavailable, "cannot listen there", "无法监听").At(address).Because(err).
		ToFix("choose another address with --listen or --operations, or in server.yaml",
			"请用 --listen 或 --operations 或在 server.yaml 中另选地址")
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		e.Kind = yumen.KindConflict
		e.ToFix("stop the program that listens there, or choose another port with --listen or --operations, or in server.yaml",
			"请停止占用该端口的程序，或用 --listen 或 --operations 或在 server.yaml 中另选端口")
	case errors.Is(err, fs.ErrPermission):
		e.ToFix("ports below 1024 need a privilege: choose another with --listen or --operations, or in server.yaml",
			"1024 以下的端口需要特权：请用 --listen 或 --operations 或在 server.yaml 中另选端口")
	}
	return nil, e
}

// limitsOf are the limits of the door.
func limitsOf(l server.Limits) rest.Limits {
	return rest.Limits{Header: l.Header, Body: l.Body, Depth: l.Depth, BodyTime: time.Duration(l.BodyTime),
		Upload: l.Upload, Spool: l.Spool, Rate: l.UploadRate, Grace: time.Duration(l.Grace),
		Keep: time.Duration(l.Keep), Operations: l.Operations}
}
