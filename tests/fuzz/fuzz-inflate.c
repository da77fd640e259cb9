/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a zlib stream, with and without a dictionary at hand: bounded output or refused; and
 * what came out goes in and comes out the same. */
#include "daemon/report/deflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_OUT 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char names[] = "{\"schema\":\"hearth.report/1\",\"gw\":\"";
	struct dictionary dicts[2] = {{"x", 1}, {names, sizeof(names) - 1}};
	void *out, *packed, *again;
	size_t n, packed_n, again_n;

	(void)deflate_is_stream(data, size);
	if (inflate_bytes(data, size, dicts, 2, MAX_OUT, &out, &n) < 0)
		return 0;
	if (n > MAX_OUT || ((char *)out)[n] != 0 || !deflate_is_stream(data, size))
		abort();
	if (deflate_bytes(out, n, &dicts[1], &packed, &packed_n) < 0 ||
		inflate_bytes(packed, packed_n, dicts, 2, MAX_OUT, &again, &again_n) < 0 ||
		again_n != n || memcmp(again, out, n) != 0)
		abort();
	free(again);
	free(packed);
	free(out);
	return 0;
}
