package privacy

import "testing"

func BenchmarkDraw(b *testing.B) {
	for name, sigma := range map[string]float64{"σ=10": 10, "σ=2^40": 1 << 40, "σ=2^60": 1 << 60} {
		s, err := newSampler(sigma)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.draw(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPrice(b *testing.B) {
	q := everything(privateKey)
	for b.Loop() {
		if _, err := Price(q, 1, budget, 10); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSpend(b *testing.B) {
	n, err := Price(everything(privateKey), 1, budget, 10)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := (Account{}).Spend(Cost(n), budget); err != nil {
			b.Fatal(err)
		}
	}
}
