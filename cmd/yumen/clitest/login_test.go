package clitest

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/yumen-data/yumen/api"
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
	return browse(h.t, exec.Command(bin, "login", "--out", token, "--home", h.dir))
}

// browse runs a command that logs in, and opens in a browser what it asks for.
func browse(t *testing.T, cmd *exec.Cmd) (int, string) {
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
		if !strings.HasPrefix(lines.Text(), "http://") {
			continue
		}
		r, err := http.Get(lines.Text())
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
