/* SPDX-License-Identifier: Apache-2.0 */
/* hearth-sign: one Ed25519 signature or one check, then it ends; so that hearthd itself has no cryptography
 * mapped. Started by hearthd alone, with its rights; standard input is a file in memory.
 *
 *   hearth-sign --key FILE   message → "S", public key (32), signature (64). FILE is made at first.
 *   hearth-sign --verify     public key (32), signature (64), message → "Y" or "N"
 *
 * After the files are open only reading, writing, memory and leaving are possible. */
#include "daemon/base/base64.h"

#include <fcntl.h>
#include <libgen.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define INPUT_MAX (128 * 1024)
#define SEED      32
#define PUBLIC    32
#define SIGNATURE 64
#define KEY_HEAD  "hearthd gateway key, Ed25519 seed\n"

static int fail(const char *what, int error)
{
	fprintf(stderr, "hearth-sign: %s%s%s\n", what, error ? ": " : "",
		error ? strerror(error) : "");
	return EXIT_FAILURE;
}

/* ---- the key of the gateway */

static int key_parse(const char *text, size_t n, uint8_t seed[static SEED])
{
	const size_t head = sizeof(KEY_HEAD) - 1, body = BASE64_SIZE(SEED) - 1;
	uint8_t raw[BASE64_SIZE(SEED)];

	if (n != head + body + 1 || memcmp(text, KEY_HEAD, head) != 0 || text[n - 1] != '\n' ||
		base64_decode(text + head, body, raw) != SEED)
		return -EBADMSG;
	memcpy(seed, raw, SEED);
	explicit_bzero(raw, sizeof(raw));
	return 0;
}

static int write_all(int fd, const void *p, size_t n)
{
	for (const char *s = p; n > 0;) {
		ssize_t k = write(fd, s, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return k < 0 ? -errno : -EIO;
		s += k;
		n -= (size_t)k;
	}
	return 0;
}

static int sync_folder(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd =
		copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Whole or not at all, also when the power goes. */
static int key_make(const char *path, uint8_t seed[static SEED])
{
	char text[sizeof(KEY_HEAD) + BASE64_SIZE(SEED) + 1], base64[BASE64_SIZE(SEED)];
	_cleanup_free_ char *fresh = NULL;
	_cleanup_close_ int fd = -1;
	int n, r = random_bytes(seed, SEED);

	if (r < 0)
		return r;
	if (asprintf(&fresh, "%s.new", path) < 0)
		return -ENOMEM;
	base64_encode(base64, seed, SEED);
	n = snprintf(text, sizeof(text), "%s%s\n", KEY_HEAD, base64);
	(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : write_all(fd, text, (size_t)n);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(base64, sizeof(base64));
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(fresh, path) < 0)
		r = -errno;
	return r < 0 ? r : sync_folder(path);
}

/* A file that is there and cannot be used is an error: a new key would be a stranger to every desk. */
static int key_load(const char *path, uint8_t seed[static SEED])
{
	char text[256];
	struct stat st;
	ssize_t n;
	int r;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? key_make(path, seed) : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_mode & 077)
		return -EPERM;
	n = read(fd, text, sizeof(text));
	r = n < 0 ? -errno : key_parse(text, (size_t)n, seed);
	explicit_bzero(text, sizeof(text));
	return r;
}

/* ---- its cage */

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef ARCH /* the sanitizers' own calls at the end */
#endif

#ifdef ARCH
#define FIELD(f)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, f))
#define END(how)  BPF_STMT(BPF_RET | BPF_K, how)
#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), END(SECCOMP_RET_ALLOW)
#endif

static void shut_in(void)
{
	const struct rlimit none = {0, 0}, seconds = {5, 5};

	/* What is not allowed here is not needed either: the unit has these bounds too. */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)setrlimit(RLIMIT_CPU, &seconds);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifdef ARCH
	struct sock_filter filter[] = {
		FIELD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		END(SECCOMP_RET_KILL_PROCESS),
		FIELD(nr),
		ALLOW(__NR_read),
		ALLOW(__NR_write),
		ALLOW(__NR_brk),
		ALLOW(__NR_munmap),
		ALLOW(__NR_mremap),
		ALLOW(__NR_madvise),
		ALLOW(__NR_futex),
		ALLOW(__NR_getrandom),
		ALLOW(__NR_exit),
		ALLOW(__NR_exit_group),
#ifdef __NR_mmap
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 1, 0),
#else
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap2, 1, 0),
#endif
		END(SECCOMP_RET_KILL_PROCESS),
		FIELD(args[2]), /* the low half: all of these are little-endian */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
		END(SECCOMP_RET_KILL_PROCESS),
		END(SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {ARRAY_SIZE(filter), filter};

	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#endif
}

/* ---- the work */

static uint8_t input[INPUT_MAX + 1];

static ssize_t read_input(void)
{
	size_t n = 0;

	for (;;) {
		ssize_t k = read(STDIN_FILENO, input + n, sizeof(input) - n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		n += (size_t)k;
		if (k == 0 || n == sizeof(input))
			return n > INPUT_MAX ? -E2BIG : (ssize_t)n;
	}
}

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

static int do_sign(const char *path)
{
	_cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *c = NULL;
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
	uint8_t seed[SEED], out[1 + PUBLIC + SIGNATURE] = {'S'};
	size_t n_public = PUBLIC, n_signature = SIGNATURE;
	ssize_t n;
	int r = key_load(path, seed);

	if (r < 0)
		return fail(path, -r);
	shut_in();
	n = read_input();
	if (n < 0)
		return fail("standard input", (int)-n);
	c = EVP_MD_CTX_new();
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SEED);
	explicit_bzero(seed, sizeof(seed));
	if (!c || !key || EVP_PKEY_get_raw_public_key(key, out + 1, &n_public) != 1 ||
		EVP_DigestSignInit(c, NULL, NULL, NULL, key) != 1 ||
		EVP_DigestSign(c, out + 1 + PUBLIC, &n_signature, input, (size_t)n) != 1)
		return fail("cannot sign", 0);
	r = write_all(STDOUT_FILENO, out, sizeof(out));
	return r < 0 ? fail("standard output", -r) : EXIT_SUCCESS;
}

static int do_verify(void)
{
	_cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *c = NULL;
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
	const uint8_t *message = input + PUBLIC + SIGNATURE;
	bool good;
	ssize_t n;
	int r;

	shut_in();
	n = read_input();
	if (n < PUBLIC + SIGNATURE)
		return fail("standard input", n < 0 ? (int)-n : EBADMSG);
	c = EVP_MD_CTX_new();
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, input, PUBLIC);
	good = c && key && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1 &&
	       EVP_DigestVerify(
		       c, input + PUBLIC, SIGNATURE, message, (size_t)n - PUBLIC - SIGNATURE) == 1;
	r = write_all(STDOUT_FILENO, good ? "Y" : "N", 1);
	return r < 0 ? fail("standard output", -r) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	/* Whatever a configuration of the machine says of OpenSSL is not for this. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (argc == 3 && streq(argv[1], "--key"))
		return do_sign(argv[2]);
	if (argc == 2 && streq(argv[1], "--verify"))
		return do_verify();
	fputs("Usage: hearth-sign --key FILE | --verify\nStarted by hearthd; see hearthd(8).\n",
		stderr);
	return 64; /* EX_USAGE */
}
