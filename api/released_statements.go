package api

// ReleasedStatement asks for one statement over what was released under a contract, and over PostgreSQL's catalog beside
// it.
type ReleasedStatement struct {
	Contract string
	// Releases are those that the statement names.
	Releases []string
	CatalogSpec
}
