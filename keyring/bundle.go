package keyring

import (
	"context"

	"github.com/yumen-data/yumen"
)

// CheckID refuses what cannot be the id of a key, with kind invalid.
func CheckID(id string) error {
	if keyID.MatchString(id) {
		return nil
	}
	return yumen.Errorf(yumen.KindInvalid, "a key id has up to 64 lower-case letters, digits, dots and dashes",
		"密钥标识由不超过 64 个小写字母、数字、点和短横组成")
}

// Live returns every version of a key that was not destroyed, the current one first. Where that one is destroyed it
// fails as Key does, for nothing new can be made with the key.
func (r *Ring) Live(ctx context.Context, id string) (Bundle, error) {
	b, err := Bundled(ctx, r, id)
	if err != nil {
		return nil, err
	}
	for v := b[0].Version - 1; v > 0; v-- {
		k, err := r.Key(ctx, id, v)
		switch yumen.KindOf(err) {
		case yumen.KindDenied: // destroyed
			continue
		}
		if err != nil {
			return nil, err
		}
		b = append(b, BundledKey{k.ID, k.Version, k.secret[:]})
	}
	return b, nil
}

// Version returns one version of a key as a Bundle.
func (r *Ring) Version(ctx context.Context, id string, number int) (Bundle, error) {
	k, err := r.Key(ctx, id, number)
	if err != nil {
		return nil, err
	}
	return Bundle{{k.ID, k.Version, k.secret[:]}}, nil
}
