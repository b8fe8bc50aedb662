package api

// CatalogView is what one person may see of a database, which is a contract: what pg_catalog and information_schema
// show. It has no data and no counts.
type CatalogView struct {
	Database string         `json:"database"`
	User     string         `json:"user"`
	Schemas  []string       `json:"schemas"` // beside pg_catalog and information_schema; those of tables are added
	Tables   []CatalogTable `json:"tables"`
	Settings []CatalogPair  `json:"settings,omitempty"` // of the session, for pg_settings and current_setting
}

// CatalogPair is a name and a value.
type CatalogPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CatalogTable is a table or, where View is set, a view.
type CatalogTable struct {
	Schema  string          `json:"schema"`
	Name    string          `json:"name"`
	View    bool            `json:"view,omitempty"`
	Comment string          `json:"comment,omitempty"`
	Columns []CatalogColumn `json:"columns"`
	Key     []string        `json:"key,omitempty"` // names of columns that are its primary key, in the table's order
}

// CatalogColumn is a column of a table: its type is one of PostgreSQL's, by oid and typmod.
type CatalogColumn struct {
	Name    string `json:"name"`
	OID     uint32 `json:"oid"`
	Mod     int32  `json:"mod"` // -1 for none
	NotNull bool   `json:"notNull,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// CatalogParam is the value of a parameter in PostgreSQL's text format. OID is its type; 0 where the client did not
// say, and the statement decides.
type CatalogParam struct {
	OID  uint32  `json:"oid"`
	Text *string `json:"text"` // nil for NULL
}

// CatalogSpec asks for one statement over the catalog. SQL is as gateway/pgwire/rewrite writes it.
type CatalogSpec struct {
	View     CatalogView    `json:"view"`
	SQL      string         `json:"sql"`
	Params   []CatalogParam `json:"params,omitempty"`
	Formats  []int16        `json:"formats,omitempty"`  // as in a Bind message
	Arrow    bool           `json:"arrow,omitempty"`    // rows as ReadBatches writes them
	Describe bool           `json:"describe,omitempty"` // columns and parameters alone, without a run

	// What follows is for statements over released tables alone.

	Own []OwnTable `json:"own,omitempty"` // tables of schema yumen that the statement names
	// From and Most ask for a range of the rows: the first, counted from 0, and at most so many; a Most of 0 asks for
	// all. With a Most the range may end sooner, after a few megabytes.
	From int64 `json:"from,omitempty"`
	Most int64 `json:"most,omitempty"`
	// Types are the object ids of the types that the columns were described with; rows of others are refused.
	Types []uint32 `json:"types,omitempty"`
}

// OwnTable is a table of schema yumen, whose columns are all text.
type OwnTable struct {
	Name    string     `json:"name"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// CatalogAnswer is what came of a statement. Its rows are in stream OutRows.
type CatalogAnswer struct {
	Columns []CatalogResult `json:"columns"`
	Params  []uint32        `json:"params,omitempty"` // oids of parameters, where Describe
	Rows    int64           `json:"rows"`
	// More says that there are rows behind the range. Before and After are digests of the rows before it, and of those
	// up to its end: a statement that is run again for a further range gave the same rows if the one is what the other
	// was.
	More          bool            `json:"more,omitempty"`
	Before, After string          `json:",omitempty"`
	Keeps         bool            `json:"keeps,omitempty"` // the same statement for the same view has the same answer
	Refused       *CatalogRefusal `json:"refused,omitempty"`
}

// CatalogResult is a column of a result as a RowDescription message says it.
type CatalogResult struct {
	Name string `json:"name"`
	OID  uint32 `json:"oid"`
	Len  int16  `json:"len"`
	Mod  int32  `json:"mod"`
	// Digits are the width (<<16) and scale of a numeric whose typmod says neither; 0 for 38 digits and none behind the
	// point.
	Digits int32 `json:"digits,omitempty"`
}

// CatalogRefusal is an error in PostgreSQL's terms.
type CatalogRefusal struct {
	State   string `json:"state"` // SQLSTATE
	Message string `json:"message"`
	Chinese string `json:"chinese"`
}
