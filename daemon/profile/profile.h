/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of an appliance family, as loaded from NAME.profile and its drop-ins. Immutable
 * once loaded and then shared by reference count between main and workers; the keys are those of
 * hearthd.profile(5). */
#ifndef HEARTHD_PROFILE_H
#define HEARTHD_PROFILE_H

#include "daemon/base/digest.h"
#include "daemon/expr/expr.h"
#include "daemon/model/model.h"
#include "daemon/base/problem.h"
#include "daemon/model/reading.h"

enum point_type {
	POINT_BIT,
	POINT_U16,
	POINT_S16,
	POINT_U32,
	POINT_S32,
	POINT_U64,
	POINT_S64,
	POINT_F32,
	POINT_F64,
	POINT_BCD16,
	POINT_BCD32,
	POINT_STRING,   /* one character a register (its low byte) */
	POINT_STRING_2, /* two characters a register, high byte first */
	POINT_NATIVE,   /* the adapter's field says (serial protocols) */
	_POINT_TYPE_MAX,
};
enum word_order { ORDER_BIG, ORDER_LITTLE, ORDER_BIG_SWAP, ORDER_LITTLE_SWAP };
enum severity { SEVERITY_INFO, SEVERITY_CARE, SEVERITY_SERVICE, SEVERITY_URGENT, SEVERITY_DANGER };
enum fault_class { CLASS_FAULT, CLASS_WARNING, CLASS_MAINTENANCE, CLASS_INFORMATION };
enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };
/* How the numbers in point->read and probe->read count, as the maker writes them; the adapter
 * converts. Modicon: the bank is in the number, "40001" or "400001" is holding register 0. */
enum addressing { ADDRESSING_ZERO, ADDRESSING_ONE, ADDRESSING_MODICON };

/* What the appliance does when nobody talks to it any more; UNKNOWN: the source does not say. */
enum when_gone { WHEN_GONE_UNKNOWN, WHEN_GONE_CONTINUES, WHEN_GONE_FALLS_BACK, WHEN_GONE_STOPS };

struct text { /* localised; zh falls back to en; both may be NULL */
	char *en, *zh;
};
const char *text_get(const struct text *t, bool zh); /* never NULL */

/* Enum=: raw value → name; Bits=: bit number → name. The model's number (or bit set) is in .value
 * where the attribute has one, else .value = .raw. Sorted by .raw. */
struct enum_map {
	int64_t raw;
	char *name;
	int64_t value;
};

/* Absent=, Unavailable=, SensorFault=: a raw value that is none. */
struct sentinel {
	int64_t raw;     /* integers: sign as the type's */
	double num;      /* f32, f64; may be NAN */
	uint8_t quality; /* enum quality */
	uint8_t reason;  /* enum reason */
};
#define PROFILE_SENTINELS_MAX 16 /* a point */
#define PROFILE_ENUMS_MAX     256

struct point {
	char *name; /* [a-z0-9_.]{1,48}, unique in the profile */
	char *read; /* the adapter's words: "holding:2017", "input:10.8:8", "settings.power" */
	enum point_type type;
	enum word_order order;
	uint8_t string_len;   /* registers, POINT_STRING* */
	double scale, offset; /* value = raw * scale + offset */
	unit_id unit;         /* unit of the scaled value */
	struct sentinel *sentinels;
	size_t n_sentinels;
	double possible_min, possible_max; /* NAN = none; unit of the point */
	struct enum_map *enums;
	size_t n_enums;
	bool bits;       /* .enums came from Bits=: the value is a set */
	char *attribute; /* model name, or "vendor.NAME"; NULL when hidden */
	int attr;        /* index in kind->attrs, or -1 for vendor. and hidden */
	bool hidden;
	bool total;      /* a running total: told once a report, nothing is lost between */
	char *format;    /* Format=: the value is a text of bit fields; see point_format() */
	bool fault_code; /* Fault=code: its raw value, or its text, is looked up in faults */
	int64_t *no_fault;
	size_t n_no_fault;    /* raw values that mean "none"; default 0 */
	char **no_fault_text; /* of a text: these and "" do */
	size_t n_no_fault_text;
	bool has_detail; /* Detail=: points[detail] has the sub code */
	uint16_t detail;
	/* The maker's own fault history: 1 + index of a point, 0 = not given. */
	uint16_t
		history; /* History=: an entry of the list of past codes, in the words of that point */
	uint16_t history_at;  /* HistoryAt=: and when it was */
	uint16_t failures_of; /* FailuresOf=: a total of failures, among so many of that point */
	/* Of codes that say so nowhere else: 1 + enum fault_class and severity, 0 = nothing. */
	uint8_t code_class, code_severity;
	char *code_format; /* "E%02d": panel text of a code no [Fault] names; NULL = "%d"; ours to
			    * interpret, never printf's */
	uint64_t period_us;
	struct text label;
	enum confidence confidence;
	unsigned line; /* where its Read= stands, for messages */
	char *file;    /* and in which drop-in; NULL = profile->path */
	/* Value= and When= over points; references are indexes of points. A point with .value has no
	 * .read; the type of what the expression gives is in .type: POINT_BIT for a bool, POINT_F64 for
	 * a number, POINT_S64 for one that a list, a format or the faults give a meaning to. */
	struct expr *value, *when;
	int16_t device;       /* Device=: unit identifier, or what is added to the source's */
	bool device_absolute; /* "3"; else "+1", and "+0", the default, is the source's own */
};

struct fault {
	char *code; /* the panel's own text, verbatim */
	char *name; /* unique in the profile; NULL = code is */
	int point; /* index of the point that carries it; -1 (by code only): any Fault=code point */
	bool by_bit;
	bool by_text;                 /* has no raw value: the text of a code is .code */
	bool own_class, own_severity; /* stated here, and not only the default */
	int64_t value;                /* by code: the raw value */
	uint64_t mask, match;         /* by bit: active when (raw & mask) == match; a whole register
				  * with a certain value is "by bit" too */
	struct text meaning;          /* both NULL: the source gives none */
	char *component, *source, *causes;
	enum severity severity;
	enum fault_class class;
	enum confidence confidence;
	int8_t household; /* may the household act: 1, 0, -1 unknown */
	unsigned line;
};

/* What an adapter extracted from a frame, before meaning: one of these. */
struct raw_value {
	enum { RAW_INT, RAW_FLOAT, RAW_TEXT } kind;
	int64_t i;
	double f;
	char text[READING_TEXT_MAX];
};

#define PROFILE_PROBES_MAX 32
#define PROFILE_WATCH_US   USEC_PER_HOUR /* a watched probe is read this often */
struct identify {                        /* a read-only probe for scan */
	char *name, *read;
	enum point_type type;
	uint8_t string_len;
	char *equals;      /* as written: a text, or a range "0x80..0x89" of raw values */
	int64_t low, high; /* of numbers */
	int score;
	int16_t point; /* Watch=yes: the hidden point that reads it again; else -1 */
};
/* What came is what the probe expects. */
bool identify_match(const struct identify *probe, const struct raw_value *v);

/* Readable=: a block read never leaves it. Already 0-based addresses on the wire, whatever
 * Addressing= says; BANK is always a word ("holding"). */
struct read_range {
	char *bank; /* adapter's word: "holding" */
	uint32_t first, last;
};

struct line_defaults {
	uint32_t baud;            /* 0 = not stated */
	char parity;              /* 'N' 'E' 'O'; 0 = not stated */
	uint8_t stop_bits;        /* 0 = not stated */
	int16_t unit;             /* -1 = not stated */
	uint64_t timeout_us;      /* longest reply; 0 = default */
	uint64_t gap_us;          /* quiet before each request to this unit */
	uint16_t max_read;        /* registers; 0 = 125 */
	uint16_t max_read_bits;   /* 0 = 2000 */
	bool block_reads;         /* no: one point a request */
	uint64_t least_period_us; /* no point is read more often */
};

/* [Setting]: what the map depends on and cannot tell by itself. A profile is loaded for one choice of
 * each; appliances of the same choices share it. */
enum setting_type { SETTING_NAMES, SETTING_NUMBERS, SETTING_SWITCH /* yes and no */ };
struct setting {
	char *name;
	enum setting_type type;
	char **values; /* in the order of Values=; a range is written out */
	size_t n_values;
	unsigned preset, chosen; /* indexes in values */
	struct text label;
	unsigned line;
};
#define PROFILE_SETTINGS_MAX       16
#define PROFILE_SETTING_VALUES_MAX 64

struct repeat { /* [Repeat], as expanded: for people alone */
	char *name;
	unsigned count, from, step;
};
#define PROFILE_REPEATS_MAX 16

/* One answer to a [Setting], as whoever loads the profile gives it. Borrowed for the load. */
struct profile_choice {
	const char *setting, *value;
};
struct profile_choices {
	const struct profile_choice *v;
	size_t n;
};

struct write_rule;

struct profile {
	unsigned refs;
	struct digest digest; /* of all its keys and of the choices made */
	char *id;             /* file name without .profile */
	char *path;
	char *adapter; /* "modbus" by default */
	enum addressing addressing;
	char *maker, *model, *source;
	const struct model_kind *kind;
	struct text name;
	enum confidence confidence;
	unsigned version;
	enum when_gone when_gone;
	uint64_t when_gone_us; /* after that long; 0 = not stated */
	struct setting *settings;
	size_t n_settings;
	struct repeat *repeats;
	size_t n_repeats;
	struct line_defaults line;
	struct read_range *ranges;
	size_t n_ranges;
	struct point *points;
	size_t n_points;
	uint16_t *by_name; /* indexes of points, sorted by name */
	uint16_t *derived; /* points with .value or .when, each behind those it needs */
	size_t n_derived;
	struct fault *faults;
	size_t n_faults;
	struct identify *probes;
	size_t n_probes;
	struct write_rule *writes; /* write-rule.h */
	size_t n_writes;
};

#define PROFILE_RANGES_MAX  64
#define PROFILE_POINTS_MAX  1024 /* hidden ones made for [Fault Read=] included */
#define PROFILE_FAULTS_MAX  1024
#define PROFILE_DERIVED_MAX 256

/* DIRS: NULL-terminated, highest priority first (/etc/hearthd/profiles, /usr/lib/hearthd/profiles);
 * drop-ins NAME.profile.d/ *.conf of all of them are merged by file name. -ENOENT, or -EINVAL with
 * PROBLEMS filled; warnings may come with success too. */
int profile_load(
	const char *const *dirs, const char *id, struct problems *problems, struct profile **ret);
int profile_load_file(const char *path, struct problems *problems, struct profile **ret);
/* From memory, for tests. NAME goes into messages. */
int profile_load_buffer(const char *buf, size_t len, const char *name, struct problems *problems,
	struct profile **ret);
/* The same for other choices than the settings' defaults (NULL = those). A choice the profile does
 * not know is an error. */
int profile_load_with(const char *const *dirs, const char *id,
	const struct profile_choices *choices, struct problems *problems, struct profile **ret);
int profile_load_file_with(const char *path, const struct profile_choices *choices,
	struct problems *problems, struct profile **ret);
int profile_load_buffer_with(const char *buf, size_t len, const char *name,
	const struct profile_choices *choices, struct problems *problems, struct profile **ret);
struct profile *profile_ref(struct profile *p);   /* atomic */
struct profile *profile_unref(struct profile *p); /* NULL-safe, returns NULL */

/* Index in p->settings, or of a value of one, or -ENOENT. A switch takes on, true and 1 for yes. */
int profile_setting(const struct profile *p, const char *name);
int setting_value(const struct setting *s, const char *value);

/* A point for attribute ATTR (index in kind->attrs), or -ENOENT. */
int profile_point_by_attr(const struct profile *p, int attr);
int profile_point_by_name(const struct profile *p, const char *name); /* index or -ENOENT */

/* Sentinels, scale, unit, possible range, enum: fills type, quality, reason and value of RET
 * (point and t_us are the caller's). Pure; L1; used by every adapter's decode. The value of an
 * attribute of the model is converted to the model's unit. */
void point_convert(
	const struct profile *p, unsigned point, const struct raw_value *v, struct reading *ret);

/* RAW of a Fault=code point means "no fault". */
bool point_is_no_fault(const struct point *pt, int64_t raw);
/* Panel text and catalogue entry of a fault code carried by POINT; *ret NULL when unknown. TEXT is
 * filled either way. */
void profile_fault_lookup(const struct profile *p, unsigned point, int64_t raw,
	const struct fault **ret, char *text, size_t size);
/* What READING of a Fault=code point shows: false for none. DETAIL is the last reading of its Detail=
 * point, or NULL. */
bool profile_fault_shown(const struct profile *p, const struct reading *reading,
	const struct reading *detail, const struct fault **ret, char *text, size_t size);
/* What tells the findings of F from others: its section's name. */
const char *fault_name(const struct fault *f);
/* FAULT may be NULL: an unknown code of POINT. */
enum fault_class fault_class_of(const struct point *pt, const struct fault *fault);
enum severity fault_severity_of(const struct point *pt, const struct fault *fault);
/* Whether READING raises the by_bit fault F of its point: 1, 0, or -1 where it does not say. */
int fault_bit_state(const struct profile *p, const struct fault *f, const struct reading *r);

/* Format=: literals and {SHIFT:WIDTH}, {8:8+2000}, {0:8:02}, {0:16:x}, {0:16:04x}, {8:8:c} of RAW,
 * whose BITS lowest bits count. False, with nothing to rely on in DST, when FORMAT is none. */
#define FORMAT_TIME "time" /* instead: seconds since 1970, after Scale= and Offset= */
bool point_format(const char *format, uint64_t raw, unsigned bits, char *dst, size_t size);
/* Bits of the values of a type; 64 where they vary. */
unsigned point_type_bits(enum point_type t);
/* Modbus registers it takes, STRING_LEN of a text; 0: it has none. */
unsigned point_type_registers(enum point_type t, unsigned string_len);

/* One code in the words of FORMAT (NULL: "%d"): at most one of %d %0Nd %x %0Nx %X %0NX, and %%.
 * False, with nothing written, when the format is none of these. */
bool fault_code_format(const char *format, int64_t raw, char *dst, size_t size);
/* What reading.type a good value of this point has. */
enum value_type attr_value_type(enum attr_type type); /* VALUE_NONE: a command, never read */
enum value_type point_value_type(const struct profile *p, unsigned point);

const char *point_type_name(enum point_type t);
const char *severity_name(enum severity s);
const char *fault_class_name(enum fault_class c);
const char *confidence_name(enum confidence c);
const char *when_gone_name(enum when_gone w); /* "falls-back"; "unknown" */

#endif
