package clitest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/server"
)

// Somebody logs in at a provider with a browser on this machine, in the home itself and through its server, and asks
// with the token of the session.
func TestLogin(t *testing.T) { eachWay(t, loginScript) }

func loginScript(t *testing.T) {
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown() // the test is over
	h, dir := newHome(t), t.TempDir()
	settings := filepath.Join(h.dir, "home.yaml")
	b, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	write(t, h.dir, "home.yaml",
		string(b)+fmt.Sprintf("\noidc: {issuer: %s, client_id: %s, client_secret_file: %s}\n", m.Issuer(), m.ClientID,
			write(t, dir, "secret", m.ClientSecret)))
	m.QueueUser(&mockoidc.MockUser{Subject: "s-1", PreferredUsername: "analyst"})
	token := filepath.Join(dir, "token")
	if served {
		h.serve()
	}
	if code, said := h.logIn(token); code != 0 {
		t.Fatalf("%d %s", code, said)
	}
	if info, err := os.Stat(token); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	ts := ask[[]api.Token](h, "token", "list", "--token-file", token)
	if len(ts) != 1 || ts[0].Method != api.MethodOIDC || ts[0].Asserted {
		t.Errorf("%+v", ts)
	}
	m.QueueUser(&mockoidc.MockUser{Subject: "s-2", PreferredUsername: "analyst"})
	if code, said := h.logIn(filepath.Join(dir, "other")); code != 1 ||
		!strings.Contains(said, "somebody else logs in as analyst") {
		t.Errorf("another account: %d %s", code, said)
	}
	h.must("audit", "verify", "--token-file", token)
}

// logIn runs the command and does what the browser does.
func (h home) logIn(token string) (int, string) {
	h.t.Helper()
	return browse(h.t, http.DefaultClient, exec.Command(bin, "login", "--out", token, "--home", h.dir))
}

// browse runs a command that logs in, and opens in a browser what it asks for.
func browse(t *testing.T, browser *http.Client, cmd *exec.Cmd) (int, string) {
	t.Helper()
	pipe, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	var said strings.Builder
	for lines.Scan() {
		fmt.Fprintln(&said, lines.Text())
		if !strings.HasPrefix(lines.Text(), "http") {
			continue
		}
		r, err := browser.Get(lines.Text())
		if err != nil {
			t.Error(err)
			continue
		}
		page, err := io.ReadAll(r.Body)
		if err != nil || !strings.Contains(string(page), "can be closed") {
			t.Errorf("%s %v", page, err)
		}
		_ = r.Body.Close()
	}
	_ = cmd.Wait() // the code says
	return cmd.ProcessState.ExitCode(), said.String()
}

// TestLoginByTLS: provider and server are both reached by TLS, each by the authority that the configuration names; one
// that it does not name is not believed, and a provider that is down is said to be.
func TestLoginByTLS(t *testing.T) {
	h, dir := newHome(t), t.TempDir()
	files := server.TLS{Certificate: filepath.Join(dir, "id.crt"), Key: filepath.Join(dir, "id.key")}
	if _, err := server.SelfSigned(files); err != nil {
		t.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if err := m.Start(tls.NewListener(l, cfg), cfg); err != nil {
		t.Fatal(err)
	}
	trust, err := server.Trust(files.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}
	settings := func(more string) {
		write(t, h.dir, "home.yaml", fmt.Sprintf(
			"domain: test-domain\nisolation: reduced\noidc: {issuer: %q, client_id: %s, client_secret_file: %q%s}\n",
			m.Issuer(), m.ClientID, write(t, dir, "secret", m.ClientSecret), more))
	}
	token := filepath.Join(dir, "token")
	logIn := func(lang string) (int, string) {
		r := h.serve("--listen", "127.0.0.1:0")
		defer h.stop()
		m.QueueUser(&mockoidc.MockUser{Subject: "s-1", PreferredUsername: "analyst"})
		address, ca := listensAt(t, r), filepath.Join(h.dir, "keys", "server.crt")
		code, said := browse(t, browser,
			exec.Command(bin, "login", "--out", token, "--server", address, "--ca", ca, "--lang", lang))
		if code == 0 {
			out, err := exec.Command(bin, "job", "list", "--server", address, "--ca", ca, "--token-file",
				token).CombinedOutput()
			if err != nil {
				t.Errorf("with the session: %v %s", err, out)
			}
		}
		return code, said
	}
	settings("")
	if code, said := logIn("en"); code != 1 || !strings.Contains(said, "its certificate is not by") ||
		!strings.Contains(said, "ca_file") {
		t.Errorf("an authority that nobody named: %d %s", code, said)
	}
	settings(fmt.Sprintf(", ca_file: %q", files.Key))
	if code, said := logIn("zh"); code != 1 || !strings.Contains(said, "文件中没有证书") {
		t.Errorf("a file without one: %d %s", code, said)
	}
	settings(fmt.Sprintf(", ca_file: %q", files.Certificate))
	if code, said := logIn("en"); code != 0 || !strings.Contains(said, "https://127.0.0.1") {
		t.Fatalf("%d %s", code, said)
	}
	if err := m.Shutdown(); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "the OpenID provider cannot be asked", "zh": "无法访问 OpenID 提供方"} {
		if code, said := logIn(lang); code != 1 || !strings.Contains(said, want) {
			t.Errorf("a provider that is down: %d %s", code, said)
		}
	}
}
