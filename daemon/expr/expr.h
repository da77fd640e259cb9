/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of profiles, rules and Check= steps: one line of text becomes an immutable tree whose
 * names, units and types are settled once; from then on it is evaluated against the values of the
 * moment without allocation. The grammar is that of hearthd.expr(5). What a name means, and which
 * functions with a memory there are, the caller says by an expr_scope; values come by an expr_env.
 *
 * Values are three-valued: true, false, unknown (Kleene), where unknown is a quality other than
 * good, so that "not fitted" and "no answer now" survive every sum. A tree is owned by its maker and
 * may be evaluated from any thread; pure. */
#ifndef HEARTHD_EXPR_H
#define HEARTHD_EXPR_H

#include "daemon/model/reading.h"
#include "daemon/model/unit.h"

#define EXPR_TEXT_MAX  1024 /* bytes */
#define EXPR_NODES_MAX 256  /* of one expression */
#define EXPR_DEPTH_MAX 32   /* parentheses, signs, "not", calls within each other */
#define EXPR_CALLS_MAX 4    /* functions within each other */
#define EXPR_ARGS_MAX  32   /* of one call */
#define EXPR_NAME_MAX  64   /* bytes of a name */

/* A value: quality good, or why there is none. Numbers are in the unit of their node, bool is 0 or
 * 1, an enum its number, a set of bits its bit pattern (below 2^53). Of a suspect value .v may still
 * be a number to show to people, or NAN. */
struct expr_value {
	double v;
	uint8_t quality; /* enum quality */
	uint8_t reason;  /* enum reason */
};
static inline struct expr_value expr_good(double v)
{
	return (struct expr_value){.v = v, .quality = QUALITY_GOOD};
}
struct expr_value expr_unknown(enum quality q, enum reason r); /* .v = NAN */
struct expr_value expr_of_reading(const struct reading *r);    /* of a text .v = NAN */

enum expr_type { EXPR_NUMBER, EXPR_BOOL, EXPR_ENUM, EXPR_BITS };

/* A unit with what follows from × and ÷: exponents over m kg s A K and the factor and offset to the
 * coherent unit. .id is its row in unit.h where it has one, else UNIT_NONE ("W/V²"). A temperature
 * (°C) is .absolute; the difference of two is K. */
struct expr_unit {
	int8_t dim[UNIT_DIMS];
	bool absolute;
	unit_id id;
	double factor;
};
struct expr_unit expr_unit_of(unit_id id);
/* "kPa", "K/h", "kg·m²/s³"; "" for a plain number. */
void expr_unit_format(char *dst, size_t size, const struct expr_unit *u);
bool expr_unit_is_plain(const struct expr_unit *u); /* a number, a count, a ratio of 1 */
/* A value in FROM is v * *ret_scale in TO (or unit_convert() of the two ids where an offset is
 * involved: then *ret_scale is NAN). False when they are of two kinds. */
bool expr_unit_convertible(
	const struct expr_unit *from, const struct expr_unit *to, double *ret_scale);

/* The names an enum or a set of bits may have. AT gives name and number of entry I. Where the list
 * is not known (the profile's own, and there is no profile), INTERN gives each word a number. */
struct expr_names {
	const char *(*at)(const void *list, size_t i, int64_t *ret);
	const void *list;
	size_t n;
	int64_t (*intern)(const void *list, const char *name); /* NULL = the list is all */
};
/* .list = array of struct model_value */
const char *expr_names_model(const void *list, size_t i, int64_t *ret);

/* What a name stands for. */
struct expr_symbol {
	enum expr_type type;
	struct expr_unit unit;   /* numbers */
	struct expr_names names; /* enums and bits; borrowed as long as the parsing takes */
	uint32_t ref;            /* handed to expr_env.value */
	bool constant;           /* .value stands for ever: a setting, a Param */
	double value;
};

/* What an argument of a function must be. */
enum expr_arg {
	EXPR_ARG_END, /* of the list; the argument before it may repeat where max_args says so */
	EXPR_ARG_NUMBER,
	EXPR_ARG_BOOL,
	EXPR_ARG_ANY,      /* number, bool or enum */
	EXPR_ARG_REF,      /* a name alone */
	EXPR_ARG_DURATION, /* a constant time above 0; reaches the function in seconds */
	EXPR_ARG_CONST,    /* a constant number without unit */
	EXPR_ARG_LIKE,     /* a constant number of the unit of the first argument's differences */
};
/* Type and unit of the result. "First" is the first argument; its difference is K for °C. */
enum expr_result {
	EXPR_RESULT_BOOL,
	EXPR_RESULT_PLAIN,      /* a number without unit */
	EXPR_RESULT_TIME,       /* s */
	EXPR_RESULT_FIRST,      /* as first, temperatures stay temperatures */
	EXPR_RESULT_DIFFERENCE, /* as first's difference */
	EXPR_RESULT_RATE,       /* first's difference per second */
	EXPR_RESULT_INTEGRAL,   /* first × s; no temperatures */
	EXPR_RESULT_ENERGY,     /* first × s in Wh; power alone */
	EXPR_RESULT_ACCESSOR,   /* that of the accessor, applied to the second argument */
};
struct expr_accessor {
	const char *name; /* "len"; NULL ends a list */
	enum expr_result result;
};

enum {
	EXPR_F_STATE = 1 << 0, /* has a memory; else pure, and the same arguments give the same */
	EXPR_F_BY = 1 << 1,    /* takes "x by k1,k2" (1..3 keys) and "floor NUMBER" first */
	EXPR_F_FIT = 1 << 2,   /* takes "y ~ x1,x2" (1..3) first */
	EXPR_F_ALL = 1 << 3,   /* all(e): marks what is below as seeing all samples */
};
#define EXPR_FUNC_ARGS 4
struct expr_func {
	const char *name;
	uint8_t min_args, max_args;   /* the "by" and "~" lists count as one argument */
	uint8_t args[EXPR_FUNC_ARGS]; /* enum expr_arg */
	uint8_t result;               /* enum expr_result */
	uint8_t flags;
	uint16_t id;                           /* the engine's own */
	const struct expr_accessor *accessors; /* one of them must follow; NULL = none may */
};

struct expr_scope {
	void *userdata;
	/* 0 and *ret; -ENOENT: no such name. */
	int (*resolve)(void *userdata, const char *name, struct expr_symbol *ret);
	/* Whom "no such name" proposes: entry I, NULL past the end. May be NULL. */
	const char *(*name_at)(void *userdata, size_t i);
	const struct expr_func *funcs; /* further functions; ends with .name == NULL; may be NULL */
	double poll_s;                 /* what "10 poll" counts; 0 = the word is refused */
};

/* What the whole must be. */
struct expr_want {
	bool any; /* whatever it is; the rest does not count */
	enum expr_type type;
	/* Numbers: the result is converted to this unit. A plain number becomes one of the unit
	 * only where PLAIN_OK: "Value=0.5*raw - 15" with Unit=°C. */
	bool has_unit, plain_ok;
	struct expr_unit unit;
	struct expr_names names; /* enums: words a bare name may be */
};

struct expr_error {
	unsigned column; /* from 1, in characters */
	char text[240];  /* a sentence that ends with what would be right */
};

enum expr_op {
	EXPR_OP_CONST, /* .num */
	EXPR_OP_REF,   /* .ref */
	EXPR_OP_NEG,
	EXPR_OP_MUL,
	EXPR_OP_DIV,
	EXPR_OP_ADD,
	EXPR_OP_SUB,
	EXPR_OP_LT,
	EXPR_OP_LE,
	EXPR_OP_GT,
	EXPR_OP_GE,
	EXPR_OP_EQ,
	EXPR_OP_NE,
	EXPR_OP_NOT,
	EXPR_OP_AND,
	EXPR_OP_OR,
	EXPR_OP_SCALE,   /* × .num: between units */
	EXPR_OP_CONVERT, /* between °F and °C: .convert */
	EXPR_OP_ABS,
	EXPR_OP_MIN, /* of its arguments */
	EXPR_OP_MAX,
	EXPR_OP_SWITCH,  /* switch(i, v0, v1, ...) */
	EXPR_OP_DEFAULT, /* default(x, y) */
	EXPR_OP_PRESENT,
	EXPR_OP_HAS,  /* has(bits, name) */
	EXPR_OP_SAME, /* all(e): its argument */
	EXPR_OP_CALL, /* .func of the scope */
	_EXPR_OP_MAX,
};

/* Post-order: what a node works on stands before it. Arguments of node i are the nodes
 * e->args[node.first ... + n_args); of a "by" call: x, keys, then the rest. */
struct expr_node {
	uint8_t op;   /* enum expr_op */
	uint8_t type; /* enum expr_type */
	uint8_t unit; /* index in e->units */
	uint8_t n_args;
	uint8_t n_keys;   /* of "by" or "~": args 1 ... n_keys */
	uint8_t accessor; /* index in func->accessors */
	bool all;         /* within all(...) */
	uint16_t first;
	uint16_t column;     /* from 1, in characters */
	uint16_t begin, end; /* its part of the text, in bytes */
	union {
		double num;
		uint32_t ref;
		const struct expr_func *func;
		unit_id convert[2]; /* from, to */
	};
	double floor; /* EXPR_F_BY: as stated, NAN = not; in the unit of x's differences */
};

struct expr {
	char *text;
	struct expr_node *nodes; /* the last one is the whole */
	uint16_t *args;
	struct expr_unit *units;
	uint16_t n_nodes, n_args, n_units;
};

/* 0 and *ret, -EINVAL with *RETERR filled, or -ENOMEM. WANT NULL = any. */
int expr_parse(const char *text, const struct expr_scope *scope, const struct expr_want *want,
	struct expr **ret, struct expr_error *reterr);
struct expr *expr_free(struct expr *e);
DEFINE_CLEANUP(struct expr *, expr_free);

static inline const struct expr_node *expr_root(const struct expr *e)
{
	return &e->nodes[e->n_nodes - 1];
}
static inline const struct expr_unit *expr_unit(const struct expr *e)
{
	return &e->units[expr_root(e)->unit];
}
bool expr_is_constant(const struct expr *e);
/* Whether the trees below two nodes are the same. */
bool expr_same(const struct expr *a, unsigned node_a, const struct expr *b, unsigned node_b);
/* Calls FN for each reference once a mention. */
void expr_each_ref(const struct expr *e, void (*fn)(void *userdata, uint32_t ref), void *userdata);

struct expr_env {
	void *userdata;
	struct expr_value (*value)(void *userdata, uint32_t ref);
	/* V[i] is the value of node i for all i below NODE. Called for each call at each
	 * evaluation: nothing is skipped, so that memories see every sample. NULL where the scope
	 * had no functions. */
	struct expr_value (*call)(
		void *userdata, const struct expr *e, unsigned node, const struct expr_value *v);
};
struct expr_value expr_eval(const struct expr *e, const struct expr_env *env);
/* The same with all values kept, e->n_nodes of them: for evidence. */
struct expr_value expr_eval_nodes(
	const struct expr *e, const struct expr_env *env, struct expr_value *ret);

#endif
