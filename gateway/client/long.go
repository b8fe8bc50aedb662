package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// maxEvent is the longest line of an event that is read.
const maxEvent = 64 << 20

// follow reads events until the one called end, or an error. A stream that breaks off is asked for again: it begins
// with what is.
func (c *Client) follow(ctx context.Context, by api.Principal, path string,
	each func(event string, data []byte) error) error {
	return patiently(ctx, func() error { return c.events(ctx, by, path, each) })
}

// events reads one stream of events.
func (c *Client) events(ctx context.Context, by api.Principal, path string,
	each func(event string, data []byte) error) error {
	resp, err := c.send(ctx, by, "GET", path, nil, "Accept", "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close() // read only
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 0, 64<<10), maxEvent)
	event := ""
	for lines.Scan() {
		name, is := strings.CutPrefix(lines.Text(), "event: ")
		if is {
			event = name
		}
		data, is := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !is {
			continue
		}
		if event == "error" {
			var p wire.Problem
			if err := json.Unmarshal(data, &p); err != nil {
				return err
			}
			return p.AsError()
		}
		if err := each(event, data); err != nil || event == "end" {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return unreached(ctx, errors.New("the events break off"))
}

// operate begins long work and follows it to its end. Whoever is interrupted gives it up. Where it makes files, take is
// called with what they are.
func operate[T any](ctx context.Context, c *Client, by api.Principal, path string, body any, progress api.Progress,
	take func(downloads map[string]string) error) (out T, err error) {
	o, err := post[wire.Operation](ctx, c, by, path, body)
	if err != nil {
		return out, err
	}
	err = c.follow(ctx, by, at("operations", o.ID, "events"), func(event string, data []byte) error {
		if err := json.Unmarshal(data, &o); err != nil {
			return err
		}
		if event == "progress" && progress != nil && (o.Done > 0 || o.Total > 0) {
			progress(o.Done, o.Total)
		}
		return nil
	})
	if ctx.Err() != nil {
		late, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		_, _ = post[wire.Operation](late, c, by, at("operations", o.ID, "cancellation"), nil) // it ends by itself otherwise
		return out, ctx.Err()
	}
	switch {
	case err != nil:
		return out, err
	case o.Error != nil:
		return out, o.Error.AsError()
	}
	if err := json.Unmarshal(o.Result, &out); err != nil {
		return out, err
	}
	if take != nil {
		err = take(o.Downloads)
	}
	return out, err
}

// download copies an offered file.
func (c *Client) download(ctx context.Context, by api.Principal, id string, to io.Writer) (yumen.Digest, error) {
	resp, err := c.send(ctx, by, "GET", at("downloads", id), nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close() // read only
	h := yumen.NewHasher()
	if _, err = io.Copy(io.MultiWriter(to, h), resp.Body); err != nil && !errors.As(err, new(*yumen.Error)) {
		err = unreached(ctx, err)
	}
	return h.Digest(), err
}
