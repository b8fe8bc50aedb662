package fpe

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"math/big"
	"math/bits"
)

// MinDomain is the least number of values a domain may have (SP 800-38G Rev. 1, section 5.2).
const MinDomain = 1_000_000

const (
	rounds     = 10
	blockSize  = 16
	maxLength  = 1 << 16
	maxTweak   = 1 << 16
	maxRadix   = 1 << 16
	fastLimit  = 1 << 62 // radix^v up to which the halves are kept in 64 bits
	fastNumber = 8       // bytes of such a half
)

// Errors of the ciphers. None carries the value.
var (
	ErrDomain = errors.New("the domain has fewer than 10^6 values")
	ErrUnfit  = errors.New("the value is not in the domain")
)

// FF1 is the mode of SP 800-38G, section 6.1, over numeral strings of one radix. It is not safe for concurrent use.
type FF1 struct {
	block cipher.Block
	radix uint64

	// for the length and tweak length used last
	n, t  int
	small bool
	modU  uint64 // radix^u, radix^v where small
	modV  uint64
	mods  [2]*big.Int     // the same for halves of any length
	b     int             // bytes of a half's number
	head  [blockSize]byte // CBC-MAC state after P

	q, s []byte
}

// NewFF1 returns the mode over a block cipher of 16-byte blocks and a radix from 2 to 2^16.
func NewFF1(block cipher.Block, radix int) (*FF1, error) {
	if block.BlockSize() != blockSize || radix < 2 || radix > maxRadix {
		return nil, errors.New("FF1 takes a cipher of 16-byte blocks and a radix from 2 to 65536")
	}
	return &FF1{block: block, radix: uint64(radix), n: -1}, nil
}

// Encrypt replaces the numerals x, each below the radix, by their encryption under the tweak.
func (f *FF1) Encrypt(x []uint16, tweak []byte) error { return f.crypt(x, tweak, false) }

// Decrypt is the inverse of Encrypt.
func (f *FF1) Decrypt(x []uint16, tweak []byte) error { return f.crypt(x, tweak, true) }

func (f *FF1) crypt(x []uint16, tweak []byte, inverse bool) error {
	for _, d := range x {
		if uint64(d) >= f.radix {
			return ErrUnfit
		}
	}
	if err := f.prepare(len(x), len(tweak)); err != nil {
		return err
	}
	u := len(x) / 2
	if f.small {
		a, b := f.feistel(num(x[:u], f.radix), num(x[u:], f.radix), tweak, inverse)
		str(x[:u], a, f.radix)
		str(x[u:], b, f.radix)
		return nil
	}
	f.feistelBig(x, tweak, inverse)
	return nil
}

// prepare computes what depends on the lengths only.
func (f *FF1) prepare(n, t int) error {
	if n == f.n && t == f.t {
		return nil
	}
	if n < 2 || n > maxLength || t > maxTweak {
		return ErrUnfit
	}
	u, v := n/2, n-n/2
	radix := new(big.Int).SetUint64(f.radix)
	all := new(big.Int).Exp(radix, big.NewInt(int64(n)), nil)
	if all.Cmp(big.NewInt(MinDomain)) < 0 {
		return ErrDomain
	}
	modV := new(big.Int).Exp(radix, big.NewInt(int64(v)), nil)
	f.n, f.t = n, t
	f.mods = [2]*big.Int{new(big.Int).Exp(radix, big.NewInt(int64(u)), nil), modV}
	f.b = (new(big.Int).Sub(modV, big.NewInt(1)).BitLen() + 7) / 8
	f.small = modV.IsUint64() && modV.Uint64() <= fastLimit
	if f.small {
		f.modV = modV.Uint64()
		f.modU = f.mods[0].Uint64()
	}
	p := [blockSize]byte{1, 2, 1, byte(f.radix >> 16), byte(f.radix >> 8), byte(f.radix), rounds, byte(u)}
	binary.BigEndian.PutUint32(p[8:], uint32(n))
	binary.BigEndian.PutUint32(p[12:], uint32(t))
	f.block.Encrypt(f.head[:], p[:])
	pad := (-(t+f.b+1)%blockSize + blockSize) % blockSize
	f.q = make([]byte, t+pad+1+f.b)
	d := 4*((f.b+3)/4) + 4
	f.s = make([]byte, (d+blockSize-1)/blockSize*blockSize)
	return nil
}

// feistel runs the rounds on halves held as numbers.
func (f *FF1) feistel(a, b uint64, tweak []byte, inverse bool) (uint64, uint64) {
	copy(f.q, tweak)
	if inverse {
		for i := rounds - 1; i >= 0; i-- {
			mod := f.modulus(i)
			y := f.round(i, a) % mod
			a, b = (b+mod-y)%mod, a
		}
		return a, b
	}
	for i := range rounds {
		mod := f.modulus(i)
		y := f.round(i, b) % mod
		a, b = b, (a+y)%mod
	}
	return a, b
}

func (f *FF1) modulus(round int) uint64 {
	if round%2 == 0 {
		return f.modU
	}
	return f.modV
}

// round returns the number S of a round modulo the round's modulus, for halves in 64 bits: S has d = 8 or 12 bytes.
func (f *FF1) round(i int, half uint64) uint64 {
	var number [fastNumber]byte
	binary.BigEndian.PutUint64(number[:], half)
	copy(f.q[len(f.q)-f.b:], number[fastNumber-f.b:])
	f.q[len(f.q)-f.b-1] = byte(i)
	r := f.prf()
	if f.b <= 4 {
		return binary.BigEndian.Uint64(r[:8])
	}
	return bits.Rem64(uint64(binary.BigEndian.Uint32(r[:4])), binary.BigEndian.Uint64(r[4:12]), f.modulus(i))
}

// prf is the CBC-MAC of P and Q.
func (f *FF1) prf() *[blockSize]byte {
	r := (*[blockSize]byte)(f.s)
	*r = f.head
	for q := f.q; len(q) > 0; q = q[blockSize:] {
		for j := range r {
			r[j] ^= q[j]
		}
		f.block.Encrypt(r[:], r[:])
	}
	return r
}

// feistelBig runs the rounds on halves of any length.
func (f *FF1) feistelBig(x []uint16, tweak []byte, inverse bool) {
	u := len(x) / 2
	radix := new(big.Int).SetUint64(f.radix)
	copy(f.q, tweak)
	a, b, c, quotient := numBig(x[:u], radix), numBig(x[u:], radix), new(big.Int), new(big.Int)
	for k := range rounds {
		if inverse {
			i := rounds - 1 - k
			c.Sub(b, f.roundBig(c, i, a))
			quotient.DivMod(c, f.mods[i%2], c)
			a, b, c = c, a, b
		} else {
			c.Add(a, f.roundBig(c, k, b))
			quotient.DivMod(c, f.mods[k%2], c)
			a, b, c = b, c, a
		}
	}
	strBig(x[:u], a, radix)
	strBig(x[u:], b, radix)
}

// roundBig sets y to the number S of a round.
func (f *FF1) roundBig(y *big.Int, i int, half *big.Int) *big.Int {
	half.FillBytes(f.q[len(f.q)-f.b:])
	f.q[len(f.q)-f.b-1] = byte(i)
	r := *f.prf()
	for j := 1; j < len(f.s)/blockSize; j++ {
		block := r
		var counter [8]byte
		binary.BigEndian.PutUint64(counter[:], uint64(j))
		for k := range counter {
			block[8+k] ^= counter[k]
		}
		f.block.Encrypt(f.s[j*blockSize:], block[:])
	}
	d := 4*((f.b+3)/4) + 4
	return y.SetBytes(f.s[:d])
}

func num(x []uint16, radix uint64) uint64 {
	n := uint64(0)
	for _, d := range x {
		n = n*radix + uint64(d)
	}
	return n
}

func str(x []uint16, n, radix uint64) {
	for i := len(x) - 1; i >= 0; i-- {
		x[i] = uint16(n % radix)
		n /= radix
	}
}

func numBig(x []uint16, radix *big.Int) *big.Int {
	n, digit := new(big.Int), new(big.Int)
	for _, d := range x {
		n.Mul(n, radix).Add(n, digit.SetUint64(uint64(d)))
	}
	return n
}

func strBig(x []uint16, n, radix *big.Int) {
	n, rest := new(big.Int).Set(n), new(big.Int)
	for i := len(x) - 1; i >= 0; i-- {
		n.QuoRem(n, radix, rest)
		x[i] = uint16(rest.Uint64())
	}
}
