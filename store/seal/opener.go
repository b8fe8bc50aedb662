package seal

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/yumen-data/yumen"
)

// Opener holds decrypted objects for those who read them: in memory that nobody can change, or, above a limit, in a
// file without a name on a volume that is declared encrypted. What was read last stays open, so that an object that is
// asked for again is not decrypted again.
type Opener struct {
	memory    int64 // of one object, and of all that stay open together
	scratch   string
	encrypted bool

	mu      sync.Mutex
	open    []*opened // in memory, the one used last at the end
	bytes   int64     // of them
	filling map[string]chan struct{}
}

// opened is a decrypted object that stays open.
type opened struct {
	name  string
	id    any // of the sealed file
	file  *os.File
	bytes int64
}

// NewOpener returns an Opener that holds objects up to memory bytes in memory, and larger ones in the folder scratch,
// which must lie on an encrypted volume: where encrypted does not declare so, they are refused.
func NewOpener(memory int64, scratch string, encrypted bool) *Opener {
	return &Opener{memory: memory, scratch: scratch, encrypted: encrypted, filling: map[string]chan struct{}{}}
}

// Open returns a file with what decrypt gives, open for reading from its beginning and apart from all others. Name and
// id say which sealed file it is: with both the same, it is not decrypted again while it is held.
func (o *Opener) Open(ctx context.Context, name string, id any, decrypt func() (*Reader, error)) (*os.File, error) {
	for {
		f, wait, err := o.held(name, id)
		if f != nil || err != nil {
			return f, err
		}
		if wait == nil {
			break
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer o.filled(name)
	r, err := decrypt()
	if err != nil {
		return nil, err
	}
	f, err := o.container(r.Bytes)
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, f, r); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	again, err := reopen(f, name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return again, o.hold(&opened{name, id, f, r.Bytes})
}

// held returns a file that is held, or what to wait for while somebody else decrypts it. With neither, it is for the
// caller to decrypt.
func (o *Opener) held(name string, id any) (*os.File, <-chan struct{}, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if wait, ok := o.filling[name]; ok {
		return nil, wait, nil
	}
	for i, e := range o.open {
		if e.name != name {
			continue
		}
		o.open = append(o.open[:i], o.open[i+1:]...)
		if e.id == id {
			o.open = append(o.open, e)
			f, err := reopen(e.file, name)
			return f, nil, err
		}
		o.bytes -= e.bytes
		_ = e.file.Close() // memory
		break
	}
	o.filling[name] = make(chan struct{})
	return nil, nil, nil
}

func (o *Opener) filled(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.filling[name])
	delete(o.filling, name)
}

// hold keeps a file open, and lets go of those that were used longest ago.
func (o *Opener) hold(e *opened) error {
	if e.bytes > o.memory {
		return e.file.Close()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open, o.bytes = append(o.open, e), o.bytes+e.bytes
	for o.bytes > o.memory {
		oldest := o.open[0]
		o.open, o.bytes = o.open[1:], o.bytes-oldest.bytes
		_ = oldest.file.Close() // memory
	}
	return nil
}

// Forget lets go of an object that is destroyed.
func (o *Opener) Forget(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, e := range o.open {
		if e.name == name {
			o.open, o.bytes = append(o.open[:i], o.open[i+1:]...), o.bytes-e.bytes
			_ = e.file.Close() // memory
			return
		}
	}
}

// Close lets go of all objects. Those who have one open may read on.
func (o *Opener) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var err error
	for _, e := range o.open {
		err = errors.Join(err, e.file.Close())
	}
	o.open, o.bytes = nil, 0
	return err
}

// container is an empty file for so many bytes.
func (o *Opener) container(size int64) (*os.File, error) {
	if size <= o.memory {
		return inMemory()
	}
	if !o.encrypted {
		return nil, tooLarge("the object has %s, more than is opened in memory (%s)", "对象为 %s，超过内存中可解密的上限（%s）",
			yumen.Size(size), yumen.Size(o.memory))
	}
	return inScratch(o.scratch)
}
