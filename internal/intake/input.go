package intake

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"os"

	"github.com/yumen-data/yumen"
)

// progress counts the bytes of the files as they are read and bounds those that come out of decompression.
type progress struct {
	done, total int64
	inflated    int64
	max         int64
	reported    int64
	notify      func(done, total int64)
}

func newProgress(files []string, opts Options) (*progress, error) {
	p := &progress{max: opts.MaxBytes, notify: opts.Progress}
	for _, f := range files {
		fi, err := os.Stat(f)
		if err != nil {
			return nil, unreadable(err)
		}
		p.total += fi.Size()
	}
	return p, nil
}

// step is how many bytes pass between two reports.
const step = 1 << 20

func (p *progress) report() {
	if p.notify != nil && (p.done-p.reported >= step || p.done == p.total && p.reported != p.done) {
		p.reported = p.done
		p.notify(p.done, p.total)
	}
}

// input is one file, decompressed where it is gzip. It is read to its end so that gzip's checksum is compared.
type input struct {
	file *os.File
	buf  *bufio.Reader
	line int64
	long []byte // a line longer than the buffer
}

// bufferSize of one file. Longer lines are copied.
const bufferSize = 1 << 18

// maxLine bounds a line, and a row of several lines.
const maxLine = 16 << 20

// newInput reads what is neither compressed nor marked.
func newInput(r io.Reader) *input { return &input{buf: bufio.NewReaderSize(r, bufferSize)} }

func openInput(path string, p *progress) (*input, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	in := &input{file: f}
	raw := bufio.NewReaderSize(&counted{f, p}, bufferSize)
	var plain io.Reader = raw
	if magic, _ := raw.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if plain, err = gzip.NewReader(raw); err != nil {
			in.close()
			return nil, badGzip()
		}
	}
	in.buf = bufio.NewReaderSize(&bounded{plain, p}, bufferSize)
	if err := in.skipMark(); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

func (in *input) close() { _ = in.file.Close() }

// skipMark skips a UTF-8 byte order mark and refuses files that are plainly something else.
func (in *input) skipMark() error {
	head, err := in.buf.Peek(4)
	if err != nil && err != io.EOF {
		return readError(err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = in.buf.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return yumen.Errorf(yumen.KindInvalid, "the file is UTF-16",
			"文件是 UTF-16 编码").ToFix("save it as UTF-8 or GB18030", "请另存为 UTF-8 或 GB18030")
	case bytes.HasPrefix(head, []byte("PAR1")):
		return yumen.Errorf(yumen.KindInvalid, "the file is Parquet", "文件是 Parquet 格式").ToFix("import it as parquet",
			"请按 parquet 导入")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return yumen.Errorf(yumen.KindInvalid, "the file is a ZIP archive or a workbook",
			"文件是 ZIP 压缩包或工作簿").ToFix("export it as CSV", "请导出为 CSV")
	}
	return nil
}

// readLine returns the next line without its end, the end itself ("", "\n" or "\r\n"), and io.EOF after the last line.
// The bytes are valid until the next call. A line longer than maxLine is an error of kind limit.
func (in *input) readLine() (line, end []byte, err error) {
	raw, err := in.buf.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		raw, err = in.readLong(raw)
	}
	if err != nil && err != io.EOF {
		return nil, nil, readError(err)
	}
	if len(raw) == 0 {
		return nil, nil, io.EOF
	}
	in.line++
	n := len(raw)
	if raw[n-1] == '\n' {
		n--
		if n > 0 && raw[n-1] == '\r' {
			n--
		}
	}
	return raw[:n], raw[n:], nil
}

func (in *input) readLong(first []byte) ([]byte, error) {
	in.long = append(in.long[:0], first...)
	for {
		more, err := in.buf.ReadSlice('\n')
		in.long = append(in.long, more...)
		if len(in.long) > maxLine {
			return nil, yumen.Errorf(yumen.KindLimit, "line %d is longer than %d bytes", "第 %d 行超过 %d 字节", in.line+1,
				maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return in.long, err
		}
	}
}

// counted counts what is read of the file itself.
type counted struct {
	r io.Reader
	p *progress
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.p.done += int64(n)
	return n, err
}

// bounded stops a compressed file that grows beyond what the enclave may hold.
type bounded struct {
	r io.Reader
	p *progress
}

func (b *bounded) Read(buf []byte) (int, error) {
	n, err := b.r.Read(buf)
	b.p.inflated += int64(n)
	if b.p.max > 0 && b.p.inflated > b.p.max {
		return 0, yumen.Errorf(yumen.KindLimit, "the files hold more than %s once decompressed", "文件解压后超过 %s",
			yumen.Size(b.p.max))
	}
	return n, err
}

func readError(err error) error {
	if ours, ok := errors.AsType[*yumen.Error](err); ok {
		return ours
	}
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) ||
		errors.Is(err, io.ErrUnexpectedEOF) {
		return badGzip()
	}
	return unreadable(err)
}

func badGzip() error {
	return yumen.Errorf(yumen.KindCorrupt, "the gzip file is truncated or damaged",
		"gzip 文件被截断或已损坏").ToFix("transfer it again", "请重新传输")
}

func unreadable(err error) error {
	return yumen.Errorf(yumen.KindUnavailable, "the file cannot be read", "无法读取文件").Because(errors.Unwrap(err))
}
