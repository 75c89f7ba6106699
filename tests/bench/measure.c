/* tests/bench/measure.c -- runs a command and says what it cost: measure OUT COMMAND ARG...
 * Writes into OUT one line: wall seconds, CPU seconds, peak memory in kB, exit status. Memory is that of all processes together, as
 * proportional set sizes summed every 20 ms, shared memory included: memfds that nobody maps are seen as growth of the
 * system's Shmem. */
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 16 };
static pid_t parent_of[MOST], pids[MOST];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The sum of the lines of a /proc file that begin with one of the keys. */
static long sum_of(const char *path, const char *const *keys)
{
    char line[256];
    long sum = 0;
    FILE *f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        for (const char *const *key = keys; *key != NULL; key++)
            if (strncmp(line, *key, strlen(*key)) == 0)
                sum += strtol(line + strlen(*key), NULL, 10);
    if (f != NULL)
        fclose(f);
    return sum;
}

static pid_t read_parent(pid_t pid)
{
    char path[64], line[512];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof line, f) != NULL) {
        const char *end = strrchr(line, ')');
        if (end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1)
            parent = 0;
    }
    fclose(f);
    return parent;
}

static size_t read_processes(void)
{
    size_t n = 0;
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    while (proc != NULL && n < MOST && (entry = readdir(proc)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        pids[n] = (pid_t)strtol(entry->d_name, NULL, 10);
        parent_of[n] = read_parent(pids[n]);
        n++;
    }
    if (proc != NULL)
        closedir(proc);
    return n;
}

static int descends(pid_t pid, pid_t ancestor, size_t n)
{
    for (int depth = 0; pid > 1 && depth < 64; depth++) {
        if (pid == ancestor)
            return 1;
        pid_t parent = 0;
        for (size_t i = 0; i < n && parent == 0; i++)
            if (pids[i] == pid)
                parent = parent_of[i];
        pid = parent;
    }
    return 0;
}

static long memory(long shmem_before)
{
    static const char *const own[] = {"Pss_Anon:", "Pss_File:", "SwapPss:", NULL};
    static const char *const shared[] = {"Pss_Shmem:", NULL};
    static const char *const system_shared[] = {"Shmem:", NULL};
    size_t n = read_processes();
    long sum = 0, mapped = 0;
    pid_t self = getpid();
    for (size_t i = 0; i < n; i++) {
        char path[64];
        if (pids[i] == self || !descends(pids[i], self, n))
            continue;
        snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pids[i]);
        sum += sum_of(path, own);
        mapped += sum_of(path, shared);
    }
    long grown = sum_of("/proc/meminfo", system_shared) - shmem_before;
    return sum + (grown > mapped ? grown : mapped);
}

int main(int argc, char **argv)
{
    static const char *const system_shared[] = {"Shmem:", NULL};
    if (argc < 3)
        return 2;
    long peak = 0, shmem_before = sum_of("/proc/meminfo", system_shared);
    /* Blocked, so that the end of the command wakes the wait between two samples. */
    sigset_t ended_child;
    sigemptyset(&ended_child);
    sigaddset(&ended_child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ended_child, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    double start = now(), wall = 0;
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_UNBLOCK, &ended_child, NULL);
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    int status = 0, code = -1;
    for (;;) {
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended == child) {
            wall = now() - start;
            code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            break;
        }
        long kb = memory(shmem_before);
        peak = kb > peak ? kb : peak;
        sigtimedwait(&ended_child, NULL, &(struct timespec){.tv_nsec = 20000000});
    }
    while (waitpid(-1, &status, 0) > 0)
        ;
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    FILE *out = fopen(argv[1], "we");
    if (out == NULL)
        return 2;
    fprintf(out, "%.3f %.3f %ld %d\n", wall, cpu, peak, code);
    fclose(out);
    return code;
}
