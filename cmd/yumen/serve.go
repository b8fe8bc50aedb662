package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
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
		Long: a.Say("Opens the home, drives what is on its way, and answers on the socket of the home and, by TLS, at an address. It ends in order on SIGTERM or Ctrl-C: what is being answered is answered, and jobs on their way go on when it is started again. On SIGHUP it reads its configuration, certificate and limits again.",
			"打开主目录，推进未完成的任务，并在主目录的套接字上以及（经 TLS）在指定地址上应答。收到 SIGTERM 或 Ctrl-C 后有序停止：正在处理的请求会完成，未完成的任务在重新启动后继续。收到 SIGHUP 时重新读取配置、证书与限额。"),
		RunE: func(c *cobra.Command, _ []string) error {
			s := &serving{app: a, flags: from}
			return s.run(c.Context())
		}}
	f := c.Flags()
	f.StringVar(&from.config, "config", "",
		a.Say("configuration (server.yaml in the home, where it is there)", "配置文件（默认为主目录中的 server.yaml，如存在）"))
	f.StringVar(&from.listen, "listen", "",
		a.Say("HOST:PORT for users, or none; wins over the configuration", "用户端口 主机:端口，或 none；优先于配置"))
	f.StringVar(&from.operations, "operations", "",
		a.Say("HOST:PORT for metrics and health, or none; wins over the configuration",
			"指标与健康检查端口 主机:端口，或 none；优先于配置"))
	return c
}

// serveFlags say where the configuration is, and what wins over it.
type serveFlags struct{ config, listen, operations string }

// serving is a home that is being served.
type serving struct {
	*app
	flags serveFlags
	dir   string
	home  *home.Home
	cfg   server.Config
	text  []byte // of the configuration; nil where there is none
	log   *slog.Logger
	door  *rest.Door
	ops   *ops.Door
	cert  *server.Certificate // nil where nothing listens for users
	where served
}

// served says where a home is served.
type served struct {
	Home       string `json:"home"`
	Address    string `json:"address,omitempty"`
	Operations string `json:"operations,omitempty"`
}

// configure reads the configuration.
func (a *app) configure(from serveFlags, dir string) (server.Config, []byte, error) {
	file := cmp.Or(from.config, filepath.Join(dir, home.ServerFile))
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && from.config == "":
		text, err = nil, nil
	case err != nil:
		return server.Config{}, nil,
			yumen.Errorf(yumen.KindNotFound, "cannot read the configuration", "无法读取配置").At(file).Because(err)
	}
	c := server.Default()
	if text != nil {
		if c, err = server.ParseConfig(file, text); err != nil {
			return c, nil, err
		}
	}
	c.Listen, c.Operations = cmp.Or(from.listen, c.Listen), cmp.Or(from.operations, c.Operations)
	if from.listen != "" || from.operations != "" {
		err = c.Check()
	}
	return c, text, err
}

// run has the home open until ctx ends.
func (s *serving) run(ctx context.Context) (err error) {
	if s.dir, err = s.homePath(); err != nil {
		return err
	}
	if s.cfg, s.text, err = s.configure(s.flags, s.dir); err != nil {
		return err
	}
	s.log = s.cfg.Log.Logger(s.Errs)
	s.home, err = home.Open(context.WithoutCancel(ctx), s.dir,
		home.Options{Crash: crashPoint(), Serving: true, Log: s.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.home.Close()) }()
	s.ops = ops.New(s.cfg.Pprof, s.use)
	s.door = rest.New(rest.Config{Domain: s.home.Service, Tokens: s.home.Auth, Local: s.home.Auth,
		Logins: s.home.Logins, Tenants: s.home.Limiter, Limits: limitsOf(s.cfg.Limits),
		Draft: func() (rest.Draft, error) { return s.home.Draft() }, Observe: observers{s.ops, s.log}, Log: s.log})
	bindings, err := s.listen()
	if err != nil {
		return err
	}
	if err := s.home.Note(ctx, yumen.ActionServerStart, s.inForce()); err != nil {
		return err
	}
	if err := s.showFirstCode(ctx); err != nil {
		return err
	}
	return s.answer(ctx, bindings)
}

// showFirstCode says how an administrator makes the first token of a home that others than its owner can reach.
func (s *serving) showFirstCode(ctx context.Context) error {
	if s.cfg.Listen == server.None {
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
	drain := time.Duration(s.cfg.Drain)
	err := server.Serve(ctx, s.cfg.Bounds(), drain, s.log, func() { s.ops.Ready(false); s.door.Stop() }, bindings...)
	stop()
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
	out := []server.Binding{{Name: "home", Listener: socket, Handler: s.door, Mark: rest.OfOwner}}
	closing := func(err error) ([]server.Binding, error) {
		for _, b := range out {
			err = errors.Join(err, b.Listener.Close())
		}
		return nil, err
	}
	if s.cfg.Listen != server.None {
		if s.cert, err = s.certificate(); err != nil {
			return closing(err)
		}
		l, err := listenAt(s.cfg.Listen)
		if err != nil {
			return closing(err)
		}
		s.where.Address = l.Addr().String()
		out = append(out, server.Binding{Name: "users", Listener: l, Handler: s.door, Certificate: s.cert})
	}
	if s.cfg.Operations != server.None {
		l, err := listenAt(s.cfg.Operations)
		if err != nil {
			return closing(err)
		}
		s.where.Operations = l.Addr().String()
		out = append(out, server.Binding{Name: "operations", Listener: l, Handler: s.ops})
	}
	return out, nil
}

func listenAt(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "cannot listen there", "无法监听").At(address).
			ToFix("choose another port with --listen or --operations, or in server.yaml",
				"请用 --listen 或 --operations 或在 server.yaml 中另选端口").Because(err)
	}
	return l, nil
}

// certificate is the one that the configuration names, or one of the server's own making.
func (s *serving) certificate() (*server.Certificate, error) {
	files := s.cfg.TLS
	if files.Certificate == "" {
		files = server.TLS{Certificate: home.PathOf(s.dir, home.ServerCert), Key: home.PathOf(s.dir, home.ServerKey)}
		made, err := server.SelfSigned(files)
		if err != nil {
			return nil, err
		}
		if made {
			s.Print("made a certificate for this machine alone", "已生成仅供本机使用的证书")
		}
		s.Print("the certificate is of the server's own making: clients trust it by --ca %s", "证书为服务自签：客户端以 --ca %s 信任",
			files.Certificate)
	}
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

// inForce are the digests of what the server works by.
func (s *serving) inForce() map[string]yumen.Digest {
	out := map[string]yumen.Digest{"settings": s.home.InForce()}
	if s.text != nil {
		out["configuration"] = yumen.DigestOf(s.text)
	}
	if s.cert != nil {
		out["certificate"] = s.cert.Digest()
	}
	return out
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
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.door.Expire(now)
			go resume()
		case <-hang:
			err := s.reload(ctx)
			s.ops.Reloaded(err == nil)
			if err != nil {
				s.complain("the configuration stays as it was", err)
			}
		}
	}
}

// complain logs an error, which has no data values in it.
func (s *serving) complain(what string, err error) {
	s.log.Error(what, "kind", string(yumen.KindOf(err)), "error", yumen.AsError(err).Error())
}

// reload reads configuration, certificate, policies and the limits of the home again. Where anything of it is wrong
// nothing changes but, at most, the certificate. Addresses and bounds on connections count at the next start.
func (s *serving) reload(ctx context.Context) error {
	cfg, text, err := s.configure(s.flags, s.dir)
	if err != nil {
		return err
	}
	settings, err := home.ReadSettings(s.dir)
	if err != nil {
		return err
	}
	if s.cert != nil {
		files := cfg.TLS
		if files.Certificate == "" {
			files = server.TLS{Certificate: home.PathOf(s.dir, home.ServerCert),
				Key: home.PathOf(s.dir, home.ServerKey)}
		}
		if err := s.cert.Reload(files); err != nil {
			return err
		}
	}
	if cfg.Listen != s.cfg.Listen || cfg.Operations != s.cfg.Operations || cfg.Pprof != s.cfg.Pprof ||
		cfg.Bounds() != s.cfg.Bounds() {
		s.log.Warn("addresses, profiles and bounds on connections count at the next start")
	}
	if err := s.home.ReloadPolicies(ctx); err != nil {
		return err
	}
	s.cfg.Limits, s.text = cfg.Limits, text
	s.door.SetLimits(limitsOf(cfg.Limits))
	s.home.Apply(settings)
	s.log.Info("reloaded")
	return s.home.Note(ctx, yumen.ActionServerReload, s.inForce())
}

// limitsOf are the limits of the door.
func limitsOf(l server.Limits) rest.Limits {
	return rest.Limits{Body: l.Body, Depth: l.Depth, BodyTime: time.Duration(l.BodyTime), Upload: l.Upload,
		Spool: l.Spool, Rate: l.UploadRate,
		Grace: time.Duration(l.Grace), Keep: time.Duration(l.Keep), Operations: l.Operations}
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
