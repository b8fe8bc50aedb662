package pgwire

import (
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

func protocolError(en, zh string) error {
	return sqlsession.Coded("08P01", yumen.Errorf(yumen.KindInvalid, en, zh))
}

// response makes the message of an error about a statement, as sqlsession.MessageOf does.
func response(err error, l yumen.Lang, text string, before int) *pgproto3.ErrorResponse {
	m := sqlsession.MessageOf(err, l, text, before)
	return &pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: m.Code, Message: m.Text,
		Detail: m.Detail, Hint: m.Hint, Position: int32(m.Position)}
}
