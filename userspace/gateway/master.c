// SPDX-License-Identifier: GPL-2.0
#include "master.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/addr.h"
#include "gateway.h"
#include "inherit.h"
#include "net.h"
#include "service/control.h"
#include "service/notify.h"
#include "spawn.h"

#define RESPITE		1000	/* milliseconds until a worker that died has a successor */

/**
 * struct master - the process
 * @set:	its listeners, in the order of the configuration, and behind them the control socket;
 *		workers that are coming to their end
 * @worker:	the one that serves, 0: none
 * @spawner:	of @worker, 0: none
 * @born:	tells that @worker serves
 * @again:	time for a new worker
 * @served:	one has served: faults are not those of the start any more
 * @ending:	no new worker
 * @status:	to exit with
 */
struct master {
	const struct master_options *options;
	struct gw_conf *conf;
	struct inherited set;
	pid_t worker;
	pid_t spawner;
	struct xc_loop loop;
	struct xc_source signals;
	struct xc_source born;
	struct xc_timer again;
	struct xc_notify notify;
	bool served;
	bool ending;
	int status;
};

static struct master the_master;

/* --- listeners --- */

static int listen_at(struct master *m, struct inherited *from, const struct gw_listen *listen)
{
	int fd = inherit_listener(from, &listen->at, listen->v6);
	char at[XC_ADDR_TEXT];

	if (fd < 0)
		fd = net_listen(&listen->at, listen->v6);
	if (fd < 0) {
		xc_addr_format(at, &listen->at.addr, listen->at.port);
		xc_log(&m->conf->log, LOG_ERR, "cannot listen at %s: %s", at, strerror(-fd));
		return fd;
	}
	m->set.fd[m->set.fds++] = fd;
	return 0;
}

static int listen_all(struct master *m)
{
	struct inherited from;
	unsigned int i;
	int err = 0, fd;

	inherit_read(&from);
	memcpy(m->set.old, from.old, sizeof(m->set.old));
	m->set.olds = from.olds;
	for (i = 0; i < m->conf->listens && !err; i++)
		err = listen_at(m, &from, &m->conf->listen[i]);
	fd = err ? err : inherit_control(&from, m->options->socket);
	if (!err && fd < 0)
		fd = xc_control_listen(&m->conf->log, m->options->socket);
	inherit_close(&from);
	if (fd < 0)
		return fd;
	m->set.fd[m->set.fds++] = fd;
	return 0;
}

/* --- workers --- */

/* A worker keeps what it is given and nothing of the master's. */
static _Noreturn void be_worker(struct master *m, int channel, int ready)
{
	const struct gw_start start = {
		.conf = m->conf, .listener = m->set.fd, .control = m->set.fd[m->set.fds - 1],
		.spawner = channel, .ready = ready, .user = m->options->user,
	};

	close(m->loop.epoll);
	close(m->signals.fd);
	if (m->notify.fd >= 0)
		close(m->notify.fd);
	spawn_signals();
	_exit(gw_run(&start));
}

/* Its pid, or -errno. */
static pid_t fork_worker(struct master *m, int *ready)
{
	int channel = -1, end[2];
	pid_t pid;
	int err;

	if (pipe2(end, O_CLOEXEC))
		return -errno;
	err = spawn_start(m->conf, &channel, &m->spawner);
	pid = err ? err : fork();
	if (!pid)
		be_worker(m, channel, end[1]);
	if (pid < 0 && !err)
		pid = -errno;
	if (channel >= 0)
		close(channel);
	close(end[1]);
	*ready = end[0];
	if (pid < 0)
		close(end[0]);
	return pid;
}

static void worker_start(struct master *m)
{
	pid_t pid;
	int ready = -1;

	pid = fork_worker(m, &ready);
	if (pid < 0) {
		xc_log(&m->conf->log, LOG_ERR, "no new process: %s", strerror(-pid));
		xc_timer_set(&m->loop, &m->again, RESPITE);
		return;
	}
	m->worker = pid;
	m->born.fd = ready;
	xc_loop_wait(&m->loop, &m->born, EPOLLIN);
}

static void worker_again(struct xc_timer *timer)
{
	(void)timer;
	if (!the_master.ending)
		worker_start(&the_master);
}

static void old_forget(struct master *m, int i)
{
	m->set.olds--;
	memmove(&m->set.old[i], &m->set.old[i + 1], (m->set.olds - i) * sizeof(m->set.old[0]));
}

/* A worker takes no more sessions; where there are many such, the oldest does not wait for its. */
static void old_add(struct master *m, pid_t pid)
{
	kill(pid, SIGTERM);
	if (m->set.olds == WORKERS_MAX) {
		kill(m->set.old[0], SIGTERM);
		old_forget(m, 0);
	}
	m->set.old[m->set.olds++] = pid;
}

/* The new worker serves, or its end of the pipe was closed by its death. */
static void worker_born(struct xc_source *source, uint32_t events)
{
	struct master *m = &the_master;
	char octet;
	int i;
	bool serves = read(source->fd, &octet, 1) == 1;

	(void)events;
	xc_loop_wait(&m->loop, source, 0);
	close(source->fd);
	source->fd = -1;
	if (!serves)
		return;
	m->served = true;
	for (i = 0; i < m->set.olds; i++)
		kill(m->set.old[i], SIGTERM);
	xc_notify_ready(&m->notify);
}

static void worker_died(struct master *m, int status)
{
	m->worker = 0;
	if (m->ending)
		return;
	if (!m->served) {
		/* It has said why. */
		m->status = WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) :
			    EX_SOFTWARE;
		m->loop.stop = true;
		return;
	}
	xc_log(&m->conf->log, LOG_ERR, "the process that serves has ended, %s %d: a new one is started",
	       WIFSIGNALED(status) ? "signal" : "status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	xc_timer_set(&m->loop, &m->again, RESPITE);
}

/* Without it no session of "command" is served: another worker, with another one. */
static void spawner_died(struct master *m)
{
	m->spawner = 0;
	if (m->ending || !m->worker)
		return;
	xc_log(&m->conf->log, LOG_ERR, "the process that starts programs has ended: a new one is started");
	old_add(m, m->worker);
	m->worker = 0;
	xc_timer_set(&m->loop, &m->again, RESPITE);
}

static void reap(struct master *m)
{
	int status, i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < m->set.olds; i++) {
			if (m->set.old[i] == pid)
				old_forget(m, i);
		}
		if (pid == m->worker)
			worker_died(m, status);
		else if (pid == m->spawner)
			spawner_died(m);
	}
	if (m->ending && !m->worker && !m->set.olds)
		m->loop.stop = true;
}

/* --- signals --- */

/* The first one lets sessions end, the second one does not wait for them. */
static void master_end(struct master *m)
{
	int i;

	for (i = 0; m->ending && i < m->set.olds; i++)
		kill(m->set.old[i], SIGTERM);
	if (m->worker)
		kill(m->worker, SIGTERM);
	m->ending = true;
	/* Who comes now is refused, and does not wait for nobody. */
	inherit_close(&m->set);
	xc_timer_clear(&m->loop, &m->again);
	reap(m);
}

/* As the next program would read it. */
static bool is_good(const struct master *m)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		spawn_signals();
		execl(m->options->program, m->options->program, "-t", "-c", m->options->conf,
		      (char *)NULL);
		_exit(EX_UNAVAILABLE);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

static void execute(struct master *m)
{
	const char *argv[] = {
		m->options->program, "-c", m->options->conf, "-s", m->options->socket,
		m->options->user ? "-u" : NULL, m->options->user, NULL,
	};

	if (m->worker && m->set.olds < WORKERS_MAX)
		m->set.old[m->set.olds++] = m->worker;
	if (inherit_write(&m->set))
		return;
	inherit_keep(&m->set, true);
	execv(m->options->program, (char *const *)argv);
	inherit_keep(&m->set, false);
}

static void reload(struct master *m)
{
	if (m->ending || !m->worker || m->born.fd >= 0)
		return;
	xc_notify_reloading(&m->notify);
	if (is_good(m))
		execute(m);
	/* Still here. */
	xc_log(&m->conf->log, LOG_ERR, "reload refused: the configuration or the program is bad, see above; all goes on as before");
	xc_notify_ready(&m->notify);
}

static void master_told(struct xc_source *source, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		reap(&the_master);
	else if (info.ssi_signo == SIGHUP)
		reload(&the_master);
	else
		master_end(&the_master);
}

static int signals_open(struct master *m)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	m->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	m->signals.ready = master_told;
	return m->signals.fd < 0 ? -errno : xc_loop_wait(&m->loop, &m->signals, EPOLLIN);
}

static int master_open(struct master *m)
{
	int err = xc_loop_open(&m->loop);

	if (!err)
		err = signals_open(m);
	if (!err)
		err = listen_all(m);
	m->born = (struct xc_source){ .fd = -1, .ready = worker_born };
	m->again.expired = worker_again;
	xc_notify_open(&m->notify, &m->loop);
	return err;
}

int master_run(const struct master_options *options)
{
	struct master *m = &the_master;

	m->options = options;
	m->conf = gw_conf_load(options->conf);
	if (!m->conf)
		return EX_CONFIG;
	m->status = EX_OSERR;
	if (!master_open(m)) {
		m->status = 0;
		worker_start(m);
		/* Those that died while the program was changed have told nobody. */
		reap(m);
		if (xc_loop_run(&m->loop))
			m->status = EX_OSERR;
	}
	xc_notify_close(&m->notify);
	xc_loop_close(&m->loop);
	unlink(options->socket);
	gw_conf_free(m->conf);
	return m->status;
}
