/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"

const char *quality_name(enum quality q)
{
	switch (q) {
	case QUALITY_GOOD:
		return "good";
	case QUALITY_ABSENT:
		return "absent";
	case QUALITY_UNAVAILABLE:
		return "unavailable";
	case QUALITY_STALE:
		return "stale";
	case QUALITY_SUSPECT:
		return "suspect";
	case _QUALITY_MAX:
		break;
	}
	return "unknown";
}

static const struct {
	const char *name, *en, *zh;
} reasons[] = {
	[REASON_NONE] = {"none", "nothing is wrong", "正常"},
	[REASON_NO_REPLY] = {"no-reply", "it does not answer", "无应答"},
	[REASON_EXCEPTION] = {"exception", "it refused the request", "请求被拒绝"},
	[REASON_BAD_FRAME] = {"bad-frame", "its answers arrive damaged", "应答数据损坏"},
	[REASON_LINE_DOWN] = {"line-down", "the line or adapter is not there", "通信线路断开"},
	[REASON_UNSUPPORTED] = {"unsupported", "this appliance does not have it", "此电器不支持"},
	[REASON_SENSOR] = {"sensor", "the appliance reports a failed sensor", "传感器故障"},
	[REASON_RANGE] = {"range", "the value is outside what is possible", "数值超出可能范围"},
	[REASON_DECODE] = {"decode", "the value makes no sense", "数值无法解读"},
	[REASON_MAP] = {"map-misfit", "the profile no longer fits this appliance",
		"配置文件与设备不再相符"},
	[REASON_SKIPPED] = {"skipped", "it was not asked", "未查询"},
};
_Static_assert(ARRAY_SIZE(reasons) == _REASON_MAX, "one row a reason");

const char *reason_name(enum reason r)
{
	return (unsigned)r < _REASON_MAX ? reasons[r].name : "unknown";
}

const char *reason_text(enum reason r, bool zh)
{
	if ((unsigned)r >= _REASON_MAX)
		return zh ? "原因不明" : "the reason is not known";
	return zh ? reasons[r].zh : reasons[r].en;
}

const char *line_error_text(int error, bool zh)
{
	switch (abs(error)) {
	case ENODEV:
		return zh ? "设备不在，或连接已中断" : "it is not there, or the connection broke";
	case ECONNREFUSED:
		return zh ? "连接被拒绝" : "the connection is refused";
	case ETIMEDOUT:
		return zh ? "连接超时" : "no connection within the time allowed";
	case EACCES:
		return zh ? "没有打开的权限" : "no permission to open it";
	case EBUSY:
		return zh ? "被其他程序占用" : "another program uses it";
	case EINVAL:
		return zh ? "不是串口，或不支持这些参数"
			  : "it is no serial line, or cannot work with these settings";
	case EPROTO:
		return zh ? "一直有数据而没有应答（干扰、波特率或校验位不符，或有另一个主站）"
			  : "bytes keep coming, but no answers (noise, a wrong speed or parity, "
			    "or another master)";
	default:
		return strerror(abs(error));
	}
}

enum reason reason_from_errno(int error)
{
	switch (abs(error)) {
	case 0:
		return REASON_NONE;
	case ETIMEDOUT:
		return REASON_NO_REPLY;
	case EREMOTEIO:
		return REASON_EXCEPTION;
	case EBADMSG:
		return REASON_BAD_FRAME;
	case EOPNOTSUPP:
		return REASON_UNSUPPORTED;
	case ERANGE:
		return REASON_RANGE;
	case EAGAIN:
		return REASON_SKIPPED;
	default:
		/* ENODEV, and whatever opening a port or a connection brings. */
		return REASON_LINE_DOWN;
	}
}

/* MODBUS Application Protocol Specification V1.1b3, section 7. */
const char *modbus_exception_name(unsigned code)
{
	switch (code) {
	case 1:
		return "illegal function";
	case 2:
		return "illegal data address";
	case 3:
		return "illegal data value";
	case 4:
		return "server device failure";
	case 5:
		return "acknowledge";
	case 6:
		return "server device busy";
	case 8:
		return "memory parity error";
	case 10:
		return "gateway path unavailable";
	case 11:
		return "gateway target device failed to respond";
	default:
		return "undefined exception code";
	}
}
