/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/revocation.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdatomic.h>

typedef SSL_CTX *(*ssl_ctx_new_fn)(const SSL_METHOD *);

static ssl_ctx_new_fn libssl_ctx_new;
static atomic_uint contexts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char pinned[512]; /* under LOCK */

int revocation_init(void)
{
	void *p = dlsym(RTLD_NEXT, "SSL_CTX_new");

	if (!p)
		return -ENOSYS;
	/* ISO C knows no conversion from void * to a function. */
	memcpy(&libssl_ctx_new, &p, sizeof(p));
	return 0;
}

unsigned revocation_contexts(void)
{
	return atomic_load(&contexts);
}

/* The number of lists that STORE has got from PATH. */
static int load(X509_STORE *store, const char *path)
{
	X509_LOOKUP *l = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	return l ? X509_load_crl_file(l, path, X509_FILETYPE_PEM) : 0;
}

int revocation_pin(const char *path, char *text, size_t text_size)
{
	X509_STORE *store;
	int n = 0;

	(void)pthread_mutex_lock(&lock);
	pinned[0] = 0;
	(void)pthread_mutex_unlock(&lock);
	if (!path[0])
		return 0;
	store = X509_STORE_new();
	if (store)
		n = load(store, path);
	X509_STORE_free(store);
	ERR_clear_error();
	if (n <= 0 || strlen(path) >= sizeof(pinned)) {
		(void)snprintf(text, text_size, "credential %s holds no revocation list (PEM)",
			strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
		return -EINVAL;
	}
	(void)pthread_mutex_lock(&lock);
	(void)str_copy(pinned, sizeof(pinned), path);
	(void)pthread_mutex_unlock(&lock);
	return 0;
}

/* Before OpenSSL's, for every library in this process. */
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
	SSL_CTX *ctx = libssl_ctx_new ? libssl_ctx_new(method) : NULL;
	char path[sizeof(pinned)];
	X509_STORE *store;

	(void)pthread_mutex_lock(&lock);
	(void)str_copy(path, sizeof(path), pinned);
	(void)pthread_mutex_unlock(&lock);
	if (!ctx || !path[0])
		return ctx;
	store = SSL_CTX_get_cert_store(ctx);
	if (load(store, path) <= 0 ||
		X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) !=
			1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	(void)atomic_fetch_add(&contexts, 1);
	return ctx;
}
