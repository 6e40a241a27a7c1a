/*
 * Runs one program, handing it standard input through a pipe and taking its output through another, as git does with a
 * helper, and prints "NANOSECONDS PEAK_KB EXIT_STATUS" and that output.
 *
 * In C because a child's ru_maxrss is never less than what its parent held when it started it: measured from a Go
 * program, every child would seem as large as that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char request[32768], answer[32768]; /* less than a pipe holds, so that nobody waits for the other */

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static size_t slurp(int fd, char *to, size_t size)
{
	size_t have = 0;
	for (;;) {
		ssize_t n = read(fd, to + have, size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("read");
		if (n == 0)
			return have;
		have += n;
		if (have == size) {
			fputs("meter: too much\n", stderr);
			exit(125);
		}
	}
}

int main(int argc, char **argv)
{
	int in[2], out[2], status;
	struct timespec from, to;
	struct rusage used;
	size_t asked, said;
	pid_t child;

	if (argc < 2)
		return 125;
	asked = slurp(0, request, sizeof request);
	if (pipe(in) || pipe(out))
		die("pipe");
	if (write(in[1], request, asked) != (ssize_t)asked)
		die("write");
	close(in[1]);

	clock_gettime(CLOCK_MONOTONIC, &from);
	child = vfork();
	if (child < 0)
		die("vfork");
	if (child == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[0]);
		close(out[0]);
		close(out[1]);
		execv(argv[1], argv + 1);
		_exit(127);
	}
	close(out[1]);
	said = slurp(out[0], answer, sizeof answer);
	while (wait4(child, &status, 0, &used) < 0)
		if (errno != EINTR)
			die("wait4");
	clock_gettime(CLOCK_MONOTONIC, &to);

	printf("%lld %ld %d\n", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec, used.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fwrite(answer, 1, said, stdout);
	return 0;
}
