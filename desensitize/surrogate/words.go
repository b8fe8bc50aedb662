package surrogate

import "strings"

// surnames with their share of the population in percent, after the public rankings of the Ministry of Public Security;
// the hundred that follow share what is left.
var surnames = func() []weighted {
	out := []weighted{{"王", 7.2}, {"李", 7.2}, {"张", 6.8}, {"刘", 5.4}, {"陈", 4.5}, {"杨", 3.1}, {"黄", 2.2}, {"赵", 2.3},
		{"吴", 2.0}, {"周", 2.1},
		{"徐", 1.7}, {"孙", 1.5}, {"马", 1.3}, {"朱", 1.3}, {"胡", 1.3}, {"郭", 1.2}, {"何", 1.2}, {"林", 1.1}, {"罗", 1.1},
		{"高", 1.1}}
	for _, s := range strings.Fields(`郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 肖 田 董 袁 潘 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈 姚 卢 姜 崔
		钟 谭 陆 汪 范 金 石 廖 贾 夏 韦 付 方 白 邹 孟 熊 秦 邱 江 尹 薛 闫 段 雷 侯 龙 史 陶 黎 贺 顾 毛 郝 龚 邵 万 钱 严 覃 武 戴 莫
		孔 向 汤 欧阳 上官 司马 诸葛 东方 皇甫 尉迟 慕容 令狐 夏侯`) {
		out = append(out, weighted{s, 0.4})
	}
	return out
}()

type weighted struct {
	text   string
	weight float64
}

var surnameTotal = func() (sum float64) {
	for _, s := range surnames {
		sum += s.weight
	}
	return sum
}()

var givenCharacters = strings.Split("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文斌宇浩然子轩梓涵欣怡雨诗琪思远佳俊峰鹏飞晨阳慧颖婷雪梅琳玲健鑫波辉龙凯悦嘉瑞泽宁安康乐天成志新春生海燕云帆若溪书瑶可心一诺", "")

var mobilePrefixes = strings.Fields("130 131 132 133 135 136 137 138 139 150 151 152 153 155 156 157 158 159 166 173 175 176 177 178 180 181 182 183 185 186 187 188 189 191 198 199")

// bankPrefixes are issuer numbers of debit cards with 19 digits.
var bankPrefixes = strings.Fields("622202 622848 621700 621661 622588 622262 621799 622150")

// mailDomains are set aside for examples (RFC 2606).
var mailDomains = strings.Fields("example.com example.cn example.org example.net")

var roads = strings.Fields("人民路 中山路 解放路 建设路 和平路 新华路 文化路 友谊路 胜利路 长江路 黄河路 北京路 南京路 上海路 广州路 朝阳路 光明路 幸福路 团结路 科技路 学府路 滨江路 迎宾大道 世纪大道 创业路 育才路 民主路 复兴路 青年路 和谐路")

// place is a county or district of GB/T 2260 with its telephone area and the head of its plates.
type place struct{ code, name, area, plate string }

var places = func() []place {
	var out []place
	for line := range strings.Lines(`110101 北京市东城区 010 京A
110102 北京市西城区 010 京A
110105 北京市朝阳区 010 京N
110108 北京市海淀区 010 京N
120101 天津市和平区 022 津A
130102 河北省石家庄市长安区 0311 冀A
140105 山西省太原市小店区 0351 晋A
150102 内蒙古自治区呼和浩特市新城区 0471 蒙A
210102 辽宁省沈阳市和平区 024 辽A
220102 吉林省长春市南关区 0431 吉A
230102 黑龙江省哈尔滨市道里区 0451 黑A
310101 上海市黄浦区 021 沪A
310104 上海市徐汇区 021 沪A
310115 上海市浦东新区 021 沪B
320102 江苏省南京市玄武区 025 苏A
320505 江苏省苏州市虎丘区 0512 苏E
330102 浙江省杭州市上城区 0571 浙A
330106 浙江省杭州市西湖区 0571 浙A
340104 安徽省合肥市蜀山区 0551 皖A
350102 福建省福州市鼓楼区 0591 闽A
350203 福建省厦门市思明区 0592 闽D
360102 江西省南昌市东湖区 0791 赣A
370102 山东省济南市历下区 0531 鲁A
370202 山东省青岛市市南区 0532 鲁B
410102 河南省郑州市中原区 0371 豫A
420106 湖北省武汉市武昌区 027 鄂A
430104 湖南省长沙市岳麓区 0731 湘A
440106 广东省广州市天河区 020 粤A
440304 广东省深圳市福田区 0755 粤B
440305 广东省深圳市南山区 0755 粤B
450102 广西壮族自治区南宁市兴宁区 0771 桂A
460105 海南省海口市秀英区 0898 琼A
500103 重庆市渝中区 023 渝A
500112 重庆市渝北区 023 渝B
510104 四川省成都市锦江区 028 川A
510107 四川省成都市武侯区 028 川A
520102 贵州省贵阳市南明区 0851 贵A
530102 云南省昆明市五华区 0871 云A
540102 西藏自治区拉萨市城关区 0891 藏A
610113 陕西省西安市雁塔区 029 陕A
620102 甘肃省兰州市城关区 0931 甘A
630102 青海省西宁市城东区 0971 青A
640104 宁夏回族自治区银川市兴庆区 0951 宁A
650102 新疆维吾尔自治区乌鲁木齐市天山区 0991 新A
`) {
		f := strings.Fields(line)
		out = append(out, place{f[0], f[1], f[2], f[3]})
	}
	return out
}()
