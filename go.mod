module github.com/yumen-data/yumen

go 1.26
