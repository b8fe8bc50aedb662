package detect

import (
	"strings"
	"unicode/utf8"
)

// Surnames by falling frequency in the censuses, to about the 400th; then those of two characters.
var (
	surnames = newRunes("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎" +
		"段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴鲍华喻祁" +
		"蒲房滕屈饶解牟艾尤阳穆司卓古吉缪简连芦褚娄窦戚岑景宫费卜冷晏席卫米柏瞿桂佟应臧闵苟邬卞姬和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩佘池查麻苑迟邝封谈鞠惠荆乐冀郁胥储栗楚鄢谌奚粟冼蔺楼")
	// rareSurnames are those that begin more words than names; they count where a name is announced.
	rareSurnames = newRunes("文时农车项麦党宗全边师明官匡南班原燕劳皮盘满位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危" +
		"玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由闻蒙")
	compounds = map[string]bool{"欧阳": true, "上官": true, "司马": true, "诸葛": true, "皇甫": true, "令狐": true, "司徒": true,
		"慕容": true, "尉迟": true, "夏侯": true,
		"公孙": true, "东方": true, "长孙": true, "宇文": true, "轩辕": true, "端木": true, "百里": true, "呼延": true, "南宫": true,
		"西门": true, "独孤": true, "申屠": true, "淳于": true, "澹台": true, "闻人": true, "太史": true}
	// given are characters usual in given names.
	given = newRunes("鑫伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文辉建国华志红玲梅兰萍燕鹏飞波斌宇浩凯健俊帆帅旭晨阳光亮东海林峰山川江河雪冰雨云霜露晓春夏秋冬月星辰天宏伦伯仲叔良才德福贵寿康宁安祥瑞庆喜荣昌盛兴旺发达富财金银玉珍珠宝琼瑶琳琪瑾瑜璐莹" +
		"洁淑惠慧贤娴雅婷婉姗妮娅媛嫣嫦娥媚嬿妍姣娇姝佳佩倩怡悦欣欢乐思梦诗涵颖睿智聪哲博学礼义仁信忠诚孝正直刚毅坚定恒立成功业勤奋进升腾跃翔鸿鹤凤龙虎彪豹骏驰骥麟麒轩昂逸超群英豪雄杰俊彦武威震雷霆" +
		"泽润源清澈洪浪涌涛泉溪渊沛沐汉淼洲浩瀚永长久远宽广森柏松竹梅菊荷莲芝兰蕙芬芸苗若茜莉莎菲蓉蓓薇萌葵蕾翠碧青蓝紫红丹彤彩虹艺书画琴棋韵音歌舞乐昊昕旻昱晖晗晟景晴暄曦曜煜炜炎焱熠灿烁烨焕" +
		"子梓紫一二三小大少丹丽丰之乃义亚亦享京仪仙佑作来依俏保信俪倚元先克兆冉冠则剑力助劲勋化北卓南卫印卿可叶君启吟呈周和咏品唯善嘉因园圆坤城培堂境增夕多奇奕奕妙妤姿威娣孟宗宜宣家容宸寒寰尔尚岚岩岭岳峻崇川巧帅常平幸幼庭弘彬影心必忆志忠念" +
		"怀恩恬恺情惜意愉慕懿成戈抒拓振捷政敬斐新方施日时昆昭显晋普景曼望木本权栋桐梁梵棠楚楠榕槐樱欧正步殿毓民水汐沁沅法泓泰洛津浚浦涓淇淳清渝温湘溢漫潇潮澄瀛灵炫炳烈然照燕爱爽牧特珂珊珏理琛琦琰瑛瑞璇璟甜生甫田申男畅白百皓盈相真睦石砚硕祖祺禄福禹秋程穆" +
		"立竞章童笑筠筱简米粤素绍经绮维绪缘美群翊翎翰翼耀耘联胜舒航良艳芃花芷苏苒苑茂茗茵荃荔莘莺菁萱落蒙蓬薪虹蝶衍裕西言誉语诺谦谨豫贝贞赞赫超越路轶辉辰达运迎近连迪适逊通逢道遥邦郁采野金钊钧钰铃铎铭锋锐锦镇镜门闯问阅陆隽雁雄霏露靖静韬韶顺颂颜风飒飞首香馨驹驰骁骄高魁鲁鸣鹃鹏麦黎默齐")
	// after are characters that more often begin the next word than end a name.
	after = newRunes("先女男的因于在与和及是为主就已系向对从到按将被把让给由其该此某等之住年岁电手身性生出入家现来称说")
)

// words are common words that look like names.
var words = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("和平 安全 平安 安静 安心 安康 高兴 高峰 高原 高超 高明 高达 高中 高山 高新 高速 高层 高度 高级 高校 高压 黄金 黄山 黄河 黄海 白天 白云 白雪 白银 时间 时光 时代 时常 方向 方法 方便 方正 方程 方圆 周期 周年 周日 周一 周二 周三 周四 周五 周六 周末 周平均 金融 金属 金额 金华 金山 金华市 金牛 " +
		"石家庄 石油 石化 石英 马上 马达 马路 马力 马云山 江山 江南 江北 江西 江苏 江东 江海 江源 海南 海洋 海口 海淀 海关 海运 海外 海景 海城 南山 南京 南昌 南方 南海 南北 南安 南平 南宁 东方 东海 文化 文明 文学 文山 文山州 文献 文艺 文昌 文艺 成功 成都 成立 成长 成本 成年 成品 成果 成就 成员 明天 明确 明显 明星 强力 强大 强化 强度 荣誉 华东 华南 华北 华中 华夏 华山 " +
		"华安 华美 国家 国庆 国民 国际 国际化 国美 国立 国道 国安 平原 平台 平均 平安银行 平凡 平衡 平方 平江 平阳 平凉 云南 云海 云山 云平台 云计算 元旦 元素 元月 元宝 元件 温州 温泉 温度 温暖 康复 康乐 康宁 乐山 乐园 乐清 计算 计划 计时 计生 宁波 宁夏 宁海 安徽 安庆 安阳 安康市 安顺 安装 兰州 兰溪 武汉 武功 武义 温岭 温江 常州 常德 常山 常温 常用 常规 连云港 连江 连城 连续 党员 党建 党章 党史 " +
		"商业 商城 商洛 商丘 商品 商标 公开 公元 公共 公正 公平 公园 公安 公里 管理 管道 解放 解决 应用 应急 应届 路由 路程 路面 符合 单元 单位 单价 单身 向上 向阳 向前 花园 花生 花费 水平 盛世 盛夏 盛大 全国 全部 全年 全面 全长 全国性 权益 权利 权力 项目 包装 包头 包括 时速 平时 农业 农民 农村 农林 农历 农药 农产品 司法 司机 车辆 车间 车站 车床 房山 房产 房地产 房屋 房间 师范 师大 师生 " +
		"余额 余姚 余杭 程序 程度 关系 关于 关联 关键 相关 相对 相应 易燃 易爆 毛利 毛重 毛利率 牛奶 牛肉 牛仔 米粉 麦田 麦克风 谷物 谷雨 雷达 雷雨 龙头 龙岩 龙江 龙泉 段落 史料 史学 白城 白山 白山市 林业 林地 林场 林芝 叶子 叶片 沙发 沙漠 沙坪坝 石材 丁香 丁字 卓越 卓资 左右 左边 温馨 万元 万一 万宁 万达 丰富 丰收 丰台 丰田 丰城 利润 利率 利益 信息 信用 信贷 信阳 信号 信念 " +
		"富阳 富裕 富强 门诊 门票 门户 门市 阳光 阳台 阳江 阳泉 阳性 都市 都江堰 普通 普及 普查 普洱 来源 来宾 来安 初中 初级 初步 初一 原因 原则 原料 原价 原件 原子 满意 满足 满洲 位置 位于 支出 支付 支行 支持 支队 印刷 印花 印度 居民 居住 居家 利川 利息 哈尔滨 玉米 玉林 玉溪 玉器 银行 银川 银联 银杏 海珠 海盐 明细 明月 项城 晋江 晋城 晋中 晋升 惠州 惠民 惠安 惠东 " +
		"桂林 桂花 景德镇 景区 景观 景点 燕山 燕郊 南阳 蒙古 蒙牛 阿里 阿坝 乌海 古代 古典 古城 游客 游泳 游戏 游乐 简单 简介 简阳 池塘 池州 巴黎 巴中 屈光 寿光 荣成 荣昌 盛泽 广东 曲线 曲靖 曲阜 钟点 钟表 钟楼 汤圆 田园 田地 田径 金星 金红石 水文 石林 高雄 高邮 高碑店 马鞍山 成人 成套 成分 成交 成绩 单晶 明珠 荣获 应力 盖州 平顶山 国宝 国语 国土 国税 国有 国产 国电 国药 国泰 国信 国发 海信 海尔 海天 海马 海鲜 海参 " +
		"东莞 强制 强生 高危 高血 高尿 高脂 高温 高龄 高血压 高血脂 高血糖 肖像 安定 方剂 白酒 白酒类 白菜 白糖 白细胞 红细胞 黄芪 黄连 黄瓜 黄豆 甘草 甘肃 甘南 牛黄 金银花 柴胡 柏林 陆军 海军 陆地 陆续 汪洋 严重 严格 毕业 毕节 施工 施行 施肥 时尚 尚未 尚可 和田 和谐 和美 邢台 焦作 焦点 焦煤 舒适 舒城 祝福 祝贺 童年 童装 梅州 梅花 季度 季节 季军 纪律 纪念 纪要 童话 经理 解除 温差 任务 任何 任命 任职 夏天 夏季 夏至 秦岭 秦皇岛 何时 何处 何种") {
		m[w] = true
	}
	return m
}()

// names looks at a cell that is a name as a whole, and in longer ones for names that are announced.
func (d *Detector) names(f features) {
	text := strings.TrimSpace(d.cell.text)
	if f.han <= 4 && f.letters+f.digits == 0 || strings.Contains(text, "·") && f.letters+f.digits == 0 && f.han <= 12 {
		if d.wholeName(text) {
			return
		}
	}
	if f.han >= 4 || d.hint.has(name) {
		d.announcedNames()
	}
}

// wholeName scores a cell of a few Chinese characters, spaces between them aside.
func (d *Detector) wholeName(text string) bool {
	start := strings.Index(d.cell.text, text)
	plain := strings.ReplaceAll(text, " ", "")
	n := 0
	for _, r := range plain {
		if !isHan(r) && r != '·' {
			return false
		}
		n++
	}
	score := nameScore(plain, n)
	switch {
	case d.hint.has(name) && (score > 0 || rareSurname(plain) && n <= 3) && !words[plain]:
		score = Types[name].Known
	case d.hint.has(name) && n >= 2 && n <= 4 && !words[plain]:
		score = 0.6
	}
	d.addScored(name, start, start+len(text), score)
	return true
}

// nameScore says how much n characters look like a name: 0 for not at all.
func nameScore(s string, n int) float64 {
	if first, last, ok := strings.Cut(s, "·"); ok { // as of peoples whose names are written by their sound
		if utf8.RuneCountInString(first) >= 2 && utf8.RuneCountInString(last) >= 2 {
			return Types[name].Alone
		}
		return 0
	}
	rest := afterSurname(s)
	if n < 2 || n > 4 || rest == 0 || words[s] {
		return 0
	}
	chars, usual := 0, 0
	for _, r := range s[rest:] {
		chars++
		if given.has(r) {
			usual++
		}
	}
	switch {
	case chars == 0 || chars > 2:
		return 0
	case usual == chars:
		return Types[name].Alone
	case usual == 1 && chars == 2:
		return 0.5
	}
	return 0.3
}

// afterSurname returns where the given name begins, or 0 if s does not begin with a surname.
func afterSurname(s string) int {
	if len(s) > 6 && compounds[s[:6]] {
		return 6
	}
	if r, width := utf8.DecodeRuneInString(s); surnames.has(r) {
		return width
	}
	return 0
}

// announcers are the last characters of what may stand before an announced name.
var announcers = func() *runes {
	last := "为是叫"
	for _, w := range Types[name].Words {
		if r, _ := utf8.DecodeLastRuneInString(w); isHan(r) {
			last += string(r)
		}
	}
	return newRunes(last)
}()

func rareSurname(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return rareSurnames.has(r)
}

// titles follow a name.
var titles = []string{"先生", "女士", "同志", "小姐", "老师", "医生", "主任"}

// announcedNames looks for a surname after a word that announces a name, a title after a name, and a name of three
// characters or more that stands between signs.
func (d *Detector) announcedNames() {
	text := d.cell.text
	last := rune(0)
	for i, r := range text {
		before := last
		last = r
		if !surnames.has(r) && !rareSurnames.has(r) && afterSurname(text[i:]) == 0 {
			continue
		}
		announced := (!isHan(before) || announcers.has(before)) && d.namedBefore(i)
		switch end := nameEnd(text, i); {
		case end == 0:
		case announced:
			d.addScored(name, i, end, Types[name].Known)
		case hasTitle(text[end:]) && likelyName(text[i:end]):
			d.addScored(name, i, end, 0.7)
		case !isHan(before) && endsAt(text, end) && end-i >= 9 && likelyName(text[i:end]):
			d.addScored(name, i, end, 0.55)
		}
	}
}

// namedBefore reports whether a word that announces a name ends at a place, a sign or a verb between them aside.
func (d *Detector) namedBefore(at int) bool {
	before := strings.TrimRight(d.cell.text[max(0, at-24):at], ":： ")
	for _, w := range []string{"为", "是", "叫"} {
		before = strings.TrimSuffix(before, w)
	}
	return endsWith(before, Types[name].Words)
}

func likelyName(s string) bool {
	return nameScore(s, utf8.RuneCountInString(s)) >= Types[name].Alone
}

// endsAt reports whether no Chinese character follows.
func endsAt(text string, at int) bool {
	r, _ := utf8.DecodeRuneInString(text[at:])
	return !isHan(r)
}

func hasTitle(s string) bool { return prefixOf(s, titles) > 0 }

// nameEnd returns the end of the name that begins with the surname at a place, or 0. The given name has one character
// or two: the second counts if it is usual in names or stands before a sign, and does not begin another word.
func nameEnd(text string, start int) int {
	at := start + afterSurname(text[start:])
	if at == start && rareSurname(text[start:]) {
		at += 3
	}
	r, width := utf8.DecodeRuneInString(text[at:])
	if at == start || !isHan(r) || after.has(r) && !given.has(r) {
		return 0
	}
	end := at + width
	r, width = utf8.DecodeRuneInString(text[end:])
	if !isHan(r) || after.has(r) || hasTitle(text[end:]) {
		return end
	}
	next, _ := utf8.DecodeRuneInString(text[end+width:])
	if given.has(r) || !isHan(next) {
		return end + width
	}
	return end
}
