package home

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/access/oidc"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/internal/tenant"
	"github.com/yumen-data/yumen/store/seal"
)

// Settings is home.yaml.
type Settings struct {
	// Digest is that of the text.
	Digest yumen.Digest `yaml:"-"`
	// Domain is the name of the domain; log and receipts are signed in its name.
	Domain string `yaml:"domain"`
	// Isolation is the least isolation that runs are started under. Defaults to full.
	Isolation yumen.IsolationLevel `yaml:"isolation"`
	// Threads is how many threads one run has. Defaults to 2.
	Threads int `yaml:"threads"`
	// Memory is what all runs together may have; further ones wait. Defaults to three quarters of the machine's.
	Memory yumen.Size `yaml:"memory"`
	// Scratch says where the scratch folder of the home (work/) lies.
	Scratch Scratch `yaml:"scratch"`
	// Sealing says how objects are sealed.
	Sealing Sealing `yaml:"sealing"`
	// Disk says how much room is kept free.
	Disk Disk `yaml:"disk"`
	// Limits are those of contracts and organisations.
	Limits tenant.Table `yaml:"limits"`
	// History says which earlier releases a result is compared with before it leaves: domain, applicant or contract.
	// Defaults to domain.
	History yumen.HistoryScope `yaml:"history"`
	// Keys says where the master key comes from.
	Keys Keys `yaml:"keys"`
	// LocalIdentities says whether people whom the caller names are answered although nobody authenticated them:
	// asserted or off. Defaults to asserted until the first token is made.
	LocalIdentities access.LocalIdentities `yaml:"local_identities"`
	// OIDC is the OpenID provider by which people log in. Defaults to none.
	OIDC oidc.Config `yaml:"oidc"`
	// Unconfined lets runs go on as plain processes where the system has no isolation at all, for development.
	Unconfined bool `yaml:"run_without_any_isolation"`
}

// Scratch are the settings of the scratch folder.
type Scratch struct {
	// Encrypted declares that the folder lies on an encrypted volume. Otherwise nothing of sealed objects is written
	// there: runs have their work folders in memory, and objects larger than Sealing.Memory are not opened.
	Encrypted bool `yaml:"encrypted"`
}

// Sealing are the settings of sealed objects.
type Sealing struct {
	// Cipher is aes-256-gcm or sm4-gcm, for objects that are stored from now on. Defaults to aes-256-gcm.
	Cipher string `yaml:"cipher"`
	// Memory is what one decrypted object may take, and what those that stay open take together. Defaults to an eighth
	// of the machine's, at least 256MiB.
	Memory yumen.Size `yaml:"memory"`
}

// Keys are the settings of the master key.
type Keys struct {
	// Command prints the master key, in base64. Defaults to none: the key is in keys/master.key, or a systemd
	// credential.
	Command []string `yaml:"command"`
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
	s, err := parseSettings(file, text)
	s.Digest = yumen.DigestOf(text)
	return s, err
}

func parseSettings(file string, text []byte) (Settings, error) {
	s := Settings{Isolation: yumen.IsolationFull, Threads: 2, Disk: Disk{Reserve: 256 << 20, ReservePercent: 1},
		Limits: tenant.Default()}
	if err := strictyaml.Decode(file, text, &s); err != nil {
		return s, err
	}
	switch s.Isolation {
	case yumen.IsolationFull, yumen.IsolationReduced, yumen.IsolationNone:
	default:
		return s, yumen.Errorf(yumen.KindInvalid, "isolation must be full, reduced or none",
			"isolation 只能是 full、reduced 或 none").At(file)
	}
	switch s.History {
	case "", yumen.HistoryDomain, yumen.HistoryApplicant, yumen.HistoryContract:
	default:
		return s, yumen.Errorf(yumen.KindInvalid, "history must be domain, applicant or contract",
			"history 只能是 domain、applicant 或 contract").At(file)
	}
	switch s.LocalIdentities {
	case access.LocalUntilCredentials, access.LocalAsserted, access.LocalOff:
	default:
		return s, yumen.Errorf(yumen.KindInvalid, "local_identities must be asserted or off",
			"local_identities 只能是 asserted 或 off").At(file)
	}
	s.OIDC = s.OIDC.WithDefaults()
	if err := s.OIDC.Check(); err != nil {
		return s, yumen.AsError(err).At(file)
	}
	if s.Domain == "" || strings.ContainsAny(s.Domain, "+ \t\n") || s.Threads < 1 {
		return s, yumen.Errorf(yumen.KindInvalid, "domain must be a name without spaces or +, threads at least 1",
			"domain 须为不含空格和 + 的名称，threads 至少为 1").At(file)
	}
	if _, err := seal.ParseSuite(s.Sealing.Cipher); err != nil {
		return s, yumen.AsError(err).At(file)
	}
	if p := s.Disk.ReservePercent; p < 0 || p > 90 {
		return s, yumen.Errorf(yumen.KindInvalid, "reserve_percent must be 0 to 90",
			"reserve_percent 应为 0 至 90").At(file)
	}
	return s, s.checkLimits(file)
}

// checkLimits refuses limits that nothing can keep, and an organisation that is named twice.
func (s *Settings) checkLimits(file string) error {
	all := map[string]yumen.TenantLimits{"each_contract": s.Limits.EachContract,
		"each_organisation": s.Limits.EachOrganisation}
	for _, o := range s.Limits.Organisations {
		if _, twice := all["organisations "+o.Name]; o.Name == "" || twice {
			return yumen.Errorf(yumen.KindInvalid, "each of limits.organisations needs a name of its own",
				"limits.organisations 中每一项都须有各自的 name").At(file)
		}
		all["organisations "+o.Name] = o.Limits
	}
	for _, of := range slices.Sorted(maps.Keys(all)) {
		if key := all[of].Wrong(); key != "" {
			return yumen.Errorf(yumen.KindInvalid, "limits, %s: %s must not be negative, and a share is at most 100",
				"limits 的 %s：%s 不能为负数，占比不能超过 100", of, key).At(file)
		}
	}
	return nil
}
