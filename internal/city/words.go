package city

// weighted is a value and how often it occurs, in any unit.
type weighted struct {
	value  string
	weight float64
}

// district has its share of the people and of the enterprises. Its region code is that of a prefecture that does not
// exist.
type district struct {
	name, code    string
	area          string // the part of the city it belongs to
	people, firms float64
}

var districts = []district{
	{"云津区", "339901", "主城区", 22, 26}, {"望潮区", "339902", "主城区", 18, 20}, {"石渡区", "339903", "主城区", 14, 12},
	{"槐安区", "339904", "主城区", 12, 10},
	{"青屏区", "339905", "近郊", 10, 12}, {"鹭洲区", "339906", "近郊", 8, 8}, {"双槐区", "339907", "近郊", 6.5, 5},
	{"落霞区", "339908", "远郊", 5, 4},
	{"铁佛区", "339909", "远郊", 3, 2}, {"远山县", "339910", "远郊", 1.5, 1},
}

// elsewhere are region codes of people who moved in; no prefecture has the code 99.
var elsewhere = []weighted{
	{"349901", 20}, {"369901", 14}, {"419901", 16}, {"429901", 10}, {"439901", 8}, {"519901", 10}, {"529901", 8},
	{"339911", 9}, {"619901", 3}, {"459901", 2},
}

var hukous = []weighted{{"本地城镇", 58}, {"本地农村", 24}, {"外地", 18}}

var educations = []string{"小学及以下", "初中", "高中", "大专", "本科", "研究生"}

// surnames with their approximate share of the people, in per cent.
var surnames = []weighted{
	{"王", 7.2}, {"李", 7.1}, {"张", 6.7}, {"刘", 5.2}, {"陈", 4.7}, {"杨", 3.2}, {"赵", 2.2}, {"黄", 2.5}, {"周", 2.2},
	{"吴", 2.1},
	{"徐", 1.7}, {"孙", 1.6}, {"胡", 1.4}, {"朱", 1.4}, {"高", 1.3}, {"林", 1.3}, {"何", 1.2}, {"郭", 1.2}, {"马", 1.2},
	{"罗", 1.1},
	{"梁", 1.0}, {"宋", 0.9}, {"郑", 0.9}, {"谢", 0.8}, {"韩", 0.8}, {"唐", 0.7}, {"冯", 0.7}, {"于", 0.7}, {"董", 0.6},
	{"萧", 0.6},
	{"程", 0.5}, {"曹", 0.5}, {"袁", 0.5}, {"邓", 0.5}, {"许", 0.5}, {"傅", 0.5}, {"沈", 0.5}, {"曾", 0.5}, {"彭", 0.5},
	{"吕", 0.5},
	{"苏", 0.5}, {"卢", 0.5}, {"蒋", 0.5}, {"蔡", 0.5}, {"贾", 0.4}, {"丁", 0.4}, {"魏", 0.4}, {"薛", 0.4}, {"叶", 0.4},
	{"阎", 0.4},
	{"余", 0.4}, {"潘", 0.4}, {"杜", 0.4}, {"戴", 0.3}, {"夏", 0.3}, {"钟", 0.3}, {"汪", 0.3}, {"田", 0.3}, {"任", 0.3},
	{"姜", 0.3},
	{"欧阳", 0.1}, {"司马", 0.02}, {"上官", 0.02}, {"诸葛", 0.01},
}

// Given names are made of one or two of these; the first are the more frequent.
var (
	givenMen   = []rune("伟强军磊杰勇涛斌超鹏辉刚平波宇浩明俊凯建国华志文海峰林东新飞龙庆永成宏德清荣亮光泽轩辰睿博然子天佑")
	givenWomen = []rune("芳娜敏静丽艳娟霞秀英玲燕红梅婷雪琳慧颖莉萍玉兰珍桂香云洁倩晶欣怡佳悦涵梦雨彤诗琪雅妍思萱子月")
)

// industry has its share of the enterprises, yearly revenue for each employee in 10,000 yuan, and the median monthly
// wage.
type industry struct {
	name          string
	firms         float64
	revenue, wage float64
}

var industries = []industry{
	{"制造业", 18, 110, 7200}, {"批发和零售业", 26, 160, 5600}, {"建筑业", 9, 70, 6400}, {"住宿和餐饮业", 8, 25, 4600},
	{"交通运输业", 5, 60, 6900}, {"信息传输和软件业", 6, 65, 12800}, {"金融业", 1.5, 180, 14500}, {"房地产业", 3.5, 140, 7100},
	{"租赁和商务服务业", 9, 50, 7000}, {"教育", 2, 20, 8300}, {"卫生和社会工作", 1.5, 30, 8800}, {"居民服务业", 6, 20, 4700},
	{"农林牧渔业", 4, 40, 4400}, {"采矿业", 0.5, 130, 8000},
}

// giants are the cells in which one enterprise makes up nearly everything.
var giants = []struct{ industry, district string }{
	{"采矿业", "铁佛区"}, {"信息传输和软件业", "青屏区"}, {"制造业", "双槐区"}, {"金融业", "云津区"},
}

var firmWords = []rune("宏达鑫盛源泰恒丰瑞通华信诚安康联创新远大正兴隆金海天成汇利博智云启明德顺")

var firmForms = []weighted{{"有限公司", 80}, {"商行", 8}, {"股份有限公司", 4}, {"合作社", 3}, {"有限责任公司", 5}}

// hospital has its share of the visits, and the district whose people go there first.
type hospital struct {
	name, near string
	weight     float64
}

var hospitals = []hospital{
	{"市第一人民医院", "云津区", 30}, {"市中心医院", "望潮区", 24}, {"市中医院", "石渡区", 14}, {"市妇幼保健院", "槐安区", 8},
	{"青屏医院", "青屏区", 8}, {"鹭洲医院", "鹭洲区", 6}, {"双槐人民医院", "双槐区", 5}, {"远山县人民医院", "远山县", 3},
}

// disease is a diagnosis (ICD-10) with the department that sees it. Weights are for children, adults and the old.
type disease struct {
	code, name, department string
	weight                 [3]float64 // of acute cases, or for a lasting disease the share of people who have it
	sex                    byte       // 'm' or 'f' where only they have it
	admitted               float64    // how often a visit is a stay
	winter                 bool
}

var acute = []disease{
	{"J06.9", "急性上呼吸道感染", "呼吸内科", [3]float64{30, 14, 8}, 0, 0.005, true},
	{"J10.1", "流行性感冒", "呼吸内科", [3]float64{14, 6, 5}, 0, 0.02, true},
	{"J18.9", "肺炎", "呼吸内科", [3]float64{5, 1.5, 6}, 0, 0.45, true},
	{"J20.9", "急性支气管炎", "儿科", [3]float64{12, 0, 0}, 0, 0.04, true},
	{"J20.9", "急性支气管炎", "呼吸内科", [3]float64{0, 5, 6}, 0, 0.04, true},
	{"A08.4", "病毒性肠炎", "儿科", [3]float64{9, 0, 0}, 0, 0.05, false},
	{"K29.7", "胃炎", "消化内科", [3]float64{1, 10, 8}, 0, 0.01, false},
	{"K35.8", "急性阑尾炎", "普通外科", [3]float64{0.6, 0.8, 0.3}, 0, 0.9, false},
	{"K80.2", "胆囊结石", "普通外科", [3]float64{0, 1.2, 2}, 0, 0.4, false},
	{"K02.9", "龋病", "口腔科", [3]float64{8, 7, 4}, 0, 0, false},
	{"H52.1", "近视", "眼科", [3]float64{9, 3, 0.2}, 0, 0, false},
	{"H25.9", "老年性白内障", "眼科", [3]float64{0, 0.3, 6}, 0, 0.3, false},
	{"L20.9", "特应性皮炎", "皮肤科", [3]float64{6, 4, 2}, 0, 0, false},
	{"M54.5", "腰痛", "骨科", [3]float64{0.2, 8, 8}, 0, 0.02, false},
	{"S52.5", "桡骨下端骨折", "骨科", [3]float64{1.5, 0.8, 1.6}, 0, 0.3, false},
	{"S72.0", "股骨颈骨折", "骨科", [3]float64{0, 0.1, 1.4}, 0, 0.95, false},
	{"I63.9", "脑梗死", "神经内科", [3]float64{0, 0.4, 4}, 0, 0.8, true},
	{"G43.9", "偏头痛", "神经内科", [3]float64{0.5, 3, 1}, 0, 0.01, false},
	{"O80", "单胎顺产", "妇产科", [3]float64{0, 1.2, 0}, 'f', 1, false},
	{"N76.0", "急性阴道炎", "妇产科", [3]float64{0, 5, 1}, 'f', 0, false},
	{"Z00.0", "一般医学检查", "全科医学科", [3]float64{4, 8, 5}, 0, 0, false},
	{"T14.9", "损伤", "急诊科", [3]float64{4, 4, 3}, 0, 0.05, false},
}

var lasting = []disease{
	{"I10", "原发性高血压", "心血管内科", [3]float64{0, 0.11, 0.48}, 0, 0.01, true},
	{"I25.1", "冠状动脉粥样硬化性心脏病", "心血管内科", [3]float64{0, 0.012, 0.13}, 0, 0.12, true},
	{"E11.9", "2型糖尿病", "内分泌科", [3]float64{0, 0.05, 0.2}, 0, 0.03, false},
	{"J44.9", "慢性阻塞性肺病", "呼吸内科", [3]float64{0, 0.008, 0.08}, 0, 0.12, true},
	{"N18.9", "慢性肾脏病", "肾内科", [3]float64{0.0005, 0.01, 0.03}, 0, 0.06, false},
	{"F32.9", "抑郁发作", "精神科", [3]float64{0.006, 0.025, 0.02}, 0, 0.02, false},
	{"M06.9", "类风湿关节炎", "风湿免疫科", [3]float64{0.0004, 0.004, 0.008}, 0, 0.05, false},
	{"G40.9", "癫痫", "神经内科", [3]float64{0.006, 0.006, 0.007}, 0, 0.05, false},
	{"C34.9", "肺癌", "肿瘤科", [3]float64{0, 0.0006, 0.005}, 0, 0.35, false},
	{"C50.9", "乳腺癌", "肿瘤科", [3]float64{0, 0.002, 0.005}, 'f', 0.3, false},
	{"A15.0", "肺结核", "感染科", [3]float64{0.0002, 0.0007, 0.0014}, 0, 0.1, false},
	{"B20.9", "人类免疫缺陷病毒病", "感染科", [3]float64{0, 0.0008, 0.0004}, 0, 0.04, false},
	{"M32.9", "系统性红斑狼疮", "风湿免疫科", [3]float64{0.0001, 0.0007, 0.0004}, 0, 0.1, false},
	{"D66", "遗传性凝血因子Ⅷ缺乏症", "血液科", [3]float64{0.0002, 0.0001, 0.0001}, 'm', 0.1, false},
	{"E75.2", "戈谢病", "血液科", [3]float64{0.0001, 0.0001, 0.00005}, 0, 0.1, false},
}
