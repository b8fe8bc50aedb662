package wasm

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math/bits"
	"os"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/sandbox"
)

// keySize is the least length of the key that assigns units to blocks.
const keySize = 16

// blockAssigner says which block a unit belongs to: HMAC-SHA-256 under a key that nobody outside the domain knows (RFC
// 2104), its first 64 bits scaled to the number of blocks. So nobody can choose who meets whom in a block.
type blockAssigner struct {
	mac    hash.Hash
	blocks uint64
	sum    []byte
}

func (d *blockAssigner) block(unit int64) int {
	d.mac.Reset()
	d.sum = binary.LittleEndian.AppendUint64(append(d.sum[:0], "yumen block "...), uint64(unit))
	d.mac.Write(d.sum) // never fails
	d.sum = d.mac.Sum(d.sum[:0])
	hi, _ := bits.Mul64(binary.LittleEndian.Uint64(d.sum), d.blocks)
	return int(hi)
}

// blockSize is what a pass over the rows finds out about a block.
type blockSize struct{ units, rows, bytes int64 }

// results runs the module once for each block and gives what it returned, by coordinate and block.
func (u *units) results(ctx context.Context) ([][]privacy.Int128, []blockSize, error) {
	assign := &blockAssigner{mac: hmac.New(sha256.New, u.key), blocks: uint64(u.spec.Blocks)}
	sizes, err := u.measure(ctx, assign)
	if err != nil {
		return nil, nil, err
	}
	results := make([][]privacy.Int128, len(u.spec.Coordinates))
	for from := 0; from < len(sizes); {
		to := u.batchEnd(sizes, from)
		if err := u.runBlocks(ctx, assign, from, to, results); err != nil {
			return nil, nil, err
		}
		from = to
		u.progress(int64(to), int64(len(sizes)))
	}
	return results, sizes, nil
}

// readKey reads the key that assigns units to blocks, while the inputs are still in reach.
func readKey(in sandbox.Env) ([]byte, error) {
	path, ok := in.Input(task.InKey)
	if !ok {
		return nil, yumen.Errorf(yumen.KindInternal, "the task brings no key for its blocks", "任务没有提供分块密钥")
	}
	key, err := os.ReadFile(path)
	if err == nil && len(key) < keySize {
		err = yumen.Errorf(yumen.KindInternal, "the key for the blocks is too short", "分块密钥过短")
	}
	return key, err
}

// measure finds out how large each block is.
func (u *units) measure(ctx context.Context, assign *blockAssigner) ([]blockSize, error) {
	in, err := openRows(u.paths)
	if err != nil {
		return nil, err
	}
	defer in.close()
	sizes := make([]blockSize, u.spec.Blocks)
	rec, err := u.record(in)
	if err != nil {
		return nil, err
	}
	for unit, any := in.next(); any; unit, any = in.next() {
		rec.reset()
		if err := in.take(unit, rec); err != nil {
			return nil, err
		}
		s := &sizes[assign.block(unit)]
		s.units, s.rows, s.bytes = s.units+1, s.rows+rec.rows(), s.bytes+int64(rec.size())
		if rec.over { // its size is known no more; the block is gathered alone, and given up on when it has no room
			s.bytes += int64(u.room)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return sizes, nil
}

// batchEnd says how many blocks from the given one on are gathered in one pass over the rows: as many as fit in an
// eighth of the memory, and at least one.
func (u *units) batchEnd(sizes []blockSize, from int) int {
	room, to := int64(u.in.Limits().Memory)/8, from+1
	room -= sizes[from].bytes
	for ; to < len(sizes) && sizes[to].bytes <= room; to++ {
		room -= sizes[to].bytes
	}
	return to
}

// runBlocks gathers the rows of blocks from up to to and runs the module over each.
func (u *units) runBlocks(ctx context.Context, assign *blockAssigner, from, to int, results [][]privacy.Int128) error {
	in, err := openRows(u.paths)
	if err != nil {
		return err
	}
	defer in.close()
	records := make([]*record, to-from)
	for i := range records {
		if records[i], err = u.record(in); err != nil {
			return err
		}
	}
	for unit, any := in.next(); any; unit, any = in.next() {
		var rec *record
		if b := assign.block(unit); b >= from && b < to {
			rec = records[b-from]
		}
		if err := in.take(unit, rec); err != nil {
			return err
		}
	}
	values := make([]privacy.Int128, len(u.spec.Coordinates))
	for i, rec := range records {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		u.result(ctx, rec, values)
		for j, v := range values {
			results[j] = append(results[j], v)
		}
		records[i] = nil
	}
	return nil
}

func (u *units) writeBlocks(results [][]privacy.Int128, sizes []blockSize) error {
	var all blockSize
	for _, s := range sizes {
		all.units, all.rows = all.units+s.units, all.rows+s.rows
	}
	var cells, evidence [][]string
	for i, c := range u.spec.Coordinates {
		var sum privacy.Int128
		for _, v := range results[i] {
			sum = sum.Add(v)
		}
		n := int64(len(results[i]))
		cells = append(cells, []string{c.Name, formatDouble(double(sum, shift(c), n)),
			formatDouble(median(results[i], shift(c))), strconv.FormatInt(n, 10)})
		evidence = append(evidence, []string{strconv.FormatInt(all.units, 10), strconv.FormatInt(all.rows, 10)})
	}
	return u.write(cells, evidence)
}
