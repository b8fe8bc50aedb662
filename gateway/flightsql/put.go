package flightsql

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// DoPut takes the parameters of a prepared statement, or a statement that gives no rows.
func (d *Door) DoPut(from flight.FlightService_DoPutServer) error {
	s, done, err := d.session(from.Context())
	if err != nil {
		return err
	}
	defer done()
	first, err := from.Recv()
	if err != nil {
		return err
	}
	command, err := commandOf(first.GetFlightDescriptor())
	if err != nil {
		return err
	}
	var out proto.Message
	switch c := command.(type) {
	case *flight.CommandPreparedStatementQuery:
		out, err = s.putParameters(from, first, string(c.GetPreparedStatementHandle()))
	case *flight.CommandPreparedStatementUpdate:
		if _, err = s.putParameters(from, first, string(c.GetPreparedStatementHandle())); err == nil {
			out, err = s.update(from, command)
		}
	case *flight.CommandStatementUpdate:
		out, err = s.update(from, command)
	default:
		err = sqlsession.Unsupported("this domain is asked, and not changed", "本域只供查询，不可更改")
	}
	if err != nil {
		return err
	}
	meta, err := proto.Marshal(out)
	if err != nil {
		return err
	}
	return from.Send(&flight.PutResult{AppMetadata: meta})
}

// putParameters reads parameters to the end of the stream, and keeps them with their statement.
func (s *session) putParameters(from flight.FlightService_DoPutServer, first *flight.FlightData, handle string) (
	proto.Message, error) {
	out := &flight.DoPutPreparedStatementResult{PreparedStatementHandle: []byte(handle)}
	if _, _, err := s.statement(handle); err != nil {
		return nil, err
	}
	stream, err := collect(from, first, int(s.door.cfg.Limits.Parameters))
	if err != nil {
		return nil, err
	}
	var params []sqlsession.Given
	if stream != nil {
		fork := s.fork()
		all, err := fork.Statements.BindParams(from.Context(), fork.By, stream)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			g := sqlsession.Given{OID: p.OID}
			if p.Text != nil {
				g.Value = []byte(*p.Text)
			}
			params = append(params, g)
		}
	}
	return out, s.bind(handle, params)
}

// collect puts the messages of an Arrow stream together as a file of it, unread; nil where there is none.
func collect(from flight.FlightService_DoPutServer, m *flight.FlightData, most int) ([]byte, error) {
	var out []byte
	for {
		if len(m.GetDataHeader()) > 0 {
			if len(out)+len(m.GetDataHeader())+len(m.GetDataBody())+32 > most {
				return nil, sqlsession.Coded("54000", yumen.Errorf(yumen.KindLimit,
					"the parameters of a statement take %s at most", "语句参数合计不得超过 %s", yumen.Size(most)))
			}
			out = appendMessage(out, m.GetDataHeader(), m.GetDataBody())
		}
		var err error
		if m, err = from.Recv(); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
	}
}

// appendMessage appends a message as a stream has it: a mark, the length of the header, the header and the body, both
// of whole multiples of 8 bytes.
func appendMessage(to, header, body []byte) []byte {
	padded := (len(header) + 7) &^ 7
	to = append(to, 0xff, 0xff, 0xff, 0xff)
	to = binary.LittleEndian.AppendUint32(to, uint32(padded))
	to = append(append(to, header...), make([]byte, padded-len(header))...)
	return append(append(to, body...), make([]byte, (8-len(body)%8)%8)...)
}

// update runs a statement that gives no rows: one that sets something.
func (s *session) update(from flight.FlightService_DoPutServer, command proto.Message) (proto.Message, error) {
	var q *question
	var params []sqlsession.Given
	var err error
	switch c := command.(type) {
	case *flight.CommandStatementUpdate:
		if len(c.GetTransactionId()) > 0 {
			return nil, noTransactions()
		}
		q, err = parse(c.GetQuery())
		err = s.inText(err, c.GetQuery())
	case *flight.CommandPreparedStatementUpdate:
		q, params, err = s.statement(string(c.GetPreparedStatementHandle()))
	}
	if err != nil {
		return nil, err
	}
	if word := q.st.Word(0); word != "SET" && word != "RESET" {
		if sqlsession.IsQuestion(q.st.Statement) || word == "SHOW" || word == "EXPLAIN" {
			return nil, q.about(sqlsession.Unsupported("a statement that gives rows is asked as a query",
				"返回行的语句须作为查询提交"), s.fork())
		}
		return nil, q.about(otherKind(q.st.Statement), s.fork())
	}
	_, err = s.run(from.Context(), q, params)
	return &flight.DoPutUpdateResult{}, err
}
