/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the expression parser: text (expr-parse.c), calls (expr-call.c), types and
 * units (expr-check.c). Nobody else includes this. */
#ifndef HEARTHD_EXPR_INTERNAL_H
#define HEARTHD_EXPR_INTERNAL_H

#include "expr.h"
#include "daemon/config/ini.h"
#include "daemon/model/model.h"

enum token {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_NAME,
	TOKEN_OP,    /* .op */
	TOKEN_OPEN,  /* ( */
	TOKEN_CLOSE, /* ) */
	TOKEN_COMMA,
	TOKEN_TILDE,
	TOKEN_BAD, /* the error is set */
};

/* What stands on one side of an operator. A bare name may still become a word of an enum when its
 * partner is known: until then .node is its reference, or -1 when there is none of that name. */
struct operand {
	int node;
	unsigned name_len; /* bytes of the name; 0 = more than a bare name */
	size_t column;     /* byte offset, of the name too */
};

struct parser {
	const char *text;
	size_t pos;
	const struct expr_scope *scope;
	struct expr_error *err;
	int r; /* 0, -EINVAL, -ENOMEM: the first error stays */

	enum token token;
	enum expr_op op; /* TOKEN_OP */
	size_t start;    /* byte offset of the token */
	size_t last_end; /* where the token before it ends */
	double number;
	struct expr_unit unit;        /* of a TOKEN_NUMBER */
	char name[EXPR_NAME_MAX + 1]; /* TOKEN_NAME */

	unsigned depth, calls;
	bool all; /* within all(...) */

	struct expr_node nodes[EXPR_NODES_MAX];
	struct expr_names node_names[EXPR_NODES_MAX]; /* of enums and bits */
	uint16_t args[EXPR_NODES_MAX];
	struct expr_unit units[EXPR_NODES_MAX];
	unsigned n_nodes, n_args, n_units;
};

/* Sets the error unless there is one; returns -1. COLUMN is a byte offset. */
int expr_fail(struct parser *p, size_t column, const char *fmt, ...) _printf_(3, 4);
void expr_next(struct parser *p); /* the next token */
bool expr_at_word(const struct parser *p, const char *word);
bool expr_enter(struct parser *p); /* one level down; false and an error at the bound */
/* A whole expression; WANT: words that names in it may be, NULL = none. */
struct operand expr_parse_or(struct parser *p, const struct expr_names *want);
struct operand expr_parse_call(
	struct parser *p, const char *name, size_t column, const struct expr_names *want);

/* Node index or -1. */
int expr_emit(struct parser *p, struct expr_node n, const struct expr_unit *unit, size_t column);
int expr_emit_args(struct parser *p, struct expr_node n, const struct expr_unit *unit,
	const int *args, unsigned n_args, size_t column);
const struct expr_unit *expr_node_unit(const struct parser *p, int node);
bool expr_is_zero(const struct parser *p, int node); /* a bare 0, of any unit */
/* The node of an operand: a bare name must be known, or a word of WANT. */
int expr_settle(struct parser *p, const struct operand *o, const struct expr_names *want);
int expr_build_unary(struct parser *p, enum expr_op op, const struct operand *o, size_t column);
int expr_build_binary(struct parser *p, enum expr_op op, const struct operand *l,
	const struct operand *r, size_t column);
/* NODE in UNIT, or -1 and an error that names WHAT. */
int expr_to_unit(
	struct parser *p, int node, const struct expr_unit *unit, const char *what, size_t column);
/* Brings N nodes to one type and unit: those of the first that is no bare 0. */
bool expr_unify(struct parser *p, int *nodes, unsigned n, const char *what, size_t column);
bool expr_expect(struct parser *p, int node, enum expr_type type, const char *what, size_t column);

struct expr_unit expr_unit_difference(const struct expr_unit *u);
struct expr_unit expr_unit_product(const struct expr_unit *a, const struct expr_unit *b, int sign);
bool expr_names_find(const struct expr_names *names, const char *name, int64_t *ret);

/* One pure node over the values of those before it. */
struct expr_value expr_eval_pure(
	const struct expr_node *n, const uint16_t *args, const struct expr_value *v);

#endif
