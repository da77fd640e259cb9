/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt.h"

#include <jansson.h>

static bool epoch_valid(const char *s)
{
	return s && strlen(s) == 8 && strspn(s, "0123456789abcdef") == 8;
}

static int take(json_t *root, struct receipt *r)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	const char *epoch = json_string_value(json_object_get(root, "epoch"));
	json_t *list = json_object_get(root, "seq");
	size_t n = json_array_size(list); /* 0 when it is no list */

	if (!schema || !streq(schema, "hearth.receipt/1") || !epoch_valid(epoch) || n == 0)
		return -EBADMSG;
	if (n > RECEIPT_SEQS_MAX)
		return -E2BIG;
	str_copy(r->epoch, sizeof(r->epoch), epoch);
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_array_get(list, i);

		if (!json_is_integer(v) || json_integer_value(v) < 1)
			return -EBADMSG;
		r->seqs[r->n++] = (uint64_t)json_integer_value(v);
	}
	return 0;
}

int receipt_parse(const void *json, size_t n, struct receipt *ret)
{
	struct receipt r = {0};
	json_t *root;
	int e;

	if (n > RECEIPT_BYTES_MAX)
		return -E2BIG;
	/* jansson's own bound of depth is 2048: 4 KiB of brackets. */
	root = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL);
	if (!root)
		return -EBADMSG;
	e = take(root, &r);
	json_decref(root);
	if (e == 0)
		*ret = r;
	return e;
}
