package home

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store/sqlite"
)

// Create makes a home for a domain in an empty or missing folder and returns the key that its log is signed with. The
// settings are written last: a folder without them is no home.
func Create(ctx context.Context, dir, domain string) (*audit.Key, error) {
	if files, err := os.ReadDir(dir); err == nil && len(files) > 0 {
		return nil, yumen.Errorf(yumen.KindConflict, "%s is not empty", "%s 非空",
			dir).ToFix("name an empty or new folder", "请指定空目录或新目录")
	}
	if err := newKeysFolder(dir); err != nil {
		return nil, err
	}
	if err := makePrivate(dir); err != nil {
		return nil, err
	}
	key, err := audit.GenerateKey(domain)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "no key can be made for domain %q", "无法为域“%s”生成密钥",
			domain).Because(err)
	}
	if err := key.Save(PathOf(dir, keyFile)); err != nil {
		return nil, err
	}
	log, err := audit.Create(filepath.Join(dir, LogDir), key)
	if err != nil {
		return nil, err
	}
	st, err := sqlite.Open(ctx, filepath.Join(dir, stateFile), true)
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	if err := errors.Join(st.Close(), log.Close()); err != nil {
		return nil, err
	}
	h := &Home{Dir: dir} // from its first step on the log commits to every record
	_, _, steps, err := h.openSteps(ctx)
	if err == nil {
		err = steps.Commit(ctx, stepOf(yumen.ActionHomeCreate, nil))
	}
	if err := errors.Join(err, h.Close()); err != nil {
		return nil, err
	}
	files := []struct{ name, text string }{
		{PublicKeyFile, key.Verifier() + "\n"},
		{PeopleFile, string(access.Starter())},
		{SettingsFile, settingsText(domain)},
	}
	for _, f := range files {
		if err := os.WriteFile(PathOf(dir, f.name), []byte(f.text), 0o600); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// stepOf is a step of the home itself.
func stepOf(action yumen.AuditAction, details map[string]string) journal.Step {
	return journal.Step{Entries: []yumen.Entry{{At: time.Now().UTC().Truncate(time.Millisecond),
		Actor:  yumen.System.Name,
		Action: action, Subject: "home", Details: details}}}
}

// makePrivate makes the folders of a home, and those that are there already unreadable for others.
func makePrivate(dir string) error {
	for _, path := range []string{dir, keysOf(dir), filepath.Join(dir, objectsDir), filepath.Join(dir, workDir)} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o700); err != nil {
			return err
		}
	}
	return nil
}

func settingsText(domain string) string {
	return `# Settings of this home. 本主目录的设置。

# The domain's name; the audit log and every receipt are signed in it. 域名称，日志与回执以此签名。
domain: ` + domain + `

# The least isolation that runs are started under: full, reduced or none (see: yumen doctor).
# 运行所需的最低隔离级别：full、reduced 或 none（见 yumen doctor）。
isolation: full

# Threads of one run. 单次运行的线程数。
threads: 2

# Memory of all runs together; what does not fit waits its turn. Three quarters of the machine's if left out.
# 全部运行合计可用内存，超出者排队等待；默认为本机内存的四分之三。
# memory: 8GiB

# Room that is kept free where state, log and objects lie, the larger of the two: below it new jobs and imports are refused.
# 状态、日志与对象所在磁盘须保留的空间，取两者中较大者；低于该值时拒绝新任务与导入。
# disk: {reserve: 256MiB, reserve_percent: 1}

# What each organisation, across its contracts, and each contract may take at a time; 0 is no limit. Contracts may say so
# themselves (quotas, limits). Runs beyond runs and memory_percent wait, everything else is refused.
# 每个机构（含其全部合同）与每份合同同时可占用的资源，0 为不限；合同也可在 quotas 的 limits 中自行约定。
# 超出 runs 与 memory_percent 的运行排队等待，其余超限的请求被拒绝。
# limits:
#   each_organisation: {held: 64GiB, spool: 16GiB, calls_per_second: 2000, connections: 256}
#   each_contract: {runs: 4, memory_percent: 50}
#   organisations:
#     - {name: 某机构, limits: {runs: 2}}

# Objects are sealed at rest. Nothing of them is written to scratch (work/) until it lies on an encrypted volume and this
# says so; until then large runs are refused. 对象静态加密。临时目录（work/）位于加密卷并在此声明之前，
# 不会写入对象内容，较大的运行会被拒绝。
# scratch: {encrypted: true}

# The cipher of new objects (aes-256-gcm or sm4-gcm), and the memory that decrypted ones may take: an eighth of the machine's
# if left out. 新对象的密码算法（aes-256-gcm 或 sm4-gcm）与解密后对象可用内存，默认为本机内存的八分之一。
# sealing: {cipher: aes-256-gcm, memory: 1GiB}

# A command that prints the master key, instead of keys/master.key. 输出主密钥的命令，代替 keys/master.key。
# keys: {command: [secret-tool, lookup, yumen, master]}

# Whether a command may name who acts (--as) although nobody authenticated them: asserted or off. If left out, it may until
# the first token is made (yumen token create). 命令是否可以仅凭指明姓名（--as）操作：asserted 或 off；省略时，在创建首个令牌
# （yumen token create）之前可以。
# local_identities: asserted

# The OpenID provider by which people log in (yumen login); docs/identities.md has every setting.
# 人员登录所用的 OpenID 提供方（yumen login）；全部设置见 docs/identities.md。
# oidc: {issuer: https://id.example.org, client_id: yumen, client_secret_file: /etc/yumen/oidc-secret}

# With which earlier releases a result is compared before it leaves: all of the domain, or only those of the same
# applicant or contract. Recipients may put together what they have.
# 放行前与哪些既往放行结果比对：domain（本域全部）、applicant（同一应用主体）或 contract（同一合同）。
# history: domain

# For development on systems that have no isolation at all, with made-up data only: also needs isolation: none.
# 仅供在没有任何隔离手段的系统上用虚构数据开发；须同时设 isolation: none。
# run_without_any_isolation: true
`
}
