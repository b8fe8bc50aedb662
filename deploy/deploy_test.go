package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const unit = "systemd/yumen.service"

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// analyze runs systemd-analyze, where it is there.
func analyze(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed (Debian: systemd)")
	}
	out, err := exec.Command("systemd-analyze", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("systemd-analyze %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// verify has systemd read a unit, with a program that is there.
func verify(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "yumen.service")
	text = strings.ReplaceAll(text, "/usr/local/bin/yumen", "/bin/true")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said []string
	for line := range strings.Lines(analyze(t, "verify", "--man=no", file)) {
		// Keys that came with later versions are ignored by earlier ones.
		if !strings.Contains(line, "'DelegateSubgroup'") && strings.Contains(line, "yumen.service") {
			said = append(said, line)
		}
	}
	return strings.Join(said, "")
}

func TestUnit(t *testing.T) {
	text := read(t, unit)
	if said := verify(t, text); said != "" {
		t.Error(said)
	}
	if said := verify(t, strings.Replace(text, "PrivateTmp=yes", "PrivateTemp=yes", 1)); !strings.Contains(said,
		"PrivateTemp") {
		t.Errorf("a key that does not exist is not seen: %q", said)
	}
	for _, want := range []string{"NoNewPrivileges=yes", "CapabilityBoundingSet=\n", "ProtectSystem=strict",
		"LoadCredential=yumen-master:", "LimitCORE=0"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	// Under these no enclave starts: a new /proc cannot be mounted where parts of the old one are covered, and so on.
	breaks := regexp.MustCompile(`(?m)^(ProtectKernelTunables|ProtectKernelLogs|ProtectProc|ProcSubset|ProtectHostname|RestrictNamespaces|` +
		`PrivateUsers|ProtectControlGroups|MemoryDenyWriteExecute)=`)
	if got := breaks.FindAllString(text, -1); got != nil {
		t.Errorf("no enclave starts under %v", got)
	}
}

// exposure has systemd judge a unit, and reports whether it finds more open than a tenth of what may be.
func exposure(t *testing.T, text, tenths string) bool {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed (Debian: systemd)")
	}
	file := filepath.Join(t.TempDir(), "yumen.service")
	text = strings.ReplaceAll(text, "/usr/local/bin/yumen", "/bin/true")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold="+tenths,
		file).CombinedOutput()
	if !strings.Contains(string(out), "Overall exposure level") {
		t.Skipf("systemd-analyze cannot judge a file (systemd 250 can): %s", out)
	}
	return err != nil
}

// What enclaves need is open, and no more: systemd calls it OK, and sees each of these that is left out.
func TestUnitExposure(t *testing.T) {
	text := read(t, unit)
	if exposure(t, text, "34") {
		t.Error("more is open than 3.4 of 10")
	}
	for _, line := range []string{"NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict",
		"PrivateDevices=yes", "ProtectHome=yes", "SystemCallFilter=.*"} {
		without := regexp.MustCompile(`(?m)^`+line+`$`).ReplaceAllString(text, "")
		if without == text || !exposure(t, without, "34") {
			t.Errorf("that %s is missing is not seen", line)
		}
	}
}

// setUp are the calls by which an enclave is set up before its own filter is in force: namespaces, a root of its own,
// walls.
var setUp = []string{"clone", "clone3", "unshare", "mount", "umount2", "pivot_root", "sethostname", "seccomp", "prctl",
	"prlimit64", "capset",
	"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "memfd_create", "execve", "pidfd_open",
	"kill", "wait4", "bind", "listen", "accept4"}

// The filter of the unit is inherited by enclaves, which may do no more than it allows.
func TestUnitAllowsWhatEnclavesCall(t *testing.T) {
	sets := systemdSets(analyze(t, "syscall-filter", "--no-pager"))
	line := regexp.MustCompile(`(?m)^SystemCallFilter=(.*)$`).FindStringSubmatch(read(t, unit))
	if line == nil {
		t.Fatal("the unit has no filter")
	}
	var allowed []string
	for _, name := range strings.Fields(line[1]) {
		allowed = append(allowed, expand(sets, name)...)
	}
	needed := append(slices.Clone(setUp), enclaveCalls(t)...)
	for _, name := range needed {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s is refused by the unit", name)
		}
	}
	for _, name := range []string{"ptrace", "bpf", "kexec_load", "init_module", "settimeofday", "swapon", "reboot"} {
		if slices.Contains(allowed, name) {
			t.Errorf("%s is allowed by the unit", name)
		}
	}
}

// enclaveCalls are those that the list of enclaves allows to some role.
func enclaveCalls(t *testing.T) (out []string) {
	t.Helper()
	group := ""
	for line := range strings.Lines(read(t, "../sandbox/syscalls.txt")) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		if strings.HasPrefix(line, "[") {
			group = line
			continue
		}
		for _, call := range strings.Fields(line) {
			if name, _, _ := strings.Cut(call, ":"); !strings.HasPrefix(group, "[absent]") {
				out = append(out, name)
			}
		}
	}
	if len(out) < 60 {
		t.Fatalf("only %d calls were found", len(out))
	}
	return out
}

// systemdSets reads the sets of calls as systemd-analyze prints them.
func systemdSets(text string) map[string][]string {
	sets, now := map[string][]string{}, ""
	for line := range strings.Lines(text) {
		word := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "@"):
			now = word
		case word != "" && !strings.HasPrefix(word, "#") && now != "":
			sets[now] = append(sets[now], word)
		}
	}
	return sets
}

func expand(sets map[string][]string, name string) (out []string) {
	if !strings.HasPrefix(name, "@") {
		return []string{name}
	}
	for _, member := range sets[name] {
		out = append(out, expand(sets, member)...)
	}
	return out
}

// instruction is one of a container file.
type instruction struct{ name, args string }

func instructions(text string) (out []instruction) {
	text = regexp.MustCompile(`(?m)^\s*#.*\n`).ReplaceAllString(text, "")
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		if name, args, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			out = append(out, instruction{name, strings.TrimSpace(args)})
		}
	}
	return out
}

var known = []string{"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}

// faults returns what is wrong with a container file.
func faults(text, goVersion string) (out []string) {
	user, entry, stages := "", "", 0
	for _, in := range instructions(text) {
		switch {
		case !slices.Contains(known, in.name):
			out = append(out, "unknown instruction "+in.name)
		case in.name == "FROM":
			user, stages = "", stages+1
			image := strings.Fields(in.args)[0]
			if !strings.Contains(image, "/") || !strings.Contains(image, ":") || strings.HasSuffix(image, ":latest") {
				out = append(out, "an image without registry or version: "+image)
			}
			if strings.Contains(image, "/golang:") && !strings.Contains(image, ":"+goVersion+"-") {
				out = append(out, "not the Go of go.mod: "+image)
			}
		case in.name == "USER":
			user = in.args
		case in.name == "ENTRYPOINT", in.name == "CMD":
			if entry = in.args; !strings.HasPrefix(entry, "[") {
				out = append(out, in.name+" starts a shell, which gets the signals")
			}
		case in.name == "RUN" && strings.Contains(in.args, "apt-get install") &&
			(!strings.Contains(in.args, "--no-install-recommends") ||
				!strings.Contains(in.args, "rm -rf /var/lib/apt/lists")):
			out = append(out, "lists of packages stay in the image")
		case in.name == "COPY" && stages > 1 && !strings.Contains(in.args, "--from="):
			out = append(out, "files of the build context in the image")
		}
	}
	if stages < 2 || entry == "" {
		out = append(out, "no build of its own, or nothing to start")
	}
	if user == "" || strings.HasPrefix(user, "0") || strings.HasPrefix(user, "root") {
		out = append(out, "the server is root")
	}
	return out
}

func TestContainerfile(t *testing.T) {
	text := read(t, "container/Containerfile")
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))[1]
	if got := faults(text, goVersion); got != nil {
		t.Error(got)
	}
	for from, to := range map[string]string{
		"USER 10001:10001": "USER root", "ENTRYPOINT [": "ENTRYPOINT yumen #[", "bookworm-slim": "latest",
		"golang:" + goVersion: "golang:1.0",
		"--from=build":        "", "--no-install-recommends": "", "EXPOSE 8443": "MAINTAINER x",
		"docker.io/library/debian": "debian"} {
		if len(faults(strings.Replace(text, from, to, 1), goVersion)) == 0 {
			t.Errorf("%q in the place of %q is not seen", to, from)
		}
	}
}
