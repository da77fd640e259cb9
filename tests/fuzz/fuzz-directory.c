/* SPDX-License-Identifier: Apache-2.0 */
/* A signed service directory: its form, then its text as if the signature were good; and a public key. */
#include "daemon/repair/directory.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct problems problems = {0};
	struct directory *d = NULL;
	struct signify_signed s;
	struct signify_key key;

	(void)signify_parse_key((const char *)p, n, &key);
	if (signify_parse_signed((const char *)p, n, &s) < 0) {
		s.message = (const char *)p;
		s.n = n;
	}
	if (directory_parse(s.message, s.n, "fuzz", &problems, &d) == 0)
		for (size_t i = 0; i < d->n; i++)
			(void)service_fits(&d->v[i], "Midea", "heat_pump", "CN-31");
	directory_free(d);
	problems_done(&problems);
	return 0;
}
