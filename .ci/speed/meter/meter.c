/*
 * Runs one program, handing it standard input through a pipe and taking its output through another, as git does with a
 * helper, and prints "NANOSECONDS PEAK_KB EXIT_STATUS" and that output.
 *
 * In C because a child's ru_maxrss is never less than what its parent held when it started it: measured from a Go
 * program, every child would seem as large as that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char request[1 << 18], answer[1 << 18];
static size_t asked, fed, said;

static void die(const char *what)
{
	perror(what);
	exit(125);
}

/* take reads what is there, and tells whether more may come. */
static int take(int fd, char *to, size_t size, size_t *have)
{
	ssize_t n;

	if (*have == size) {
		fputs("meter: too much\n", stderr);
		exit(125);
	}
	n = read(fd, to + *have, size - *have);
	if (n < 0 && errno != EINTR)
		die("read");
	if (n > 0)
		*have += n;
	return n != 0;
}

/* feed writes what the pipe holds by now, and closes it after the end or when nobody reads any more. */
static void feed(int *fd)
{
	ssize_t n = write(*fd, request + fed, asked - fed);

	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != EPIPE)
		die("write");
	if (n > 0)
		fed += n;
	if (fed == asked || (n < 0 && errno == EPIPE)) {
		close(*fd);
		*fd = -1; /* which poll passes over */
	}
}

/* converse feeds the child and takes its answer, whichever it is ready for, so that nobody waits for the other. */
static void converse(int to, int from)
{
	int more = 1;

	while (more) {
		struct pollfd ends[] = {{.fd = from, .events = POLLIN}, {.fd = to, .events = POLLOUT}};
		if (poll(ends, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			die("poll");
		}
		if (ends[1].revents)
			feed(&to);
		if (ends[0].revents)
			more = take(from, answer, sizeof answer, &said);
	}
	if (to >= 0)
		close(to);
}

static pid_t start(char **argv, int in, int out)
{
	pid_t child = vfork();

	if (child < 0)
		die("vfork");
	if (child == 0) {
		dup2(in, 0);
		dup2(out, 1);
		execv(argv[0], argv);
		_exit(127);
	}
	close(in);
	close(out);
	return child;
}

int main(int argc, char **argv)
{
	int in[2], out[2], status;
	struct timespec from, to;
	struct rusage used;
	pid_t child;

	if (argc < 2)
		return 125;
	while (take(0, request, sizeof request, &asked))
		;
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe2");
	if (fcntl(in[1], F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
	feed(&in[1]);

	clock_gettime(CLOCK_MONOTONIC, &from);
	child = start(argv + 1, in[0], out[1]);
	signal(SIGPIPE, SIG_IGN); /* only now, since the child would inherit it */
	converse(in[1], out[0]);
	while (wait4(child, &status, 0, &used) < 0)
		if (errno != EINTR)
			die("wait4");
	clock_gettime(CLOCK_MONOTONIC, &to);

	printf("%lld %ld %d\n", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec, used.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fwrite(answer, 1, said, stdout);
	return 0;
}
