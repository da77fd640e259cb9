/* SPDX-License-Identifier: Apache-2.0 */
/* hearth.signed/1: bytes that were signed, as they were, in a message. */
#include "daemon/base/base64.h"
#include "report-internal.h"

int signed_compose(const struct message_head *head, struct stamp t, const struct signed_text *s,
	char **ret, size_t *ret_n)
{
	_cleanup_free_ char *payload = malloc(BASE64_SIZE(s->n));
	char signature[BASE64_SIZE(64)], key[BASE64_SIZE(32)];
	struct writer w = {0};

	if (!payload)
		return -ENOMEM;
	base64_encode(payload, s->payload, s->n);
	base64_encode(signature, s->signature, 64);
	base64_encode(key, s->key, 32);
	write_open(&w, '{');
	write_head(&w, "hearth.signed/1", head);
	write_stamp(&w, &t);
	write_head_rest(&w, head);
	write_member(&w, "of", s->of);
	write_member(&w, "request", s->request);
	write_member(&w, "payload", payload);
	write_member(&w, "sig", signature);
	write_member(&w, "key", key);
	write_close(&w, '}');
	explicit_bzero(payload, BASE64_SIZE(s->n)); /* of a request: with its visit code */
	return writer_take(&w, ret, ret_n);
}
