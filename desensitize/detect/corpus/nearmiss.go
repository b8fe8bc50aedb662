package corpus

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// nearMiss makes a cell without an identifier.
func (g *generator) nearMiss() Cell {
	text := pick(g, nearMisses)(g)
	return Cell{Column: pick(g, plainColumns), Text: text, Variant: NearMiss}
}

// other returns a character of an alphabet that differs from c.
func (g *generator) other(alphabet string, c byte) string {
	for {
		if s := g.from(alphabet, 1); s[0] != c {
			return s
		}
	}
}

// broken changes the last character of an identifier, so that its check digit is wrong.
func (g *generator) broken(id string, alphabet string) string {
	return id[:len(id)-1] + g.other(alphabet, id[len(id)-1])
}

const decimal = "0123456789"

var nearMisses = []func(g *generator) string{
	// numbers with a wrong check digit, or an impossible part
	func(g *generator) string { return g.broken(residentID(g), decimal) },
	func(g *generator) string { return "99" + residentID(g)[2:] },
	func(g *generator) string {
		s := residentID(g)
		return s[:10] + "13" + s[12:]
	},
	func(g *generator) string { return g.broken(creditCode(g), "ABCDEFGH0123456789") },
	func(g *generator) string { return g.broken(orgCode(g), decimal) },
	func(g *generator) string { return g.broken(bankCard(g), decimal) },
	func(g *generator) string { return g.broken(imei(g), decimal) },
	func(g *generator) string {
		s := vin(g)
		return s[:8] + g.other("0123456789X", s[8]) + s[9:]
	},
	// other numbers
	func(g *generator) string { return "订单号" + mobile(g) },
	func(g *generator) string { return "流水号：" + g.digits(16) },
	func(g *generator) string { return pick(g, []string{"10", "11", "12", "20", "70"}) + g.digits(9) },
	func(g *generator) string { return g.digits(1 + g.IntN(6)) },
	func(g *generator) string { return fmt.Sprintf("%d.%02d", g.IntN(1_000_000), g.IntN(100)) },
	func(g *generator) string { return fmt.Sprintf("¥%d,%03d.00", 1+g.IntN(900), g.IntN(1000)) },
	func(g *generator) string {
		return fmt.Sprintf("2026-%02d-%02d %02d:%02d:%02d.%06d", 1+g.IntN(12), 1+g.IntN(28), g.IntN(24), g.IntN(60),
			g.IntN(60), g.IntN(1_000_000))
	},
	func(g *generator) string { return fmt.Sprintf("17%08d%03d", g.IntN(100_000_000), g.IntN(1000)) },
	func(g *generator) string { return "0." + g.digits(16) },
	func(g *generator) string { return pick(g, []string{"A", "B", "SN", "XY", "P-"}) + g.digits(8) },
	func(g *generator) string { return "货号" + g.from(upper, 1) + g.digits(8) },
	func(g *generator) string { return "批次" + passport(g) },
	func(g *generator) string { return "SKU " + permit(g) },
	func(g *generator) string { return g.digits(2) + "°" },
	func(g *generator) string { return fmt.Sprintf("%d-%d", 2000+g.IntN(20), 2021+g.IntN(5)) },
	func(g *generator) string { return "0123-" + g.digits(7) },
	func(g *generator) string { return "第" + g.digits(4) + "-" + g.digits(5) + "号" },
	// dates of something else
	func(g *generator) string {
		return fmt.Sprintf("入院日期 2023-%02d-%02d", 1+g.IntN(12), 1+g.IntN(28))
	},
	func(g *generator) string { return birthDate(g) },
	func(g *generator) string {
		return pick(g, []string{"二〇二四年五月三日", "一九四九年十月一日", "一二三四五六七八九十", "三五七八号文件", "十二五规划二期"})
	},
	// words that begin with a surname
	func(g *generator) string { return pick(g, vocabulary) },
	func(g *generator) string {
		return pick(g, vocabulary) + pick(g, []string{"情况", "部门", "中心", "说明"})
	},
	func(g *generator) string { return pick(g, organisations) },
	// places without a door
	func(g *generator) string {
		return pick(g, []string{"北京市教育局", "杭州市", "浙江大学", "人民路小学", "地铁2号线", "高速公路", "西湖风景区", "三楼会议室", "第3号修正案",
			"长江中下游地区", "5号机组", "南方电网",
			"路面结冰", "十字路口", "市场监督管理局", "区域经济", "县级以上", "省部级", "号召全体职工", "京A座大厅", "沪B股", "新A版", "粤语", "川贝枇杷膏"})
	},
	// what looks like a network's
	func(g *generator) string {
		return fmt.Sprintf("版本 %d.%d.%d.%d", 1+g.IntN(20), g.IntN(99), g.IntN(99), g.IntN(999))
	},
	func(g *generator) string {
		return fmt.Sprintf("v%d.%d.%d.%d", 1+g.IntN(9), g.IntN(20), g.IntN(20), g.IntN(20))
	},
	func(g *generator) string { return fmt.Sprintf("1.3.6.1.4.1.%d", g.IntN(9999)) },
	func(g *generator) string {
		return fmt.Sprintf("%d.%d.%d.%d", 256+g.IntN(300), g.IntN(256), g.IntN(256), g.IntN(256))
	},
	func(g *generator) string { return fmt.Sprintf("%02d:%02d:%02d", g.IntN(24), g.IntN(60), g.IntN(60)) },
	func(g *generator) string {
		return pick(g, []string{"@all", "a@b", "user@", "3@5", "@张三丰粉丝团", "邮箱未填"})
	},
	func(g *generator) string {
		s := g.from(hexDigits, 32)
		return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	},
	func(g *generator) string { return g.from(hexDigits, pick(g, []int{32, 40, 64})) },
	func(g *generator) string {
		b := make([]byte, 24)
		for i := range b {
			b[i] = byte(g.IntN(256))
		}
		return base64.StdEncoding.EncodeToString(b)
	},
	func(g *generator) string {
		return base64.StdEncoding.EncodeToString([]byte("status=" + pick(g, []string{"pending", "done", "failed"}) +
			";step=3"))
	},
	// pairs of numbers that are no place
	func(g *generator) string { return fmt.Sprintf("%.1f,%.1f", g.Float64()*100, g.Float64()*100) },
	func(g *generator) string { return fmt.Sprintf("%.4f,%.4f", 200+g.Float64()*900, 200+g.Float64()*900) },
	func(g *generator) string { return fmt.Sprintf("%.3f %.3f %.3f", g.Float64(), g.Float64(), g.Float64()) },
	// plain text
	func(g *generator) string {
		return pick(g, []string{"password reset requested", "token count: 12", "密码已修改", "无", "N/A", "cardiology",
			"J18.9 肺炎", "男", "女", "本科", "已婚", "汉族"})
	},
	func(g *generator) string {
		return pick(g, []string{"患者主诉头晕三天，无发热", "复查血压正常，继续服药", "申请材料齐全，予以受理", "该企业本年度无行政处罚记录",
			"The quick brown fox jumps over the lazy dog", "设备运行正常，温度在允许范围内"})
	},
	func(g *generator) string {
		return strings.Repeat(pick(g, []string{"重复", "测试", "ab", "0"}), 2+g.IntN(8))
	},
}

// vocabulary is words of two or three characters whose first is a surname, drawn from administration, health and trade.
var vocabulary = strings.Fields("安全 金融 高血压 黄瓜 白菜 马铃薯 方案 任务 程序 时间 石材 水果 水费 水质 水泥 水产 田径 单据 文件 文书 康复 安装 安检 常规 常委 车辆 车位 党组 党委 房屋 房租 付款 付费 " +
	"干部 干事 高级 高位 公告 公示 公路 管道 管网 和解 和声 华东 华南 黄牌 黄酒 吉祥物 计量 计费 季度 季报 江河 江豚 焦炭 解释 解决 金额 金牌 金条 经费 景区 居民 居委 孔径 孔隙 雷电 雷暴 利息 利润 " +
	"连续 连接 林区 林木 龙头 龙舟 路灯 路段 路况 毛巾 毛重 米面 明细 明文 母亲 牛肉 牛皮 农机 农户 农田 平台 平原 平房 钱包 强制 强度 全额 全称 容量 容器 商铺 商会 商贸 上级 上限 尚未 沈阳 盛夏 " +
	"施工 石灰 石板 时效 时段 司机 司仪 宋词 宋体 苏打 苏州 唐诗 唐装 陶瓷 陶器 田野 童车 童话 万能 万户 温室 温水 文具 文本 武器 武术 夏装 夏令营 向导 向量 项目 项链 肖像 谢绝 谢意 信件 信函 邢台 " +
	"徐州 许可 许愿 严禁 严查 阳性 阳极 杨梅 杨柳 药品 叶片 叶酸 易拉罐 易碎 阴性 阴极 印章 印花税 应收 应付 游轮 游客 于是 余款 余热 鱼肉 元件 原告 原件 乐器 乐谱 云计算 云端 张贴 张力 章程 章节 " +
	"赵州桥 郑州 郑重 支出 支架 钟表 钟楼 周报 周转 朱红 朱砂 祝贺 祝酒 庄严 庄稼 卓越 宗旨 宗教 邹城 左侧 左转 曾经 柴油 柴火 成本 成品 丁酸 段落 段位 方格 方言 封面 封条 符号 符合 甘油 甘蔗 葛根 " +
	"宫颈 宫保 古籍 古董 谷物 谷雨 关税 关节 桂圆 桂皮 海拔 海带 洪水 洪峰 胡椒 胡萝卜 花费 花束 华丽 霍乱 纪要 纪检 简历 简介 姜汤 蒋酱 练习 梁柱 廖化 凌晨 柳树 柳编 陆地 陆运 麻醉 麻疹 满分 满期 " +
	"梅雨 梅毒 孟春 莫名 宁静 牛奶 欧元 欧盟 潘多拉 庞大 裴多菲 皮肤 皮带 蒲公英 齐全 祁连山 乔木 秦岭 秦腔 邱县 曲线 屈服 任职 荣誉 沙发 沙尘 邵阳 舒张压 舒缓 汤药 汤圆")

var organisations = []string{"杭州云图科技有限公司", "市第一人民医院", "高新区管委会", "金融办", "马鞍山钢铁", "黄山风景区管委会", "白云机场", "方正证券", "石油化工研究院",
	"江南大学",
	"华东师范大学", "安徽医科大学", "康复中心", "时代广场", "和平饭店", "王府井百货", "李宁专卖店", "张裕葡萄酒", "周大福珠宝", "郑州铁路局"}
