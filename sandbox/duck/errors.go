package duck

import (
	"context"
	"errors"
	"strings"
	"syscall"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/yumen-data/yumen"
)

// failure turns an error of the engine into one that may leave the enclave: its kind and a fixed sentence. The text of
// the engine quotes rows ("Could not convert string '…'") and is dropped. Errors of Yumen's own pass unchanged.
func failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var ours *yumen.Error
	if errors.As(err, &ours) {
		return ours
	}
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	var engine *duckdb.Error
	if errors.As(err, &engine) {
		switch {
		case full(engine):
			return yumen.Errorf(yumen.KindUnavailable, "the disk is full", "磁盘已满")
		case outOfMemory(engine):
			return yumen.Errorf(yumen.KindLimit, "the run needs more memory or scratch space than it may use",
				"运行所需的内存或临时空间超过限额")
		}
	}
	return failed()
}

// failed is the one error for data.
func failed() *yumen.Error {
	return yumen.Errorf(yumen.KindFailed, "the run failed on the data; no more can be said of it", "运行在数据上失败，不能说明更多")
}

func full(e *duckdb.Error) bool {
	return e.Type == duckdb.ErrorTypeIO &&
		(strings.Contains(e.Msg, "No space left on device") || strings.Contains(e.Msg, "disk is full"))
}

func outOfMemory(e *duckdb.Error) bool {
	return e.Type == duckdb.ErrorTypeOutOfMemory || strings.HasPrefix(e.Msg, "Out of Memory Error") ||
		strings.Contains(e.Msg, "std::bad_alloc")
}

func stopped(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return yumen.Errorf(yumen.KindLimit, "the deadline passed before the run was done", "未在期限内完成")
	}
	return yumen.Errorf(yumen.KindFailed, "the run was cancelled", "运行已取消")
}

func unavailable() *yumen.Error {
	return yumen.Errorf(yumen.KindUnavailable, "the engine could not be started under the limits of the enclave",
		"引擎无法在隔离区的限额内启动")
}

// fileError says that a file in the enclave's own folder could not be written, or keeps what Yumen's own code said.
func fileError(err error) error {
	if err == nil {
		return nil
	}
	var ours *yumen.Error
	if errors.As(err, &ours) {
		return ours
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return yumen.Errorf(yumen.KindLimit, "the run needs more scratch space than it may use", "运行所需的临时空间超过限额")
	}
	return yumen.Errorf(yumen.KindUnavailable, "a file could not be written inside the enclave", "隔离区内无法写入文件")
}

// outOfMemoryError reports whether the engine ran out of memory or disk, so that nothing is known of the data.
func outOfMemoryError(err error) bool {
	var engine *duckdb.Error
	return errors.As(err, &engine) && (outOfMemory(engine) || full(engine))
}
