package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/ops"
	"github.com/yumen-data/yumen/gateway/rest"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/home"
)

func (a *app) serveCommand() *cobra.Command {
	var from serveFlags
	c := &cobra.Command{Use: "serve", Args: cli.Args(),
		Short: a.Say("have the home open for others until interrupted", "开放主目录供他人访问，直至中断"),
		Long: a.Say("Opens the home, drives what is on its way, and answers on the socket of the home and, by TLS, at an address. It ends in order on SIGTERM or Ctrl-C: what is being answered is answered, and jobs on their way go on when it is started again. On SIGHUP it reads its configuration, certificate, policies and limits again.\n\nWithout a configuration these settings count:\n\n%s",
			"打开主目录，推进未完成的任务，并在主目录的套接字上以及（经 TLS）在指定地址上应答。收到 SIGTERM 或 Ctrl-C 后有序停止：正在处理的请求会完成，未完成的任务在重新启动后继续。收到 SIGHUP 时重新读取配置、证书、策略与限额。\n\n没有配置文件时采用以下设置：\n\n%s",
			defaults()),
		RunE: func(c *cobra.Command, _ []string) error {
			s := &serving{app: a, flags: from}
			return s.run(c.Context())
		}}
	f := c.Flags()
	f.StringVar(&from.config, "config", "",
		a.Say("configuration (server.yaml in the home, where it is there)", "配置文件（默认为主目录中的 server.yaml，如存在）"))
	f.StringVar(&from.Listen, "listen", "",
		a.Say("HOST:PORT for users, or none; wins over the configuration", "用户端口 主机:端口，或 none；优先于配置"))
	f.StringVar(&from.Postgres, "postgres", "",
		a.Say("HOST:PORT for clients of PostgreSQL, or none; wins over the configuration",
			"PostgreSQL 客户端端口 主机:端口，或 none；优先于配置"))
	f.StringVar(&from.FlightSQL, "flightsql", "",
		a.Say("HOST:PORT for clients of Arrow Flight SQL, or none; wins over the configuration",
			"Arrow Flight SQL 客户端端口 主机:端口，或 none；优先于配置"))
	f.StringVar(&from.Operations, "operations", "",
		a.Say("HOST:PORT for metrics and health, or none; wins over the configuration",
			"指标与健康检查端口 主机:端口，或 none；优先于配置"))
	return c
}

// defaults lists the settings of a server that is told none.
func defaults() string {
	var b strings.Builder
	for _, s := range server.Default().Settings() {
		fmt.Fprintf(&b, "  %s: %s\n", s.Name, s.Value)
	}
	return strings.TrimRight(b.String(), "\n")
}

// serving is a home that is being served.
type serving struct {
	*app
	flags serveFlags
	dir   string
	home  *home.Home
	by    worksBy
	log   *slog.Logger
	door  *rest.Door
	ops   *ops.Door
	sql   []sqlDoor           // those that listen for clients of SQL
	cert  *server.Certificate // nil where nothing listens for users
	where served
}

// served says where a home is served.
type served struct {
	Home       string `json:"home"`
	Address    string `json:"address,omitempty"`
	Postgres   string `json:"postgres,omitempty"`
	FlightSQL  string `json:"flightsql,omitempty"`
	Operations string `json:"operations,omitempty"`
}

// run has the home open until ctx ends.
func (s *serving) run(ctx context.Context) (err error) {
	if s.dir, err = s.homePath(); err != nil {
		return err
	}
	if s.by, err = s.readWorksBy(s.flags, s.dir); err != nil {
		return err
	}
	s.log = s.by.config.Log.Logger(s.Errs)
	s.home, err = home.Open(context.WithoutCancel(ctx), s.dir,
		home.Options{Crash: crashPoint(), Serving: true, Log: s.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.home.Close()) }()
	s.ops = ops.New(s.by.config.Pprof, s.use)
	s.door = rest.New(rest.Config{Domain: s.home.Service, Tokens: s.home.Auth, Local: s.home.Auth,
		Logins: s.home.Logins, Calls: s.home, Tenants: s.home.Limiter, Limits: limitsOf(s.by.config.Limits),
		Draft: func() (rest.Draft, error) { return s.home.Draft() }, Observe: observers{s.ops, s.log}, Log: s.log})
	bindings, err := s.listen()
	if err != nil {
		return err
	}
	if err := s.home.Note(ctx, yumen.ActionServerStart, s.by.digests(s.cert)); err != nil {
		return err
	}
	if err := s.showFirstCode(ctx); err != nil {
		return err
	}
	return s.answer(ctx, bindings)
}

// showFirstCode says how an administrator makes the first token of a home that others than its owner can reach.
func (s *serving) showFirstCode(ctx context.Context) error {
	if s.by.config.Listen == server.None {
		return nil
	}
	file, err := s.home.FirstCode(ctx)
	if yumen.KindOf(err) == yumen.KindConflict && s.home.Asserts() {
		s.Print("nobody has a token yet, and nobody the role admin; on this machine each may make one: yumen token create --as NAME --out FILE",
			"尚无人持有令牌，也无人具有 admin 角色；可在本机各自创建：yumen token create --as 姓名 --out 文件")
		return nil
	}
	if file != "" && err == nil {
		s.Print("nobody has a token yet; within 15 minutes, once: yumen token create --home %s --token-file %s --out FILE",
			"尚无人持有令牌；请在 15 分钟内执行一次：yumen token create --home %s --token-file %s --out 文件", s.dir, file)
	}
	return err
}

// answer answers on all bindings until ctx ends.
func (s *serving) answer(ctx context.Context, bindings []server.Binding) error {
	upkeep, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() { defer close(done); s.keepUp(upkeep) }()
	s.ops.Ready(true)
	if err := s.Show(nil, s.where, func() {
		s.Print("serving %s; stop it with Ctrl-C or SIGTERM", "正在服务 %s；用 Ctrl-C 或 SIGTERM 停止", s.dir)
	}); err != nil {
		return err
	}
	drain := time.Duration(s.by.config.Drain)
	sql := serveSQL(upkeep, drain, s.sql)
	err := server.Serve(ctx, s.by.config.Bounds(), drain, s.log, func() { s.ops.Ready(false); s.door.Stop(); stop() },
		bindings...)
	stop()
	err = errors.Join(err, <-sql)
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	s.door.Close(late)
	<-done
	return err
}

// listen opens the socket of the home, and what the configuration says besides.
func (s *serving) listen() ([]server.Binding, error) {
	s.where.Home = s.dir
	socket, err := s.home.Listen()
	if err != nil {
		return nil, err
	}
	out := []server.Binding{{Name: "home", Listener: socket, Handler: s.door, Mark: rest.OfOwner, Observe: s.ops}}
	closing := func(err error) ([]server.Binding, error) {
		for _, b := range out {
			err = errors.Join(err, b.Listener.Close())
		}
		return nil, err
	}
	if a := s.by.config.Addresses(); a.Listen != server.None || a.Postgres != server.None || a.FlightSQL != server.None {
		if s.cert, err = s.certificate(); err != nil {
			return closing(err)
		}
	}
	if s.by.config.Listen != server.None {
		l, err := listenAt(s.by.config.Listen)
		if err != nil {
			return closing(err)
		}
		s.where.Address = l.Addr().String()
		out = append(out, server.Binding{Name: "users", Listener: l, Handler: s.door, Certificate: s.cert,
			Mark: rest.OfUser, Observe: s.ops})
	}
	if s.by.config.Operations != server.None {
		l, err := listenAt(s.by.config.Operations)
		if err != nil {
			return closing(err)
		}
		s.where.Operations = l.Addr().String()
		out = append(out, server.Binding{Name: "operations", Listener: l, Handler: s.ops, Observe: s.ops})
	}
	if err := s.listenSQL(); err != nil {
		return closing(err)
	}
	return out, nil
}

// certificate is the one that the configuration names, or one of the server's own making.
func (s *serving) certificate() (*server.Certificate, error) {
	if s.by.cert != nil {
		return s.by.cert, nil
	}
	files := ownCertificate(s.dir)
	made, err := server.SelfSigned(files)
	if err != nil {
		return nil, err
	}
	if made {
		s.Print("made a certificate for this machine alone", "已生成仅供本机使用的证书")
	}
	s.Print("the certificate is of the server's own making: clients trust it by --ca %s", "证书为服务自签：客户端以 --ca %s 信任",
		files.Certificate)
	return server.LoadCertificate(files)
}

// use is what tenants use, and what room the disks have.
func (s *serving) use(ctx context.Context) (ops.Use, error) {
	u, err := s.home.Use(ctx)
	out := ops.Use{Tenants: u.Tenants}
	for _, d := range u.Disks {
		out.Disks = append(out.Disks, ops.Disk(d))
	}
	return out, err
}

// keepUp drives what is on its way and what is due, lets go of what nobody came for, every minute, and reads the
// configuration again when it is told to.
func (s *serving) keepUp(ctx context.Context) {
	hang := make(chan os.Signal, 1)
	signal.Notify(hang, syscall.SIGHUP)
	defer signal.Stop(hang)
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	resume := func() {
		if _, err := s.home.Service.Resume(ctx, api.Machine()); err != nil && ctx.Err() == nil {
			s.complain("cannot resume", err)
		}
	}
	go resume()
	s.warnOfExpiry(ctx)
	daily := time.NewTicker(24 * time.Hour)
	defer daily.Stop()
	for {
		select {
		case <-daily.C:
			s.warnOfExpiry(ctx)
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.door.Expire(now)
			go resume()
		case <-hang:
			err := s.reload(ctx)
			s.ops.Reloaded(err == nil)
			if err != nil {
				s.complain("nothing changes: what was in force stays so", err)
			}
		}
	}
}

// warnOfExpiry logs which credentials of organisations end soon.
func (s *serving) warnOfExpiry(ctx context.Context) {
	all, err := s.home.Expiring(ctx)
	if err != nil && ctx.Err() == nil {
		s.complain("cannot look what expires", err)
	}
	for _, e := range all {
		level := slog.LevelWarn
		if len(e.Leaves) > 0 {
			level = slog.LevelError
		}
		s.log.Log(ctx, level, "the credential of an organisation ends", "organisation", e.Org, "credential", e.Name,
			"expires", string(e.Expires), "nobody_left_as", roleList(e.Leaves))
	}
}

// complain logs an error, which has no data values in it.
func (s *serving) complain(what string, err error) {
	s.log.Error(what, "kind", string(yumen.KindOf(err)), "error", yumen.AsError(err).Error())
}

// reload reads configuration, certificate, policies and settings of the home again and, once all of it can be used and
// the log says so, exchanges all of it. Addresses and bounds on connections count at the next start.
func (s *serving) reload(ctx context.Context) error {
	by, err := s.readWorksBy(s.flags, s.dir)
	if err != nil {
		return err
	}
	cert := by.cert
	if cert == nil && s.cert != nil {
		if cert, err = server.LoadCertificate(ownCertificate(s.dir)); err != nil {
			return err
		}
	}
	digests := by.digests(cert)
	if err := s.home.Reload(ctx, by.settings, by.policies, digests); err != nil {
		return err
	}
	now, was := by.config, s.by.config
	if now.Addresses() != was.Addresses() || now.Pprof != was.Pprof || now.Bounds() != was.Bounds() {
		s.log.Warn("addresses, profiles and bounds on connections count at the next start")
	}
	if s.cert != nil {
		s.cert.Replace(cert)
	}
	s.door.SetLimits(limitsOf(now.Limits))
	now.Listen, now.Postgres, now.FlightSQL, now.Operations = was.Listen, was.Postgres, was.FlightSQL, was.Operations
	now.Pprof = was.Pprof
	by.config = now
	s.by = by
	var named []any
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		named = append(named, name, string(digests[name]))
	}
	s.log.Info("reloaded", named...)
	return nil
}

// observers are told of answers: the figures, and the log.
type observers struct {
	figures *ops.Door
	log     *slog.Logger
}

// Answered counts an answer and logs it, by its route: a path has names.
func (o observers) Answered(route string, status int, took time.Duration) {
	o.figures.Answered(route, status, took)
	o.log.Info("answered", "route", route, "status", status, "ms", took.Milliseconds())
}
