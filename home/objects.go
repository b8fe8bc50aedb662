package home

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
)

// MissingObjects fails with kind corrupt and a reason for each object that the records refer to and that is not there.
func (h *Home) MissingObjects(ctx context.Context) error {
	objects, err := h.Route.Referred(ctx)
	if err != nil {
		return err
	}
	var rs []yumen.Reason
	for _, o := range objects {
		name := filepath.Join(objectsDir, string(o.Space), o.Digest.Hex())
		fi, err := os.Lstat(h.path(name))
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && !fi.Mode().IsRegular():
			rs = append(rs, yumen.Reason{Rule: "object.missing", Place: name,
				Msg: yumen.Say("a record refers to it, and it is not there", "有记录引用该对象，但它不存在")})
		case err != nil:
			return err
		}
	}
	return yumen.Refuse(yumen.KindCorrupt, yumen.Say("objects are missing", "缺少对象"), rs)
}
