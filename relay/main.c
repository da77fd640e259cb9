/* SPDX-License-Identifier: Apache-2.0 */
/* hearth-relay NAME: options, limits, signals. See hearth-relay(8). */
#include <getopt.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "build-config.h"
#include "daemon/base/log.h"
#include "relay/probe.h"
#include "relay/relay.h"
#include "relay/resolve.h"
#include "relay/revocation.h"

#ifdef __SANITIZE_ADDRESS__
void __lsan_do_leak_check(void); /* sanitizer/lsan_interface.h */
#endif

#define EXIT_USAGE 2
/* NSS modules need more than a page or two, and nobody needs the 8 MiB of default. */
#define THREAD_STACK (256 * 1024)
/* A hostile broker may announce a packet of 256 MB, and Paho allocates what is announced. Measured with
 * TLS: 14 MB. */
#define ADDRESS_SPACE (64UL * 1024 * 1024)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static void help(void)
{
	(void)puts(
		"hearth-relay [OPTIONS] NAME\n"
		"Publishes what hearthd hands over for the upstream NAME.\n"
		"\n"
		"  --socket PATH       hearthd's socket (/run/hearthd/relay/NAME/sock)\n"
		"  --credentials DIR   where NAME.ca, NAME.cert, NAME.key, NAME.crl and NAME.password\n"
		"                      are ($CREDENTIALS_DIRECTORY)\n"
		"  --log-level LEVEL   err, warning, notice, info or debug (info)\n"
		"  --help, --version\n"
		"\n"
		"See hearth-relay(8).");
}

static void limit_process(void)
{
	const struct rlimit as = {ADDRESS_SPACE, ADDRESS_SPACE}, core = {0, 0};
	pthread_attr_t attr;

	(void)mallopt(M_ARENA_MAX, 1);
	/* Keys and the password are in our memory. */
	(void)setrlimit(RLIMIT_CORE, &core);
	if (SANITIZED) /* they need more of everything, and to look at themselves */
		return;
	if (pthread_attr_init(&attr) == 0) {
		(void)pthread_attr_setstacksize(&attr, THREAD_STACK);
		(void)pthread_setattr_default_np(&attr);
		(void)pthread_attr_destroy(&attr);
	}
	(void)setrlimit(RLIMIT_AS, &as);
	/* Nor a core through a pipe, nor ptrace by the same user. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int open_signals(void)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	enum { OPT_SOCKET = 256, OPT_CREDENTIALS, OPT_LOG_LEVEL, OPT_HELP, OPT_VERSION };
	static const struct option options[] = {
		{"socket", required_argument, NULL, OPT_SOCKET},
		{"credentials", required_argument, NULL, OPT_CREDENTIALS},
		{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
		{"help", no_argument, NULL, OPT_HELP},
		{"version", no_argument, NULL, OPT_VERSION},
		{},
	};
	struct relay_options o = {.credentials = getenv("CREDENTIALS_DIRECTORY")};
	char path[128];
	int c, r, level = LOG_INFO;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (c) {
		case OPT_SOCKET:
			o.socket = optarg;
			break;
		case OPT_CREDENTIALS:
			o.credentials = optarg;
			break;
		case OPT_LOG_LEVEL:
			if (log_parse_level(optarg, &level) < 0) {
				(void)fprintf(stderr,
					"hearth-relay: --log-level: \"%s\" is no level; "
					"it is err, warning, notice, info or debug\n",
					optarg);
				return EXIT_USAGE;
			}
			break;
		case OPT_HELP:
			help();
			return 0;
		case OPT_VERSION:
			(void)puts("hearth-relay " HEARTHD_VERSION);
			return 0;
		default:
			return EXIT_USAGE;
		}
	if (optind != argc - 1 || !id_valid(argv[optind])) {
		(void)fprintf(stderr, "hearth-relay: needs the NAME of one upstream: 1 to 32 of "
				      "a-z 0-9 _ -\n");
		return EXIT_USAGE;
	}
	o.name = argv[optind];
	if (!o.socket) {
		(void)snprintf(path, sizeof(path), HEARTHD_RUNTIME "/relay/%s/sock", o.name);
		o.socket = path;
	}

	log_open("hearth-relay", level);
	limit_process();
	o.signal_fd = open_signals();
	r = o.signal_fd < 0 ? -errno : resolve_init();
	if (r == 0)
		r = revocation_init();
	if (r == 0)
		r = relay_run(&o);
	if (r < 0)
		log_error("Cannot start: %s", strerror(-r));
#ifdef __SANITIZE_ADDRESS__
	/* What a thread is just making is no leak, and looks like one. */
	if (!resolve_running() && !probe_running())
		__lsan_do_leak_check();
#endif
	/* Not exit(): handlers of libraries would run, OpenSSL's that frees all it has among them, while a look-up or a
	 * probe may still be under way in a thread. */
	_exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
