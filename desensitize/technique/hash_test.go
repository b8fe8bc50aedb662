package technique

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/yumen-data/yumen/keyring"
)

// HMAC-SM3 against its definition (RFC 2104), spelled out over SM3 alone.
func TestHMACSM3(t *testing.T) {
	key, _ := keyring.Bundle{{ID: "k", Version: 1, Secret: bytes.Repeat([]byte{1}, 32)}}.Key(t.Context(), "k", 0)
	mac, err := newMAC(key, "hmac-sm3", "p")
	if err != nil {
		t.Fatal(err)
	}
	mac.Write([]byte("abc"))
	derived := key.DeriveSM3("p", 32)
	pad := func(b byte) []byte {
		block := make([]byte, 64)
		copy(block, derived)
		for i := range block {
			block[i] ^= b
		}
		return block
	}
	inner := sm3.Sum(append(pad(0x36), "abc"...))
	want := sm3.Sum(append(pad(0x5c), inner[:]...))
	if got := mac.Sum(nil); !bytes.Equal(got, want[:]) {
		t.Errorf("%s, want %s", hex.EncodeToString(got), hex.EncodeToString(want[:]))
	}
}

func TestNormalized(t *testing.T) {
	if got := normalized("ａｂ-１ 2　x"); got != "AB12X" {
		t.Error(got)
	}
}
