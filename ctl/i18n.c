/* SPDX-License-Identifier: Apache-2.0 */
/* The words of hearthctl in Chinese. English is the key, so that a missing line shows as English
 * and never as nothing. */
#include "ctl.h"

static const struct {
	const char *en, *zh;
} texts[] = {
	{"Try: %s\n", "请尝试：%s\n"},
	{"Usage: %s\n", "用法：%s\n"},
	{"Options:\n", "选项：\n"},
	{"no verb \"%s\"", "没有命令 \"%s\""},
	{"no verb \"%s\"; did you mean \"%s\"?", "没有命令 \"%s\"；是否想用 \"%s\"？"},
	{"option %s needs a value", "选项 %s 需要一个值"},
	{"%s takes short, pretty or off, not \"%s\"",
		"%s 只接受 short、pretty 或 off，不接受 \"%s\""},
	{"%s takes en or zh_CN, not \"%s\"", "%s 只接受 en 或 zh_CN，不接受 \"%s\""},
	{"unknown option \"%s\"", "未知选项 \"%s\""},
	{"no protocol \"%s\"; there are %s", "没有协议 \"%s\"；现有 %s"},
	{"This protocol has no named fields; see hearthd.profile(5).",
		"该协议没有命名字段；参见 hearthd.profile(5)。"},
	{"at most %d bytes at once", "一次最多 %d 字节"},
	{"\"%s\" is no pairs of hexadecimal digits", "\"%s\" 不是成对的十六进制数字"},
	{"--direction takes from-appliance or to-appliance, not \"%s\"",
		"--direction 只接受 from-appliance 或 to-appliance，不接受 \"%s\""},
	{"needs a protocol and the bytes of a frame", "需要协议名和报文字节"},
	{"profile \"%s\" is for protocol %s", "设备档案 \"%s\" 用于协议 %s"},
	{"PROTOCOL", "协议"},
	{"FIELD", "字段"},
	{">FIELDS", ">字段数"},
};

const char *ctl_tr(const struct ctl_options *o, const char *en)
{
	if (!o->zh || !en)
		return en;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (streq(texts[i].en, en))
			return texts[i].zh;
	return en;
}

bool ctl_lang_zh(const char *lang)
{
	return lang && startswith(lang, "zh");
}
