/* tests/fault/fault.c -- preloaded into holdfast, it makes a chosen step of writing go wrong. A step is a call that changes the
 * disk. HF_FAULT says what happens:
 *   count:FILE    nothing; at the end the number of steps is written into FILE
 *   kill:N        SIGKILL before step N
 *   torn:N        as kill, but of a write the first half is done
 *   full:N        no space from step N on
 *   broken:N      step N alone fails with an I/O error
 * The workers that holdfast starts do not get it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static enum { NOTHING, COUNT, KILL, TORN, FULL, BROKEN } fault;
static unsigned long chosen;
static char count_path[4096];
static atomic_ulong steps;

__attribute__((constructor)) static void read_fault(void)
{
    static const char *const names[] = {"", "count:", "kill:", "torn:", "full:", "broken:"};
    const char *text = getenv("HF_FAULT");
    for (int i = COUNT; text != NULL && i <= BROKEN; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(text, names[i], n) != 0)
            continue;
        fault = i;
        if (i == COUNT)
            snprintf(count_path, sizeof count_path, "%s", text + n);
        else
            chosen = strtoul(text + n, NULL, 10);
    }
    unsetenv("LD_PRELOAD");
    unsetenv("HF_FAULT");
}

__attribute__((destructor)) static void write_count(void)
{
    if (fault != COUNT)
        return;
    FILE *f = fopen(count_path, "we");
    if (f == NULL)
        return;
    fprintf(f, "%lu\n", atomic_load(&steps));
    fclose(f);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Counts a step. True if it has to fail, with errno set. */
static int goes_wrong(void)
{
    if (fault == NOTHING)
        return 0;
    unsigned long step = atomic_fetch_add(&steps, 1) + 1;
    if (step == chosen && (fault == KILL || fault == TORN))
        die();
    if (fault == FULL && step >= chosen)
        return errno = ENOSPC;
    if (fault == BROKEN && step == chosen)
        return errno = EIO;
    return 0;
}

static int is_torn(void)
{
    return fault == TORN && atomic_load(&steps) + 1 == chosen;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Standard output and error are not the vault's disk. */
static int counts(int fd)
{
    return fd > STDERR_FILENO;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    if (counts(fd) && is_torn())
        REAL(write)(fd, bytes, n / 2);
    if (counts(fd) && goes_wrong())
        return -1;
    return REAL(write)(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    if (is_torn())
        REAL(pwrite)(fd, bytes, n / 2, offset);
    return goes_wrong() ? -1 : REAL(pwrite)(fd, bytes, n, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
    if (is_torn())
        REAL(pwrite64)(fd, bytes, n / 2, offset);
    return goes_wrong() ? -1 : REAL(pwrite64)(fd, bytes, n, offset);
}

int fsync(int fd)
{
    return goes_wrong() ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    return goes_wrong() ? -1 : REAL(fdatasync)(fd);
}

int rename(const char *from, const char *to)
{
    return goes_wrong() ? -1 : REAL(rename)(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return goes_wrong() ? -1 : REAL(renameat)(from_dir, from, to_dir, to);
}

int unlink(const char *path)
{
    return goes_wrong() ? -1 : REAL(unlink)(path);
}

int unlinkat(int dir, const char *path, int flags)
{
    return goes_wrong() ? -1 : REAL(unlinkat)(dir, path, flags);
}

int ftruncate(int fd, off_t size)
{
    return goes_wrong() ? -1 : REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return goes_wrong() ? -1 : REAL(ftruncate64)(fd, size);
}
