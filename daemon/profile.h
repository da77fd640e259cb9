/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of an appliance family, as loaded from NAME.profile and its drop-ins. Immutable
 * once loaded and then shared by reference count between main and workers; the keys are those of
 * hearthd.profile(5). */
#ifndef HEARTHD_PROFILE_H
#define HEARTHD_PROFILE_H

#include "model.h"
#include "problem.h"
#include "reading.h"

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
	bool fault_code; /* Fault=code: its raw value is looked up in faults by .value */
	int64_t *no_fault;
	size_t n_no_fault; /* raw values that mean "none"; default 0 */
	char *code_format; /* "E%02d": panel text of a code no [Fault] names; NULL = "%d"; ours to
			    * interpret, never printf's */
	uint64_t period_us;
	struct text label;
	enum confidence confidence;
	unsigned line; /* where its Read= stands, for messages */
	char *file;    /* and in which drop-in; NULL = profile->path */
};

struct fault {
	char *code; /* the panel's own text, verbatim */
	int point; /* index of the point that carries it; -1 (by code only): any Fault=code point */
	bool by_bit;
	int64_t value;        /* by code: the raw value */
	uint64_t mask, match; /* by bit: active when (raw & mask) == match; a whole register
				  * with a certain value is "by bit" too */
	struct text meaning;  /* both NULL: the source gives none */
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
struct identify { /* a read-only probe for scan */
	char *name, *read;
	enum point_type type;
	uint8_t string_len;
	char *equals;      /* as written: a text, or a range "0x80..0x89" of raw values */
	int64_t low, high; /* of numbers */
	int score;
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

struct profile {
	unsigned refs;
	char *id; /* file name without .profile */
	char *path;
	char *adapter; /* "modbus" by default */
	enum addressing addressing;
	char *maker, *model, *source;
	const struct model_kind *kind;
	struct text name;
	enum confidence confidence;
	unsigned version;
	struct line_defaults line;
	struct read_range *ranges;
	size_t n_ranges;
	struct point *points;
	size_t n_points;
	uint16_t *by_name; /* indexes of points, sorted by name */
	struct fault *faults;
	size_t n_faults;
	struct identify *probes;
	size_t n_probes;
};

#define PROFILE_RANGES_MAX 64
#define PROFILE_POINTS_MAX 1024 /* hidden ones made for [Fault Read=] included */
#define PROFILE_FAULTS_MAX 1024

/* DIRS: NULL-terminated, highest priority first (/etc/hearthd/profiles, /usr/lib/hearthd/profiles);
 * drop-ins NAME.profile.d/ *.conf of all of them are merged by file name. -ENOENT, or -EINVAL with
 * PROBLEMS filled; warnings may come with success too. */
int profile_load(
	const char *const *dirs, const char *id, struct problems *problems, struct profile **ret);
int profile_load_file(const char *path, struct problems *problems, struct profile **ret);
/* From memory, for tests. NAME goes into messages. */
int profile_load_buffer(const char *buf, size_t len, const char *name, struct problems *problems,
	struct profile **ret);
struct profile *profile_ref(struct profile *p);   /* atomic */
struct profile *profile_unref(struct profile *p); /* NULL-safe, returns NULL */

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

/* One code in the words of FORMAT (NULL: "%d"): at most one of %d %0Nd %x %0Nx %X %0NX, and %%.
 * False, with nothing written, when the format is none of these. */
bool fault_code_format(const char *format, int64_t raw, char *dst, size_t size);
/* What reading.type a good value of this point has. */
enum value_type point_value_type(const struct profile *p, unsigned point);

const char *point_type_name(enum point_type t);
const char *severity_name(enum severity s);
const char *fault_class_name(enum fault_class c);
const char *confidence_name(enum confidence c);

#endif
