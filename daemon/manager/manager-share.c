/* SPDX-License-Identifier: Apache-2.0 */
/* /run/hearthd/share/BUS/sock: where hearth-share gets the frames of a bus with Share=yes. One at a time;
 * it is told frames and asks nothing. */
#include "manager-tap.h"

#include "daemon/base/log.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

struct share_port {
	int fd;
	sd_event_source *source;
};

static int on_listen(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct line *l = userdata;
	int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (c >= 0 && manager_tap_add(l, c, true) < 0)
		(void)close(c);
	return 0;
}

static int make_folder(const char *path)
{
	struct stat st;

	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	/* UMask= of the service may have taken the group's right. */
	return chmod(path, 0750) < 0 ? -errno : 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = -1;

	if (!str_copy(sa.sun_path, sizeof(sa.sun_path), path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || chmod(path, 0660) < 0 ||
		listen(fd, 4) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int manager_share_start(struct line *l)
{
	_cleanup_free_ char *top = NULL, *dir = NULL, *path = NULL;
	struct share_port *p;
	int r;

	if (!l->conf->share || l->share)
		return 0;
	if (asprintf(&top, "%s/share", l->manager->options.runtime) < 0 ||
		asprintf(&dir, "%s/%s", top, l->conf->id) < 0 ||
		asprintf(&path, "%s/sock", dir) < 0)
		return -ENOMEM;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	l->share = p;
	p->fd = -1;
	r = make_folder(top);
	if (r >= 0)
		r = make_folder(dir);
	if (r >= 0)
		r = p->fd = listen_at(path);
	if (r >= 0)
		r = sd_event_add_io(l->manager->event, &p->source, p->fd, EPOLLIN, on_listen, l);
	if (r < 0) {
		log_error("bus %s: no socket for hearth-share at %s: %s", l->conf->id, path,
			strerror(-r));
		manager_share_done(l);
	}
	return r;
}

void manager_share_move(struct line *to, struct line *from)
{
	to->share = TAKE_PTR(from->share);
	if (to->share)
		(void)sd_event_source_set_userdata(to->share->source, to);
}

void manager_share_done(struct line *l)
{
	if (!l->share)
		return;
	sd_event_source_disable_unref(l->share->source);
	closep(&l->share->fd);
	free(l->share);
	l->share = NULL;
}
