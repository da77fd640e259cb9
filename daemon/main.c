/* SPDX-License-Identifier: Apache-2.0 */
/* hearthd: arguments, --check, and a run that may end in another one. */
#include "../adapters/check.h"
#include "daemon/base/log.h"
#include "daemon/manager/feed/manager-privacy.h"

#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "build-config.h"

static const char help[] =
	"Usage: hearthd [OPTION]...\n"
	"Read household appliances, find what is wrong with them, report as far as the household allows.\n"
	"\n"
	"  --config DIR      configuration (" HEARTHD_ETC ")\n"
	"  --vendor DIR      profiles that came with the package (" HEARTHD_VENDOR ")\n"
	"  --state DIR       journal and outbox ($STATE_DIRECTORY, " HEARTHD_STATE ")\n"
	"  --runtime DIR     sockets for hearth-relay ($RUNTIME_DIRECTORY, " HEARTHD_RUNTIME ")\n"
	"  --libexec DIR     where hearth-sign is (" HEARTHD_LIBEXEC ")\n"
	"  --bus ADDRESS     D-Bus to serve: an address, 'system' (default) or 'none'\n"
	"  --check           read the configuration, say what is wrong, exit\n"
	"  --log-level L     err, warning, notice, info or debug\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 stopped as asked, 78 the configuration is wrong, 64 wrong usage, 1 anything else.\n"
	"See hearthd(8), hearthd.conf(5), hearthctl(1).\n";

struct arguments {
	struct manager_options manager;
	bool check;
	int log_level;
};

static const char *or_environment(const char *given, const char *variable, const char *fallback)
{
	const char *e;

	if (given)
		return given;
	e = getenv(variable);
	return isempty(e) ? fallback : e;
}

/* 1 to go on, 0 or EX_USAGE to leave with. */
static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	enum { CONFIG = 256, VENDOR, STATE, RUNTIME, LIBEXEC, BUS, CHECK, LEVEL, VERSION };
	static const struct option options[] = {
		{"config", required_argument, NULL, CONFIG},
		{"vendor", required_argument, NULL, VENDOR},
		{"state", required_argument, NULL, STATE},
		{"runtime", required_argument, NULL, RUNTIME},
		{"libexec", required_argument, NULL, LIBEXEC},
		{"bus", required_argument, NULL, BUS},
		{"check", no_argument, NULL, CHECK},
		{"log-level", required_argument, NULL, LEVEL},
		{"version", no_argument, NULL, VERSION},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	*a = (struct arguments){
		.manager = {.etc = HEARTHD_ETC,
			.vendor = HEARTHD_VENDOR,
			.libexec = HEARTHD_LIBEXEC},
		.log_level = -1,
	};
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1)
		switch (c) {
		case CONFIG:
			a->manager.etc = optarg;
			break;
		case VENDOR:
			a->manager.vendor = optarg;
			break;
		case STATE:
			a->manager.state = optarg;
			break;
		case RUNTIME:
			a->manager.runtime = optarg;
			break;
		case LIBEXEC:
			a->manager.libexec = optarg;
			break;
		case BUS:
			a->manager.bus_address = streq(optarg, "system") ? NULL : optarg;
			break;
		case CHECK:
			a->check = true;
			break;
		case LEVEL:
			if (log_parse_level(optarg, &a->log_level) < 0) {
				fprintf(stderr,
					"hearthd: --log-level %s: choose err, warning, notice, info or debug\n",
					optarg);
				return EX_USAGE;
			}
			break;
		case VERSION:
			puts("hearthd " HEARTHD_VERSION);
			return 0;
		case 'h':
			fputs(help, stdout);
			return 0;
		case '?':
			fputs("Try 'hearthd --help'.\n", stderr);
			return EX_USAGE;
		}
	if (optind < argc) {
		fprintf(stderr,
			"hearthd: what is '%s'? It takes options only; try 'hearthd --help'.\n",
			argv[optind]);
		return EX_USAGE;
	}
	a->manager.state = or_environment(a->manager.state, "STATE_DIRECTORY", HEARTHD_STATE);
	a->manager.runtime =
		or_environment(a->manager.runtime, "RUNTIME_DIRECTORY", HEARTHD_RUNTIME);
	return 1;
}

/* What hearthctl config check says, for those who have the daemon alone. */
static int check(const struct manager_options *o)
{
	struct problems problems = {0};
	struct config *config = NULL;
	size_t usable = 0, errors;
	int r = config_load(o->etc, o->vendor, &problems, &config);

	if (r >= 0)
		usable = check_config(config, &problems);
	for (size_t i = 0; i < problems.n; i++)
		problem_print(stderr, &problems.v[i]);
	if (problems.dropped)
		fprintf(stderr, "and %zu more\n", problems.dropped);
	errors = problems.n_errors;
	if (r >= 0)
		printf("%zu buses, %zu upstreams, %zu usable appliances; %zu errors\n",
			config->n_buses, config->n_upstreams, usable, errors);
	else if (r == -EINVAL)
		printf("%zu errors; hearthd would not start\n", errors);
	else
		fprintf(stderr, "hearthd: %s: %s\n", o->etc, strerror(-r));
	config_free(config);
	problems_done(&problems);
	return r < 0 || errors > 0 ? EX_CONFIG : 0;
}

/* *RET_WIPE: everything was to be deleted, and is; begin anew. */
static int run_once(const struct manager_options *o, bool *ret_wipe)
{
	sd_event *event = NULL;
	struct manager *m = NULL;
	int r;

	r = sd_event_new(&event);
	if (r >= 0)
		r = manager_new(o, event, &m);
	if (r >= 0)
		r = manager_start(m);
	if (r < 0) {
		if (m && m->problems.n_errors > 0 && !m->config) {
			manager_print_problems(m);
			(void)sd_notifyf(
				0, "STATUS=configuration is wrong, see the journal\nERRNO=%d", -r);
			r = -EINVAL;
		} else
			log_error("cannot start: %s", strerror(-r));
		if (m && !m->config)
			r = r == -EINVAL ? EX_CONFIG : EXIT_FAILURE;
		else
			r = EXIT_FAILURE;
	} else {
		/* Start-up garbage goes back before the long quiet life begins. */
		(void)malloc_trim(0);
		if (!m->dbus)
			manager_tell_ready(m);
		r = sd_event_loop(event);
		r = r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
		*ret_wipe = r == EXIT_SUCCESS && m->wipe;
		if (!*ret_wipe)
			(void)sd_notify(0, "STOPPING=1");
	}
	manager_free(m);
	if (*ret_wipe)
		(void)manager_wipe_files(o->state);
	sd_event_unref(event);
	return r;
}

static int run(const struct manager_options *o)
{
	bool wipe;
	int r;

	do {
		wipe = false;
		r = run_once(o, &wipe);
	} while (wipe);
	return r;
}

/* A descriptor opened later must not become what messages are printed to. */
static bool open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

#define MMAP_FROM (128 * 1024)

int main(int argc, char **argv)
{
	struct arguments a;
	sigset_t mask;
	int r;

	if (!open_standard_descriptors())
		return EXIT_FAILURE;
	r = parse_arguments(argc, argv, &a);
	if (r != 1)
		return r;
	log_open("hearthd", a.log_level >= 0 ? a.log_level : LOG_INFO);
	if (a.check)
		return check(&a.manager);
	/* One arena: threads allocate at start only (trials: 0.5 MB less). */
	(void)mallopt(M_ARENA_MAX, 1);
	/* Fixed: it would grow with the first large block that is freed, and what is large and mostly
	 * unused (the samples of an appliance) come from the heap at the next reload, all of it touched. */
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
	/* Threads inherit the mask: signals are main's. */
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &mask, NULL);
	return run(&a.manager);
}
