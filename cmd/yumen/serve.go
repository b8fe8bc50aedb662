package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/rest"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/home"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{Use: "serve", Args: cli.Args(),
		Short: a.Say("have the home open for others until interrupted", "开放主目录供他人访问，直至中断"),
		Long: a.Say("Opens the home, drives what is on its way, and answers on the socket of the home. It ends in order on SIGTERM or Ctrl-C: what is being answered is answered, and jobs on their way go on when it is started again.",
			"打开主目录，推进未完成的任务，并在主目录的套接字上应答。收到 SIGTERM 或 Ctrl-C 后有序停止：正在处理的请求会完成，未完成的任务在重新启动后继续。"),
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context()) }}
}

// serve has the home open until ctx ends.
func (a *app) serve(ctx context.Context) (err error) {
	dir, err := a.homePath()
	if err != nil {
		return err
	}
	h, err := home.Open(context.WithoutCancel(ctx), dir, home.Options{Crash: crashPoint(), Serving: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	log := slog.New(slog.NewJSONHandler(a.Errs, nil))
	socket, err := h.Listen()
	if err != nil {
		return err
	}
	door := rest.New(rest.Config{Domain: h.Service, Tokens: h.Auth, Local: h.Auth, Draft: func() (rest.Draft, error) { return h.Draft() }, Log: log})
	upkeep, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); keepUp(upkeep, h, door, log) }()
	bounds := server.Bounds{Header: 16 << 10, HeaderTime: 10 * time.Second, Idle: 2 * time.Minute, Connections: 1024}
	a.Print("serving %s; stop it with Ctrl-C or SIGTERM", "正在服务 %s；用 Ctrl-C 或 SIGTERM 停止", dir)
	err = server.Serve(ctx, bounds, 30*time.Second, log, door.Stop, server.Binding{Name: "home", Listener: socket, Handler: door, Mark: rest.OfOwner})
	stop()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	door.Close(late)
	<-done
	return err
}

// keepUp drives what is on its way and what is due, and lets go of what nobody came for, every minute.
func keepUp(ctx context.Context, h *home.Home, door *rest.Door, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if _, err := h.Service.Resume(ctx, api.Machine()); err != nil && ctx.Err() == nil {
			log.Error("cannot resume", "kind", string(yumen.KindOf(err)), "error", yumen.AsError(err).Error())
		}
		door.Expire(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
