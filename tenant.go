package yumen

// TenantLimits bound what one tenant, a contract or an organisation, may take of a domain at a time. What is 0 is
// bounded by the domain alone.
type TenantLimits struct {
	// Runs is how many runs there are at a time. Further ones wait for one to end.
	Runs int `json:"runs,omitempty" yaml:"runs"`
	// MemoryPercent is the share of the memory of all runs. Runs that do not fit in it wait; one that is larger waits
	// until it is the tenant's only one.
	MemoryPercent int `json:"memory_percent,omitempty" yaml:"memory_percent"`
	// Held is what results that nobody has decided on yet may take, each counted at the most that a run of its contract
	// may write, whatever it wrote. Further jobs are rejected.
	Held Size `json:"held,omitempty" yaml:"held"`
	// Spool is what uploads may take until they are stored. Further ones are refused.
	Spool Size `json:"spool,omitempty" yaml:"spool"`
	// CallsPerSecond is how many calls a door answers; as many may come at once. Further ones are refused.
	CallsPerSecond int `json:"calls_per_second,omitempty" yaml:"calls_per_second"`
	// Connections is how many connections are open at a time. Further ones are refused.
	Connections int `json:"connections,omitempty" yaml:"connections"`
}

// Or returns the limits with those of others where they are 0.
func (l TenantLimits) Or(others TenantLimits) TenantLimits {
	or(&l.Runs, others.Runs)
	or(&l.MemoryPercent, others.MemoryPercent)
	or(&l.Held, others.Held)
	or(&l.Spool, others.Spool)
	or(&l.CallsPerSecond, others.CallsPerSecond)
	or(&l.Connections, others.Connections)
	return l
}

func or[T ~int | ~int64](v *T, other T) {
	if *v == 0 {
		*v = other
	}
}

// Wrong returns the key of a limit that nothing can keep, or "".
func (l TenantLimits) Wrong() string {
	switch {
	case l.Runs < 0:
		return "runs"
	case l.MemoryPercent < 0 || l.MemoryPercent > 100:
		return "memory_percent"
	case l.CallsPerSecond < 0:
		return "calls_per_second"
	case l.Connections < 0:
		return "connections"
	}
	return "" // sizes are never negative
}
