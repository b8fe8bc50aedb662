package wasm

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Sections of a module (WebAssembly Core Specification, 5.5.2).
const (
	customSection    = 0
	typeSection      = 1
	importSection    = 2
	functionSection  = 3
	tableSection     = 4
	memorySection    = 5
	globalSection    = 6
	exportSection    = 7
	startSection     = 8
	elementSection   = 9
	codeSection      = 10
	dataSection      = 11
	dataCountSection = 12
)

// sectionOrder is the order in which sections stand (5.5.16).
var sectionOrder = []byte{typeSection, importSection, functionSection, tableSection, memorySection, globalSection,
	exportSection,
	startSection, elementSection, dataCountSection, codeSection, dataSection}

// Value types (5.3).
const (
	typeI32  = 0x7f
	typeI64  = 0x7e
	typeF32  = 0x7d
	typeF64  = 0x7c
	typeV128 = 0x7b
)

var errBinary = errors.New("malformed module")

// cursor reads a module's bytes. After the first thing that is not there it gives zeros and bad stays set.
type cursor struct {
	b   []byte
	at  int
	bad bool
}

func (c *cursor) byte() byte {
	if c.at >= len(c.b) {
		c.bad = true
		return 0
	}
	c.at++
	return c.b[c.at-1]
}

func (c *cursor) skip(n int) {
	if n < 0 || n > len(c.b)-c.at {
		c.bad, n = true, len(c.b)-c.at
	}
	c.at += n
}

// uint reads an unsigned LEB128 number of 32 bits.
func (c *cursor) uint() uint32 {
	v, n := binary.Uvarint(c.b[c.at:])
	if n <= 0 || n > 5 || v > 1<<32-1 {
		c.bad = true
		return 0
	}
	c.at += n
	return uint32(v)
}

// sint passes over a signed LEB128 number of up to 64 bits.
func (c *cursor) sint() {
	for range 10 {
		if c.byte()&0x80 == 0 {
			return
		}
	}
	c.bad = true
}

func (c *cursor) bytes() []byte {
	n, from := int(c.uint()), c.at
	c.skip(n)
	return c.b[from:c.at]
}

func (c *cursor) more() bool { return !c.bad && c.at < len(c.b) }

type funcType struct{ params, results []byte }

type global struct {
	valueType byte
	mutable   bool
}

type export struct {
	kind  byte
	index uint32
}

// binaryModule is as much of a well-formed module's structure as rewriting needs.
type binaryModule struct {
	sections map[byte][]byte
	types    []funcType
	imports  []uint32 // types of imported functions
	funcs    []uint32 // types of defined functions
	globals  []global
	tables   []uint32 // least sizes
	exports  map[string]export
	memory   struct{ min, max uint32 } // pages
}

// split finds the sections of a module that may be anything.
func split(module []byte) (*binaryModule, error) {
	if !bytes.HasPrefix(module, magic) {
		return nil, errBinary
	}
	m := &binaryModule{sections: map[byte][]byte{}, exports: map[string]export{}}
	c := &cursor{b: module, at: len(magic)}
	for c.more() {
		id := c.byte()
		body := c.bytes()
		if id != customSection {
			m.sections[id] = body
		}
	}
	if c.bad {
		return nil, errBinary
	}
	return m, nil
}

// plausible reports whether the types of a module are no longer than they say. wazero makes room for as many parameters
// as a type claims to have before it looks for them.
func plausible(module []byte) bool {
	m, err := split(module)
	return err == nil && m.each(typeSection, m.readType)
}

// parse takes apart a module that wazero has found valid.
func parse(module []byte) (*binaryModule, error) {
	m, err := split(module)
	if err != nil {
		return nil, err
	}
	for id, read := range map[byte]func(*cursor){typeSection: m.readType, importSection: m.readImport,
		functionSection: m.readFunc,
		tableSection:    m.readTable, memorySection: m.readMemory, globalSection: m.readGlobal,
		exportSection: m.readExport} {
		if !m.each(id, read) {
			return nil, errBinary
		}
	}
	return m, nil
}

// each reads the elements of a section that is one vector.
func (m *binaryModule) each(id byte, read func(*cursor)) bool {
	body, ok := m.sections[id]
	if !ok {
		return true
	}
	c := &cursor{b: body}
	for n := c.uint(); n > 0 && !c.bad; n-- {
		read(c)
	}
	return !c.bad && c.at == len(body)
}

func (m *binaryModule) readType(c *cursor) {
	c.skip(1)
	params := c.bytes()
	m.types = append(m.types, funcType{params, c.bytes()})
}

// readImport knows functions only: a module that imports anything else is refused before.
func (m *binaryModule) readImport(c *cursor) {
	c.bytes()
	c.bytes()
	if c.byte() != 0 {
		c.bad = true
	}
	m.imports = append(m.imports, c.uint())
}

func (m *binaryModule) readFunc(c *cursor) { m.funcs = append(m.funcs, c.uint()) }

func (m *binaryModule) readTable(c *cursor) {
	c.skip(1)
	least, _ := c.limits()
	m.tables = append(m.tables, least)
}

func (m *binaryModule) readMemory(c *cursor) { m.memory.min, m.memory.max = c.limits() }

func (c *cursor) limits() (least, most uint32) {
	flags := c.byte()
	least, most = c.uint(), maxPages
	if flags&1 != 0 {
		most = c.uint()
	}
	c.bad = c.bad || flags > 1
	return least, most
}

func (m *binaryModule) readGlobal(c *cursor) {
	valueType := c.byte()
	m.globals = append(m.globals, global{valueType, c.byte() == 1})
	for c.more() {
		if c.instruction().op == opEnd {
			return
		}
	}
}

func (m *binaryModule) readExport(c *cursor) {
	name := string(c.bytes())
	kind := c.byte()
	m.exports[name] = export{kind, c.uint()}
}

// function returns the type of an exported function that the module defines itself.
func (m *binaryModule) function(name string) (index uint32, t funcType, ok bool) {
	e, ok := m.exports[name]
	if !ok || e.kind != 0 || e.index < uint32(len(m.imports)) {
		return 0, t, false
	}
	return e.index, m.types[m.funcs[e.index-uint32(len(m.imports))]], true
}

func uleb(b []byte, v uint32) []byte { return binary.AppendUvarint(b, uint64(v)) }

func sleb(b []byte, v int64) []byte {
	for {
		low := byte(v & 0x7f)
		v >>= 7
		if v == 0 && low&0x40 == 0 || v == -1 && low&0x40 != 0 {
			return append(b, low)
		}
		b = append(b, low|0x80)
	}
}

// extend adds elements to a section that is one vector.
func (m *binaryModule) extend(id byte, n int, elements []byte) {
	c := &cursor{b: m.sections[id]}
	var old uint32
	if len(c.b) > 0 {
		old = c.uint()
	}
	body := uleb(nil, old+uint32(n))
	body = append(body, c.b[c.at:]...)
	m.sections[id] = append(body, elements...)
}

// bytes puts the sections together again, without custom ones.
func (m *binaryModule) bytes() []byte {
	out := bytes.Clone(magic)
	for _, id := range sectionOrder {
		if body, ok := m.sections[id]; ok {
			out = uleb(append(out, id), uint32(len(body)))
			out = append(out, body...)
		}
	}
	return out
}
