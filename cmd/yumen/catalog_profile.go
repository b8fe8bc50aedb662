package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

func (a *app) catalogProfile() *cobra.Command {
	var files tableFlags
	name, yaml := "", false
	c := &cobra.Command{Use: "profile FILE|DATASET", Args: cli.Args("FILE|DATASET"),
		Short: a.Say("propose role, grade and mask for each column, from data read inside an enclave",
			"在飞地内读取数据，为每列建议角色、级别与脱敏方式"),
		RunE: func(c *cobra.Command, got []string) error {
			_, isFile := yumen.FormatOf(got[0])
			if isFile || files.format != "" || strings.ContainsRune(got[0], filepath.Separator) {
				if err := files.files(got[0]); err != nil {
					return err
				}
			} else if files.Dataset == "" {
				files.Dataset = got[0]
			}
			return a.acting(c, func(domain api.Domain, by api.Principal) error {
				progress := a.Progress("reading rows:", "读取行数：")
				ps, err := domain.ProfileTable(c.Context(), by, files.TableFiles, progress)
				a.EndProgress(progress)
				if err != nil {
					return err
				}
				if yaml {
					fmt.Fprint(a.Out, starterDataset(datasetName(name, got[0]), by.Person, ps))
					return nil
				}
				return a.Show(nil, orEmpty(ps), func() { a.printProposals(ps) })
			})
		}}
	fl := c.Flags()
	files.add(a, fl)
	fl.BoolVar(&yaml, "yaml", false, a.Say("print the beginning of a dataset description instead", "输出数据集描述初稿"))
	fl.StringVar(&name, "name", "", a.Say("name of the dataset in it; defaults to the file's", "初稿中的数据集名称，默认取文件名"))
	return c
}

func (a *app) printProposals(ps []api.ColumnProposal) {
	var rows [][]string
	for _, p := range ps {
		inside := string(p.Type)
		for _, t := range p.Inside {
			inside = strings.TrimSpace(inside + " " + string(t))
		}
		rows = append(rows, []string{p.Column, string(p.Stored), string(p.Role), strconv.Itoa(p.Grade), p.Preset,
			inside, strconv.FormatInt(p.Nulls, 10),
			strconv.FormatInt(p.Distinct, 10), p.Why.In(a.Language())})
	}
	cli.Table(a.Out, a.Header("COLUMN 列", "TYPE 类型", "ROLE 角色", "GRADE 级别", "MASK 掩码", "HOLDS 含有", "NULLS 空值",
		"DISTINCT 不同值", "WHY 依据"), rows)
}
