package seal

import (
	"os"

	"github.com/yumen-data/yumen"
)

// Draft is a file without a name that is written once and then read: as much a secret as a decrypted object, and held
// as one.
type Draft struct {
	f    *os.File
	left int64 // bytes that it may still take; without a limit below 0
}

// Draft makes an empty file, in memory up to the limit of one object, or, where scratch is declared encrypted, there.
func (o *Opener) Draft() (*Draft, error) {
	if o.encrypted {
		f, err := inScratch(o.scratch)
		return &Draft{f, -1}, err
	}
	f, err := inMemory()
	return &Draft{f, o.memory}, err
}

// Write appends.
func (d *Draft) Write(p []byte) (int, error) {
	if d.left >= 0 {
		if d.left -= int64(len(p)); d.left < 0 {
			d.left = 0
			return 0, tooLarge("the file has more than is kept in memory", "文件超过内存中可保存的上限")
		}
	}
	return d.f.Write(p)
}

// Open ends the writing and opens the file for reading.
func (d *Draft) Open(name string) (*os.File, error) {
	if err := freeze(d.f); err != nil {
		return nil, cannotHold(err)
	}
	return reopen(d.f, name)
}

// Close lets go of the file. Those who opened it may read on.
func (d *Draft) Close() error { return d.f.Close() }

func tooLarge(en, zh string, args ...any) error {
	return yumen.Errorf(yumen.KindLimit, en, zh, args...).
		ToFix("let scratch lie on an encrypted volume and declare it in home.yaml (scratch: {encrypted: true}), or raise sealing.memory",
			"请将临时目录置于加密卷并在 home.yaml 中声明（scratch: {encrypted: true}），或调高 sealing.memory")
}
