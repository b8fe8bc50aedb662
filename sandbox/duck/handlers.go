package duck

import (
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// Handlers returns the handlers of the roles that this engine carries out.
func Handlers() map[task.Role]sandbox.Handler {
	return map[task.Role]sandbox.Handler{
		task.Parse:   parse,
		task.Import:  importFiles,
		task.Query:   query,
		task.Check:   check,
		task.Private: private,
		task.Post:    post,
		task.Catalog: catalogOnce,
	}
}

// Openers returns what prepares statements of sessions: a database with the session's views for each statement.
func Openers() map[task.Role]sandbox.Opener {
	return map[task.Role]sandbox.Opener{task.Query: (&statements{}).prepare, task.Catalog: (&catalogEngine{}).prepare,
		task.Released: (&releasedEngine{}).prepare}
}
