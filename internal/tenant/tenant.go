// Package tenant says how much a domain allows its tenants: contracts, and organisations across all of their contracts.
// It is the table alone: who counts what against it stands where the counted thing is. It is not for what a contract's
// own terms allow a single run.
package tenant

import (
	"cmp"
	"sync/atomic"

	"github.com/yumen-data/yumen"
)

// Kind is what a tenant is.
type Kind string

// The kinds of tenants.
const (
	Contract     Kind = "contract"
	Organisation Kind = "organisation"
)

// Text is the kind's name.
func (k Kind) Text() yumen.Text {
	if k == Contract {
		return yumen.Say("contract", "合同")
	}
	return yumen.Say("organisation", "机构")
}

// Key names a tenant.
type Key struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
}

// Table is what a domain allows its tenants.
type Table struct {
	// EachContract holds for what the quotas of a contract do not say. Defaults to no limits.
	EachContract yumen.TenantLimits `yaml:"each_contract"`
	// EachOrganisation holds for what Organisations does not say. Defaults to those of Default.
	EachOrganisation yumen.TenantLimits `yaml:"each_organisation"`
	// Organisations are those that have limits of their own.
	Organisations []Own `yaml:"organisations"`
}

// Own are the limits of one organisation.
type Own struct {
	Name   string             `yaml:"name"`
	Limits yumen.TenantLimits `yaml:"limits"`
}

// Default is the table of a domain that says nothing.
func Default() Table {
	return Table{EachOrganisation: yumen.TenantLimits{Held: 64 << 30, Spool: 16 << 30, CallsPerSecond: 2000,
		Connections: 256}}
}

// Of returns the limits of a tenant. Own are those that a contract's quotas say.
func (t *Table) Of(k Key, own yumen.TenantLimits) yumen.TenantLimits {
	if k.Kind == Contract {
		return own.Or(t.EachContract)
	}
	for _, o := range t.Organisations {
		if o.Name == k.Name {
			return o.Limits.Or(t.EachOrganisation)
		}
	}
	return t.EachOrganisation
}

// Current is the table that is in force. Where there is none, contracts' own quotas are all.
type Current struct{ table atomic.Pointer[Table] }

// Set puts another table in force, from the next decision on.
func (c *Current) Set(t Table) { c.table.Store(&t) }

// Of is Table.Of by the table in force.
func (c *Current) Of(k Key, own yumen.TenantLimits) yumen.TenantLimits {
	t := &Table{}
	if c != nil {
		t = cmp.Or(c.table.Load(), t)
	}
	return t.Of(k, own)
}
