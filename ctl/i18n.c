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
