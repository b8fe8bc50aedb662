package technique

import (
	"github.com/yumen-data/yumen"
)

// Vault keeps which token stands for which value. Package vault has one in a file.
type Vault interface {
	// Token returns the token of a value in a context, always the same.
	Token(context, value string) (string, error)
	// Value returns the value that a token of a context stands for.
	Value(context, token string) (string, bool)
	// Sync makes all tokens given out durable.
	Sync() error
}

// Tokenize replaces values by random tokens from a vault.
type Tokenize struct {
	Context string `yaml:"context" en:"what the tokens are for; mandatory; equal values get equal tokens within it" zh:"令牌用途；必填；同一上下文内相同值令牌相同"`
	Reverse bool   `yaml:"reverse" en:"turn tokens back" zh:"还原"`
}

func (*Tokenize) about() About {
	return About{
		Title: yumen.Text{EN: "tokenization", ZH: "令牌化"},
		Term:  yumen.Text{EN: "pseudonymization: creation independent of the identifier", ZH: "假名化技术：独立于标识符的假名创建"},
		Types: "all → text", Scope: CellScope, Inside: true,
		Reversible: yumen.Text{EN: "with the vault", ZH: "持有令牌库时可逆"},
		Preserves:  yumen.Text{EN: "equality within the context", ZH: "同一上下文内的相等关系"},
		Leaks: yumen.Text{EN: "frequencies and joins within the context; the vault itself",
			ZH: "频数与同一上下文内的关联；令牌库本身"},
	}
}

func (p *Tokenize) bind(b *Binding) (Stage, error) {
	vault := b.Env.Vault
	if vault == nil || p.Context == "" {
		return nil, yumen.Errorf(yumen.KindInvalid, "tokens need a vault, given to the run, and a context",
			"令牌化需要随运行提供令牌库，并写明 context")
	}
	s := &vaultStage{vault: vault}
	cells, err := b.texts(func(int, string) (TextFunc, error) {
		return func(dst []byte, value string) ([]byte, bool) {
			if p.Reverse {
				v, ok := vault.Value(p.Context, value)
				return append(dst, v...), ok
			}
			token, err := vault.Token(p.Context, value)
			if err != nil {
				s.err = err
			}
			return append(dst, token...), err == nil
		}, nil
	})
	s.cellStage = cells
	return s, err
}

// vaultStage fails the run when the vault does: a value without its token must not just vanish.
type vaultStage struct {
	*cellStage
	vault Vault
	err   error
}

func (s *vaultStage) Settle() error {
	if s.err != nil {
		return s.err
	}
	return s.vault.Sync()
}
