package rest

import (
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// page says which part of a list is asked for.
type page struct {
	After string `query:"after" doc:"next of the page before" maxLength:"512"`
	Limit int    `query:"limit" minimum:"0" maximum:"1000" doc:"0 for 1000, of reviews for all"`
}

// maxPage is how many items a page has at most.
const maxPage = 1000

// pageOf cuts a page out of a list whose items have names of their own.
func pageOf[T any](all []T, err error, in *page, name func(T) string) (wire.Page[T], error) {
	if err != nil {
		return wire.Page[T]{}, err
	}
	out := wire.Page[T]{Items: []T{}, Total: len(all)}
	first := 0
	if in.After != "" {
		for first < len(all) && name(all[first]) != in.After {
			first++
		}
		if first++; first > len(all) {
			return out, yumen.Errorf(yumen.KindInvalid, "no page ends there", "没有在此处结束的页").At("after").
				ToFix("begin with the first page", "请从第一页开始")
		}
	}
	end := min(len(all), first+min(maxPage, max(in.Limit, 0)))
	if in.Limit <= 0 {
		end = min(len(all), first+maxPage)
	}
	if out.Items = append(out.Items, all[first:end]...); end < len(all) {
		out.Next = name(all[end-1])
	}
	return out, nil
}

func keyName(k api.Key) string { return fmt.Sprintf("%s/%d", k.ID, k.Version) }
