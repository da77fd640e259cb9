/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that hearthd words itself and sends over D-Bus, in English, and here in Chinese. A * stands for what is filled
 * in, and comes again in the Chinese text, in the same order. What is more special stands before what is less. */
#include "ctl.h"
#include "i18n.h"

#define STARS_MAX 8

static const struct {
	const char *en, *zh;
} table[] = {
	{"there is no appliance '*': 'hearthctl list' names them",
		"没有电器 '*'：'hearthctl list' 列出全部电器"},
	{"there is no upstream '*' that is on: 'hearthctl upstream list' names them",
		"没有已启用的上行目标 '*'：'hearthctl upstream list' 列出全部上行目标"},
	{"there is no upstream '*': 'hearthctl upstream list' names them",
		"没有上行目标 '*'：'hearthctl upstream list' 列出全部上行目标"},
	{"there is no assistance for '*': 'hearthctl assist list' shows it",
		"'*' 没有正在进行的协助：见 'hearthctl assist list'"},
	{"there is no finding *: 'hearthctl findings --all' lists them",
		"没有编号为 * 的故障记录：'hearthctl findings --all' 列出全部记录"},
	{"no appliance has a finding *: 'hearthctl findings --all' lists them",
		"没有编号为 * 的故障记录：'hearthctl findings --all' 列出全部记录"},
	{"there is no request *: 'hearthctl repair list' shows them",
		"没有编号为 * 的报修：'hearthctl repair list' 列出全部报修"},
	{"no request is open, or several are: say which, 'hearthctl repair list' shows them",
		"没有进行中的报修，或有多个：请指明编号，见 'hearthctl repair list'"},
	{"no upstream takes requests: add 'repair' to Planes= of one",
		"没有接受报修的上行目标：请在其中一个的 Planes= 中加上 'repair'"},
	{"upstream * takes no requests: add 'repair' to its Planes=",
		"上行目标 * 不接受报修：请在其 Planes= 中加上 'repair'"},
	{"several upstreams take requests: choose one with --upstream",
		"有多个上行目标接受报修：请用 --upstream 选择一个"},
	{"upstream * is not ready yet; try again in a few seconds",
		"上行目标 * 尚未就绪；请过几秒再试"},
	{"the configuration was read again meanwhile; nothing was changed",
		"其间重新读取了配置；没有任何更改"},
	{"the configuration was read again meanwhile", "其间重新读取了配置"},
	{"the configuration has errors, the old one stays: see 'hearthctl config check'",
		"配置有错误，仍用原来的：见 'hearthctl config check'"},
	{"log level '*': choose err, warning, notice, info or debug",
		"日志级别 '*'：请选择 err、warning、notice、info 或 debug"},
	{"* is off for *: the configuration says so", "配置规定 * 对 * 关闭"},
	{"assistance lasts a minute to a day", "协助时长为一分钟至一天"},
	{"there are * already: stop one", "已有 * 个协助：请先停止一个"},
	{"hearthd is just starting, or changes names; try again",
		"hearthd 正在启动，或正在更换名称；请再试"},
	{"a name, a part or a note is one line of at most * bytes",
		"姓名、部件或备注须为一行，最多 * 字节"},
	{"who did it is household, electrician, gas-fitter, refrigeration, plumber or manufacturer",
		"由谁完成：household、electrician、gas-fitter、refrigeration、plumber 或 manufacturer"},
	{"* has no maintenance '*': 'hearthctl maintenance *' names what it has",
		"* 没有保养项目 '*'：'hearthctl maintenance *' 列出其项目"},
	{"what was counted before has not been read from the journal yet",
		"以前的计数尚未从存储中读出"},
	{"there is no step * of '*'", "没有第 * 步（'*'）"},
	{"nobody has claimed a repair of finding *: 'hearthctl repair done *'",
		"故障 * 尚未登记维修：'hearthctl repair done *'"},
	{"an attribute has at most 64 bytes, a value and a reason 128",
		"属性最多 64 字节，数值和原因最多 128 字节"},
	{"it is being put back already", "正在恢复"},
	{"'*' is not set for a time: there is nothing to put back", "'*' 没有限时设定：无需恢复"},
	{"the journal cannot be read now: *", "存储暂时无法读取：*"},
	{"others wait for a check of it already", "已有人在等待对它的诊断"},
	{"what was learned before has not been read from the journal yet",
		"以前学到的内容尚未从存储中读出"},
	{"this directory is refused: *", "此目录被拒绝：*"},
	{"an attribute has at most 63 bytes, and a time ends after it begins",
		"属性最多 63 字节，结束时间须晚于开始时间"},
	{"history is being read for others", "正在为他人读取历史"},
	{"* others look at bus * already", "已有 * 人在查看总线 *"},
	{"bus * has no appliance, nothing crosses its line", "总线 * 上没有电器，线路上没有通信"},
	{"level '*': choose off, faults, daily or full",
		"级别 '*'：请选择 off、faults、daily 或 full"},
	{"the journal cannot do it now, the old names stay: *", "存储暂时无法完成，旧名称不变：*"},
	{"the journal cannot do it now: *", "存储暂时无法完成：*"},
	{"the ledger has no such entry", "记录中没有这一条"},
	{"the ledger has no bytes of this entry (any more)", "记录中没有（或不再有）这一条的字节"},
	{"not connected: the broker cannot be asked to forget the old names",
		"未连接：无法要求服务器忘记旧名称"},
	{"events wait that carry the old names", "有带旧名称的事件在等待"},
	{"it is not ready, or is being done already", "尚未就绪，或正在进行"},
	{"the broker did not forget the old names in time; nothing was changed",
		"服务器未能及时忘记旧名称；没有任何更改"},
	{"it is being done already", "正在进行"},
	{"earlier requests have not been read from the journal yet", "以前的报修尚未从存储中读出"},
	{"request * is open for this appliance: 'hearthctl repair cancel *' ends it",
		"该电器的报修 * 正在进行：'hearthctl repair cancel *' 可撤销"},
	{"* requests are open: cancel one that is not needed any more",
		"已有 * 个报修在进行：请撤销不再需要的"},
	{"request * has ended, or is just being sent", "报修 * 已结束，或正在发送"},
	{"the privacy level or Planes= of the upstream do not let it out",
		"上行目标的隐私级别或 Planes= 不允许发出"},
	{"* wrong codes were said for request *: let nobody in by a code any more; a new request gets a new one",
		"已说错 * 次（报修 *）：不要再凭验证码让人进门；重新报修会得到新的验证码"},
	{"a visit code is like K7M2-4XQ9", "上门验证码形如 K7M2-4XQ9"},
	{"hearth-sign could not sign: the journal of hearthd says why; nothing was sent",
		"hearth-sign 无法签名：原因见 hearthd 的日志；没有发送"},
	{"nothing was sent: *", "没有发送：*"},
	{"* is one line of at most * bytes", "* 须为一行，最多 * 字节"},
	{"'*' is no option of a request", "'*' 不是报修的选项"},
	{"* has Level=off: nothing of it leaves the house", "* 为 Level=off：它的任何数据都不发出"},
	{"this page was shown too long ago, or the configuration was read again since: ask for the repair once more",
		"此页显示已久，或其间重新读取了配置：请重新报修"},
	{"parity is N, E or O, the time-out * to * ms, the request 1 to * bytes",
		"校验为 N、E 或 O，时限 * 至 * 毫秒，请求 1 至 * 字节"},
	{"bus *: unit * is configured, and is asked by its own plan alone",
		"总线 *：单元 * 已配置，只按其自身的计划读取"},
	{"bus *: somebody else scans it", "总线 *：他人正在扫描"},
	{"bus * does not take requests now", "总线 * 现在不接受请求"},
	{"bus *: *", "总线 *：*"},
	{"the clock of the gateway is not set, so its expiry cannot be checked",
		"网关时钟未设置，无法核对有效期"},
	{"it has expired", "已过期"},
	{"it is older than the one accepted before", "比以前采用的版本旧"},
	{"this version was accepted before", "此版本以前已采用"},
	{"its signature is wrong: it was edited, or is damaged", "签名不符：被改动或已损坏"},
	{"its signature could not be checked", "无法核对签名"},
	{"it is signed by a key that is not pinned here, or not any more",
		"签名所用的密钥在此未受信任，或不再受信任"},
	{"no key is pinned in directory.d of the configuration",
		"配置的 directory.d 中没有受信任的密钥"},
	{"the key that signed it is pinned for another publisher", "签名所用的密钥属于另一发布者"},
	{"another one is just being stored; try again", "另一份正在存储；请再试"},
	{"it could not be stored", "无法存储"},
	{"it has errors", "有错误"},
	{"it is larger than 48 KiB", "大于 48 KiB"},
	{"it is not signed in the form of signify -S -e", "不是 signify -S -e 形式的签名"},
	{"what was accepted before has not been read yet; try again",
		"以前采用的内容尚未读出；请再试"},
};

struct piece {
	const char *p;
	size_t n;
};

/* Is TEXT of the shape of PATTERN? Then what stands for each star. */
static bool matches(const char *pattern, const char *text, struct piece *ret)
{
	size_t n = 0;

	for (;;) {
		size_t fixed = strcspn(pattern, "*");
		const char *next;

		if (strncmp(text, pattern, fixed) != 0)
			return false;
		pattern += fixed;
		text += fixed;
		if (*pattern == '\0')
			return *text == '\0';
		pattern++;
		if (n == STARS_MAX)
			return false;
		/* The last star takes the rest but its end, others as little as they can. */
		fixed = strcspn(pattern, "*");
		if (pattern[fixed] == '\0') {
			if (strlen(text) < fixed)
				return false;
			next = text + strlen(text) - fixed;
		} else {
			char part[128];

			(void)snprintf(part, sizeof(part), "%.*s",
				(int)MIN(fixed, sizeof(part) - 1), pattern);
			next = strstr(text, part);
			if (!next)
				return false;
		}
		ret[n++] = (struct piece){text, (size_t)(next - text)};
		text = next;
	}
}

static const struct ctl_options zh_options = {.zh = true};

static void fill(char *dst, size_t size, const char *zh, const struct piece *pieces)
{
	size_t used = 0;

	*dst = '\0';
	for (size_t i = 0; *zh; i++) {
		size_t fixed = strcspn(zh, "*");
		char part[256], known[256];

		(void)str_appendf(dst, size, &used, "%.*s", (int)fixed, zh);
		zh += fixed;
		if (*zh == '\0')
			break;
		zh++;
		(void)snprintf(part, sizeof(part), "%.*s", (int)MIN(pieces[i].n, sizeof(part) - 1),
			pieces[i].p);
		/* A reason inside an error is one of the table too. */
		(void)str_appendf(dst, size, &used, "%s",
			strchr(part, ' ') && ctl_said_zh(known, sizeof(known), part)
				? known
				: ctl_tr(&zh_options, part));
	}
}

/* What may follow any wrong value of a file: "... (quotes are part of the value here: leave them out)". */
static bool with_habit(char *dst, size_t size, const char *en)
{
	const char *behind = NULL;
	char text[1024];

	for (const char *p = strstr(en, " ("); p; p = strstr(p + 1, " ("))
		behind = p;
	for (const struct ctl_text *t = texts_problem; behind && t->en; t++) {
		if (!streq(t->en, behind))
			continue;
		(void)snprintf(text, sizeof(text), "%.*s",
			(int)MIN((size_t)(behind - en), sizeof(text) - 1), en);
		if (!ctl_said_zh(dst, size, text))
			return false;
		(void)str_copy(dst + strlen(dst), size - strlen(dst), t->zh);
		return true;
	}
	return false;
}

bool ctl_said_zh(char *dst, size_t size, const char *en)
{
	struct piece pieces[STARS_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (matches(table[i].en, en, pieces)) {
			fill(dst, size, table[i].zh, pieces);
			return true;
		}
	if (with_habit(dst, size, en))
		return true;
	for (const struct ctl_text *t = texts_problem; t->en; t++)
		if (matches(t->en, en, pieces)) {
			fill(dst, size, t->zh, pieces);
			return true;
		}
	return false;
}

void ctl_problem(const struct ctl_options *o, const char *line, char *dst, size_t size)
{
	static const char *const levels[] = {"error: ", "warning: ", NULL};
	const char *text = NULL;
	char zh[1024];

	for (size_t i = 0; o->zh && !text && levels[i]; i++) {
		const char *at = startswith(line, levels[i]) ? line : NULL;

		/* Behind file, line and key, if they are there. */
		for (const char *p = strstr(line, ": "); p && !at; p = strstr(p + 1, ": "))
			if (startswith(p + 2, levels[i]))
				at = p + 2;
		if (!at)
			continue;
		text = at + strlen(levels[i]);
		(void)snprintf(dst, size, "%.*s%s", (int)(at - line), line, ctl_tr(o, levels[i]));
	}
	if (!text) {
		(void)str_copy(dst, size, line);
		return;
	}
	(void)str_copy(dst + strlen(dst), size - strlen(dst),
		ctl_said_zh(zh, sizeof(zh), text) ? zh : text);
}
