package yumen

import (
	"slices"
	"time"
)

// SignedContract is a contract that somebody signed. It is in force once all have signed who have to (Stopped).
type SignedContract struct {
	Contract
	Signing
	Digest     Digest    `json:"digest"` // of the signed text
	Signed     time.Time `json:"signed"`
	SignedBy   string    `json:"signed_by"`
	Terminated bool      `json:"terminated,omitempty"`
	// Suspended is set while nothing may run or leave under it.
	Suspended *Suspension `json:"suspended,omitempty"`
	// Next is an amendment that not all have signed yet. The terms above hold meanwhile.
	Next *Revision `json:"next,omitempty"`
}

// Revision is terms of a contract on their way to being signed.
type Revision struct {
	Contract
	Signing
	Digest Digest `json:"digest"` // of the text
}

// Signing says who has to sign one revision of the terms of a contract, and who did. It is empty where the data
// authority alone puts contracts in force.
type Signing struct {
	Revision   int         `json:"revision,omitempty"` // 1 and up
	Terms      Digest      `json:"terms,omitempty"`    // of the terms in their canonical form
	Text       string      `json:"text,omitempty"`     // as it was handed in
	Signers    []Signer    `json:"signers,omitempty"`
	Signatures []Signature `json:"signatures,omitempty"`
	// Withdrawn is set where all took back their signatures before the last was there.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// Signer is one side of a contract: an office of the rules of the place, and the organisation that holds it. The office
// bureau is held by whoever is regulator, so that its organisation is empty.
type Signer struct {
	Office string `json:"office"`
	Org    string `json:"org,omitempty"`
}

// String names the office, and the organisation in parentheses.
func (p Signer) String() string {
	if p.Org == "" {
		return p.Office
	}
	return p.Office + " (" + p.Org + ")"
}

// Signature is that of one party: by whom, when, and over the statement of the revision (contract.Statement).
type Signature struct {
	Signer
	By    string    `json:"by"`
	ByOrg string    `json:"by_org"`
	At    time.Time `json:"at"`
	Key   string    `json:"key"`    // id and version in the keyring
	Pub   []byte    `json:"public"` // Ed25519
	Value []byte    `json:"value"`
}

// Missing returns who has yet to sign, in the order of the rules.
func (s *Signing) Missing() []Signer {
	var out []Signer
	for _, p := range s.Signers {
		if !slices.ContainsFunc(s.Signatures, func(x Signature) bool { return x.Signer == p }) {
			out = append(out, p)
		}
	}
	return out
}

// Suspension is who stopped a contract for the time being, and why.
type Suspension struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	// Within is the umbrella agreement with which it was suspended; it goes on with that.
	Within string `json:"within,omitempty"`
}

// Stopped returns why somebody decided that nothing runs or leaves under the contract, and nothing to fetch is given
// out; nil where nobody did.
func (c *SignedContract) Stopped() *Reason {
	switch {
	case c.Withdrawn:
		return &Reason{Rule: "contract.withdrawn", Place: "contract",
			Msg: Say("the contract was withdrawn before all had signed", "合同在各方签署完成前已撤回")}
	case len(c.Missing()) > 0:
		return &Reason{Rule: "contract.unsigned", Place: "contract",
			Msg: Say("not all parties have signed the contract", "合同尚未由各方全部签署"),
			Fix: Say("wait until all have signed", "请等待各方签署")}
	case c.Terminated:
		return &Reason{Rule: "contract.terminated", Place: "contract", Msg: Say("the contract was terminated", "合同已终止")}
	case c.Suspended != nil:
		return &Reason{Rule: "contract.suspended", Place: "contract",
			Msg: Say("the contract has been suspended since %s", "合同自 %s 起中止", DayOf(c.Suspended.At)),
			Fix: Say("wait until the data authority resumes it", "请等待主管部门恢复")}
	}
	return nil
}
