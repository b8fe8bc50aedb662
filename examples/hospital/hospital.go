// Package hospital makes up the extract of a hospital that the walk-through of desensitization uses: stays of people
// who do not exist, with identifiers that are valid by their check digits. It is for showing and testing, and says
// nothing about any hospital.
package hospital

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/yumen-data/yumen/desensitize/surrogate"
)

// Header is the header line of the extract.
const Header = "patient_id,name,id_card,mobile,sex,age,region,admitted,discharged,diagnosis,cost,note\n"

var (
	regions = []string{"310101", "310104", "310105", "310106", "310107", "310109", "310110", "310112", "310113",
		"310115"}
	diagnoses = []string{"I10 高血压", "E11.9 2型糖尿病", "J18.9 肺炎", "K80.2 胆囊结石", "S72.0 股骨颈骨折", "I63.9 脑梗死"}
)

// Extract returns a CSV file of stays. Equal numbers give equal bytes.
func Extract(rows int) string {
	r := rand.New(rand.NewPCG(20260101, 5))
	var b strings.Builder
	b.WriteString(Header)
	for i := range rows {
		stay(&b, r, i)
	}
	return b.String()
}

func stay(b *strings.Builder, r *rand.Rand, i int) {
	made := func(kind string) string { v, _ := surrogate.Make(nil, kind, r); return string(v) }
	name, id, mobile := made("name"), made("resident_id"), made("mobile")
	sex := "女"
	if (id[16]-'0')%2 == 1 {
		sex = "男"
	}
	age := 18 + min(int(r.ExpFloat64()*9), 8) + r.IntN(60)
	admitted := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(365))
	days := 1 + int(r.ExpFloat64()*6)
	cost := 800 + float64(days)*(600+r.ExpFloat64()*900)
	note := ""
	if r.IntN(3) == 0 {
		note = fmt.Sprintf("患者%s，联系电话%s，建议两周后复查。", name, mobile)
	}
	fmt.Fprintf(b, "H%06d,%s,%s,%s,%s,%d,%s,%s,%s,%s,%.2f,%s\n", 100000+i*7, name, id, mobile, sex, age,
		regions[r.IntN(len(regions))],
		admitted.Format(time.DateOnly), admitted.AddDate(0, 0, days).Format(time.DateOnly),
		diagnoses[r.IntN(len(diagnoses))], cost, note)
}
