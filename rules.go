package yumen

import "time"

// SignedPack is a revision of a policy pack that the regulator put in force in a domain. docs/packs.md describes the text.
type SignedPack struct {
	ID       string    `json:"id"`
	Revision int       `json:"revision"`
	Title    string    `json:"title"`
	Trial    bool      `json:"trial,omitempty"` // a draft, on trial (试行)
	Text     string    `json:"text"`
	Digest   Digest    `json:"digest"` // of the text
	Signed   time.Time `json:"signed"`
	SignedBy string    `json:"signed_by"`
}

// AnnouncedYear is a year of working days that was added to those that come with the program, or in the place of one.
type AnnouncedYear struct {
	Year    int       `json:"year"`
	Text    string    `json:"text"`
	Digest  Digest    `json:"digest"` // of the text
	Added   time.Time `json:"added"`
	AddedBy string    `json:"added_by"`
}
