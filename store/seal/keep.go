package seal

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
	"github.com/yumen-data/yumen/store"
)

func isSpace(s store.Space) bool { return slices.Contains(store.Spaces, s) }

// each calls f with every key file.
func (v *Vault) each(f func(space store.Space, d yumen.Digest, id string) error) error {
	for _, space := range store.Spaces {
		files, err := os.ReadDir(filepath.Join(v.dir, string(space)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return noKey(err)
		}
		for _, file := range files {
			name := filepath.Join(string(space), file.Name())
			if !IsKeyFile(name) {
				continue
			}
			hex, id, _ := strings.Cut(file.Name(), ".")
			if err := f(space, yumen.Digest("sha256:"+hex), id); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sweep removes the keys of objects that are not there, and returns how many: what a crash left of an object that was
// not published, and what an object was sealed with before it was sealed again. File opens the file of a published
// object.
func (v *Vault) Sweep(file func(space store.Space, d yumen.Digest) (*os.File, error)) (swept int, err error) {
	ids := map[store.Object][]string{}
	if err := v.each(func(space store.Space, d yumen.Digest, id string) error {
		o := store.Object{Space: space, Digest: d}
		ids[o] = append(ids[o], id)
		return nil
	}); err != nil {
		return 0, err
	}
	for o, all := range ids {
		for _, id := range all {
			used, err := inUse(file, o, id, len(all) == 1)
			if err != nil {
				return swept, err
			}
			if used {
				continue
			}
			if err := v.remove(o.Space, o.Digest, id); err != nil {
				return swept, err
			}
			swept++
		}
	}
	return swept, nil
}

// inUse reports whether the file of an object was sealed with a key. The only key that it has is left to it.
func inUse(file func(store.Space, yumen.Digest) (*os.File, error), o store.Object, id string, only bool) (bool, error) {
	f, err := file(o.Space, o.Digest)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close() // read only
	if only {
		return true, nil
	}
	h, sealed, err := readHeader(f)
	if err == errDamaged {
		return true, nil // its key is kept for those who mend the file
	}
	return sealed && h.id() == id, err
}

// Destroy removes every key of an object, durably. Then nobody can read any copy of it.
func (v *Vault) Destroy(space store.Space, d yumen.Digest) error {
	return v.each(func(of store.Space, digest yumen.Digest, id string) error {
		if of != space || digest != d {
			return nil
		}
		return v.remove(space, d, id)
	})
}

func (v *Vault) remove(space store.Space, d yumen.Digest, id string) error {
	path := v.path(space, d, id)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return noKey(err)
	}
	return durable.SyncDir(filepath.Dir(path))
}

// Rewrap wraps the key of every object by the newest version of the domain's key for it and returns how many it
// changed. Objects are not touched. What was interrupted can be repeated.
func (v *Vault) Rewrap(ctx context.Context) (changed int, err error) {
	newest := map[string]int{}
	err = v.each(func(space store.Space, d yumen.Digest, id string) error {
		of := KeyOf(space)
		if newest[of] == 0 {
			k, err := v.domain.Key(ctx, of, 0)
			if err != nil {
				return noKey(err)
			}
			newest[of] = k.Version
		}
		did, err := v.rewrap(ctx, space, d, id, newest[of])
		if did {
			changed++
		}
		return err
	})
	return changed, err
}

func (v *Vault) rewrap(ctx context.Context, space store.Space, d yumen.Digest, id string, newest int) (bool, error) {
	text, err := os.ReadFile(v.path(space, d, id))
	if err != nil {
		return false, noKey(err)
	}
	var k wrapped
	if json.Unmarshal(text, &k) != nil {
		return false, damagedKey(d)
	}
	if k.Domain == newest {
		return false, nil
	}
	for suite := range suiteNames { // the file does not say it: the object does
		h := header{}
		copy(h[:], magic)
		h[len(magic)] = byte(suite)
		if _, err := hex.Decode(h[len(magic)+1:], []byte(id)); err != nil {
			return false, damagedKey(d)
		}
		secret, err := v.unwrap(ctx, h, space, d, k)
		if err == nil {
			return true, v.keep(ctx, h, space, d, secret, k.Bytes)
		}
		if yumen.KindOf(err) != yumen.KindCorrupt {
			return false, err
		}
	}
	return false, damagedKey(d)
}
