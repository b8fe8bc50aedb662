package clitest

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/server"
)

// certificate makes a certificate and its key in a folder, and returns their files.
func certificate(t *testing.T, dir, name string) server.TLS {
	t.Helper()
	files := server.TLS{Certificate: filepath.Join(dir, name+".crt"), Key: filepath.Join(dir, name+".key")}
	if _, err := server.SelfSigned(files); err != nil {
		t.Fatal(err)
	}
	return files
}

// errorOf is the error that a command prints with --json.
func errorOf(t *testing.T, a answer) yumen.Error {
	t.Helper()
	var e struct {
		Error yumen.Error `json:"error"`
	}
	for line := range strings.Lines(a.err) { // a log may stand before it
		if strings.HasPrefix(line, `{"error"`) && json.Unmarshal([]byte(line), &e) == nil {
			return e.Error
		}
	}
	t.Errorf("no error: %d %s%s", a.code, a.out, a.err)
	return yumen.Error{}
}

// What a server would not start by, config check refuses with the same words, and shows what it does start by.
func TestConfigCheckIsWhatServes(t *testing.T) {
	h, dir := newHome(t), t.TempDir()
	h.json = true
	good, other := certificate(t, dir, "good"), certificate(t, dir, "other")
	empty, folder := write(t, dir, "empty.pem", ""), t.TempDir()
	https := func(c, k string) string {
		return fmt.Sprintf("listen: 127.0.0.1:0\noperations: none\ntls: {certificate: %s, key: %s}\n", c, k)
	}
	settings, err := os.ReadFile(filepath.Join(h.dir, "home.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file, text string
		kind       yumen.ErrorKind
		place      string
	}{
		"a port too high": {"server.yaml", "listen: 127.0.0.1:99999\n", yumen.KindInvalid, "server.yaml"},
		"no address":      {"server.yaml", "operations: nonsense\n", yumen.KindInvalid, "server.yaml"},
		"another machine's address": {"server.yaml",
			strings.Replace(https(good.Certificate, good.Key), "127.0.0.1:0", "192.0.2.1:8443", 1),
			yumen.KindUnavailable, "192.0.2.1:8443"},
		"no certificate there": {"server.yaml", https("none.crt", good.Key), yumen.KindNotFound,
			filepath.Join(h.dir, "none.crt")},
		"no key there": {"server.yaml", https(good.Certificate, "none.key"), yumen.KindNotFound,
			filepath.Join(h.dir, "none.key")},
		"an unreadable certificate": {"server.yaml", https(folder, good.Key), yumen.KindNotFound, folder},
		"an empty certificate":      {"server.yaml", https(empty, good.Key), yumen.KindInvalid, empty},
		"a key as certificate":      {"server.yaml", https(good.Key, good.Key), yumen.KindInvalid, good.Key},
		"a certificate as key": {"server.yaml", https(good.Certificate, good.Certificate), yumen.KindInvalid,
			good.Certificate},
		"the key of another": {"server.yaml", https(good.Certificate, other.Key), yumen.KindInvalid, good.Certificate},
		"settings of the home": {"home.yaml", string(settings) + "limits: {each_contract: {run: 1}}\n",
			yumen.KindInvalid, "home.yaml"},
		"policies": {"policies.cedar", "permit (principal", yumen.KindInvalid, "policies.cedar"},
	} {
		write(t, h.dir, c.file, c.text)
		checked, served := h.run("config", "check"), h.run("serve")
		e, same := errorOf(t, checked), errorOf(t, served)
		if checked.code != 1 || served.code != 1 || e.Kind != c.kind || !strings.Contains(e.Place, c.place) ||
			e.Msg.ZH == "" || fmt.Sprint(e) != fmt.Sprint(same) {
			t.Errorf("%s: config check: %d %+v\nserve: %d %+v", name, checked.code, e, served.code, same)
		}
		if c.file == "home.yaml" {
			write(t, h.dir, c.file, string(settings))
		} else if err := os.Remove(filepath.Join(h.dir, c.file)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, h.dir, "server.yaml", https(good.Certificate, good.Key))
	if got := ask[map[string]string](h, "config", "check"); got["tls.certificate"] != good.Certificate {
		t.Errorf("%v", got)
	}
}

// Addresses that a command line names are refused with their flag, and one that is taken with what to do, in both
// languages.
func TestWhereToListen(t *testing.T) {
	h := newHome(t)
	h.json = true
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args  []string
		kind  yumen.ErrorKind
		place string
	}{
		{[]string{"--listen", "nonsense"}, yumen.KindInvalid, "--listen"},
		{[]string{"--listen", "127.0.0.1:99999"}, yumen.KindInvalid, "--listen"},
		{[]string{"--listen", "0.0.0.0:8443"}, yumen.KindInvalid, "--listen"},
		{[]string{"--operations", "127.0.0.1:x", "--listen", "none"}, yumen.KindInvalid, "--operations"},
		{[]string{"--operations", "127.0.0.1:1", "--listen", "127.0.0.1:1"}, yumen.KindInvalid, "--operations"},
		{[]string{"--operations", "none", "--listen", taken.Addr().String()}, yumen.KindConflict,
			taken.Addr().String()},
		{[]string{"--listen", "none", "--operations", taken.Addr().String()}, yumen.KindConflict,
			taken.Addr().String()},
	} {
		a := h.run(append([]string{"serve"}, c.args...)...)
		e := errorOf(t, a)
		place, fix := e.Place, e.Fix
		if len(e.Reasons) > 0 {
			place, fix = e.Reasons[0].Place, e.Reasons[0].Fix
		}
		if a.code != 1 || e.Kind != c.kind || place != c.place || fix.EN == "" || fix.ZH == "" {
			t.Errorf("%v: %d %+v", c.args, a.code, e)
		}
	}
	h.json = false
	for lang, says := range map[string]string{"en": "another program uses this port", "zh": "该端口已被其他程序占用"} {
		if a := h.run("serve", "--operations", "none", "--listen", taken.Addr().String(), "--lang",
			lang); !strings.Contains(a.err, says) || strings.Contains(a.err, "bind:") {
			t.Errorf("%s: %s", lang, a.err)
		}
	}
}

// Help, config check and the page say the same defaults: those that a server has.
func TestDefaultsAreSaid(t *testing.T) {
	h := newHome(t)
	in := ask[map[string]string](h, "config", "check")
	shown := h.must("config", "check")
	for _, s := range server.Default().Settings() {
		if in[s.Name] != s.Value || !strings.Contains(shown, s.Name+": "+s.Value+"\n") {
			t.Errorf("config check: %s is %q, and should be %q", s.Name, in[s.Name], s.Value)
		}
		delete(in, s.Name)
		for _, lang := range []string{"C", "zh_CN.UTF-8"} {
			cmd := exec.Command(bin, "serve", "--help")
			cmd.Env = append(os.Environ(), "LANG="+lang)
			help, err := cmd.Output()
			if err != nil || !strings.Contains(string(help), "  "+s.Name+": "+s.Value+"\n") {
				t.Errorf("serve --help: %s is not said", s.Name)
			}
		}
	}
	if len(in) > 0 {
		t.Errorf("config check says more: %v", in)
	}
}

// Where any part of what is read again is wrong, nothing of it counts: not the certificate either. The server's log
// says what is wrong, and then by which digests it works.
func TestReloadIsWhole(t *testing.T) {
	h, dir := newHome(t), t.TempDir()
	good := certificate(t, dir, "good")
	write(t, h.dir, "server.yaml", fmt.Sprintf("tls: {certificate: %s, key: %s}\n", good.Certificate, good.Key))
	r, s := serveRemote(t, h)
	defer h.stop()
	shown := func() yumen.Digest {
		c, err := tls.Dial("tcp", strings.TrimPrefix(r.address, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return yumen.DigestOf(c.ConnectionState().PeerCertificates[0].Raw)
	}
	was := shown()
	for _, file := range []string{good.Certificate, good.Key} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	certificate(t, dir, "good")
	policies := write(t, h.dir, "policies.cedar", "permit (principal")
	r.hang(s, "nothing changes")
	if now := shown(); now != was {
		t.Errorf("the certificate is %s, and was %s", now, was)
	}
	if log := string(s.saidSoFar()); !strings.Contains(log, "policies.cedar") {
		t.Errorf("it does not say what is wrong: %s", log)
	}
	if err := os.Remove(policies); err != nil {
		t.Fatal(err)
	}
	r.hang(s, `"msg":"reloaded"`)
	now := shown()
	if now == was {
		t.Error("the new certificate is not shown")
	}
	if log := string(s.saidSoFar()); !strings.Contains(log, `"certificate":"`+string(now)+`"`) {
		t.Errorf("it does not say by what it works: %s", log)
	}
	if log := h.must("audit", "tail", "--as", "regulator"); strings.Count(log, "server.reload") != 1 ||
		!strings.Contains(log, "certificate="+now.Short()) {
		t.Errorf("the audit log: %s", log)
	}
}
