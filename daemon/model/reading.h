/* SPDX-License-Identifier: Apache-2.0 */
/* One value of one point at one moment, with its quality. Passed by value between threads, so it
 * holds no pointers. Pure. */
#ifndef HEARTHD_READING_H
#define HEARTHD_READING_H

#include "daemon/base/util.h"

enum quality {
	QUALITY_GOOD,
	QUALITY_ABSENT,      /* the appliance says: not fitted, not initialised */
	QUALITY_UNAVAILABLE, /* no answer now: .reason says why */
	QUALITY_STALE,       /* set by main alone: older than 3 of its periods */
	QUALITY_SUSPECT,     /* outside the possible range, sensor fault, or undecodable */
	_QUALITY_MAX,
};

/* Why a quality is not good; also the reason a source or line is down. */
enum reason {
	REASON_NONE,
	REASON_NO_REPLY,    /* -ETIMEDOUT */
	REASON_EXCEPTION,   /* -EREMOTEIO; detail = Modbus exception code or protocol's own */
	REASON_BAD_FRAME,   /* -EBADMSG: CRC, length, foreign unit or function */
	REASON_LINE_DOWN,   /* -ENODEV: port gone, connection refused */
	REASON_UNSUPPORTED, /* the appliance refuses this point for good */
	REASON_SENSOR,      /* a value that the maker defines as a failed sensor */
	REASON_RANGE,       /* outside the possible range */
	REASON_DECODE,      /* not a number, an enum value nobody knows, bad BCD */
	REASON_MAP,         /* the profile does not fit any more: see mapfit.h */
	REASON_SKIPPED,     /* not asked: backing off, or a block it depends on failed */
	_REASON_MAX,
};

enum value_type {
	VALUE_NONE, /* no value; a suspect reading may still carry one, to be shown to people */
	VALUE_NUMBER,
	VALUE_BOOL,   /* .code 0 or 1 */
	VALUE_ENUM,   /* .code = number in the model (or in the profile's list) */
	VALUE_BITS,   /* .code = bit set in the model's numbering */
	VALUE_STRING, /* .text, UTF-8, escaped by the decoder */
};

#define READING_TEXT_MAX 32

/* .code of an enum value that no list names: this plus the low 32 bits of the raw value, so that it
 * can never equal a number of the model. Published as vendor_<hex>. */
#define ENUM_CODE_VENDOR (INT64_C(1) << 32)
static inline bool enum_code_is_vendor(int64_t code)
{
	return code >> 32 == 1;
}

struct reading {
	uint16_t point;  /* index in the profile's points */
	uint8_t quality; /* enum quality */
	uint8_t reason;  /* enum reason */
	uint8_t type;    /* enum value_type */
	uint8_t detail;  /* exception code where reason is REASON_EXCEPTION */
	uint64_t t_us;   /* CLOCK_BOOTTIME when the reply was complete */
	int64_t raw;     /* integer before scaling, for fault codes and unknown enums; else 0 */
	union {
		double num;
		int64_t code;
		char text[READING_TEXT_MAX];
	};
};

const char *quality_name(enum quality q);
const char *reason_name(enum reason r);          /* "no-reply": machines */
const char *reason_text(enum reason r, bool zh); /* a sentence's worth: people */
/* Why a line cannot be used: what transport_open() and a broken exchange return, without the sign. */
const char *line_error_text(int error, bool zh);
enum reason reason_from_errno(int error);         /* -ETIMEDOUT → REASON_NO_REPLY … */
const char *modbus_exception_name(unsigned code); /* "illegal data address"; never NULL */

#endif
