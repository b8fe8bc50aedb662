package home

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// socketFile is where a server is reached by programs of the home's owner.
const socketFile = "server.sock"

// Listen opens the socket of the home, on which its owner alone is let in. The home has to be open for serving: a
// socket that is there is left over.
func (h *Home) Listen() (net.Listener, error) {
	dir, err := os.Open(h.Dir)
	if err != nil {
		return nil, err
	}
	defer dir.Close() // read only
	path := throughFolder(dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "cannot open the socket of the home",
			"无法打开主目录的套接字").At(h.path(socketFile)).Because(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // the path holds while the folder is open; it is removed by its own name
	if err := os.Chmod(h.path(socketFile), 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &ownersOnly{l, h.path(socketFile), h.Dir}, nil
}

// Note records in the log what a server of the home did, with digests of what it did it with.
func (h *Home) Note(ctx context.Context, action yumen.AuditAction, digests map[string]yumen.Digest) error {
	return h.route.Note(ctx, action, "server", digests)
}

// Carried returns what is on record of a call that had a key, and whether it was carried out at all. Its id is made of
// who asked.
func (h *Home) Carried(ctx context.Context, id string) (api.Carried, bool, error) {
	return h.route.Carried(ctx, id)
}

// Dial reaches the server that has the home in dir open. It fails with kind not found where none has, and with kind
// denied where the home belongs to another account, which alone is let in.
func Dial(ctx context.Context, dir string) (net.Conn, error) {
	folder, err := os.Open(dir)
	if err != nil {
		return nil, notServed(dir).Because(err)
	}
	defer folder.Close() // read only
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", throughFolder(folder))
	switch own := ownFolder(folder); {
	case (err == nil || errors.Is(err, fs.ErrPermission)) && !own:
		if err == nil {
			_ = c.Close() // nothing was said
		}
		return nil, yumen.Errorf(yumen.KindDenied,
			"this home belongs to another account of the machine, which alone its server lets in here",
			"该主目录属于本机其他账户，其服务在此仅允许该账户访问").At(dir).
			ToFix("use that account, or a token at the address where it listens for users", "请使用该账户，或在用户端口凭令牌访问")
	case err != nil:
		return nil, notServed(dir).Because(err)
	}
	return c, nil
}

// Served reports whether a server has the home in dir open. It fails as Dial does for another account.
func Served(ctx context.Context, dir string) (bool, error) {
	c, err := Dial(ctx, dir)
	if yumen.KindOf(err) == yumen.KindDenied && err != nil {
		return false, err
	}
	if err != nil {
		return false, nil
	}
	_ = c.Close() // nothing was said
	return true, nil
}

func notServed(dir string) *yumen.Error {
	return yumen.Errorf(yumen.KindNotFound, "no server has this home open", "没有服务正在使用该主目录").At(dir)
}

// throughFolder is a path of the socket that is short however long the path of the home is: the name of a socket has
// 108 bytes at most.
func throughFolder(dir *os.File) string {
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + socketFile
}

// ownersOnly lets in whoever owns the home, as the kernel says, and closes any other connection.
type ownersOnly struct {
	net.Listener
	path, home string
}

// Accept returns the next connection of the owner.
func (l *ownersOnly) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if ok, err := ofOwner(c, l.home); err == nil && ok {
			return c, nil
		}
		_ = c.Close() // whoever it is, is told nothing
	}
}

// Close closes the socket and takes its name away.
func (l *ownersOnly) Close() error { return errors.Join(l.Listener.Close(), os.Remove(l.path)) }
