#include "extract/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define FILE_BYTES (UINT64_C(8) << 30) /* of a scratch file */
#define CPU_SECONDS 86400u             /* the parent's deadlines are the tight ones */
#define DESCRIPTORS 64u

static bool failed(GError **error, const char *what)
{
    g_set_error(error, HF_ERROR, HF_ERROR_IO, "cannot lock the worker: %s: %s", what,
                g_strerror(errno));
    return false;
}

/* ---- resource limits ---- */

bool hf_sandbox_limit(const hf_limits *limits, GError **error)
{
    const struct {
        __rlimit_resource_t what;
        rlim_t value;
    } table[] = {
        {RLIMIT_AS, limits->address_space},
        {RLIMIT_FSIZE, MIN(limits->member_bytes, FILE_BYTES)},
        {RLIMIT_CPU, CPU_SECONDS},
        {RLIMIT_NOFILE, DESCRIPTORS},
        {RLIMIT_CORE, 0},
        {RLIMIT_MEMLOCK, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct rlimit have;
        if (getrlimit(table[i].what, &have) != 0)
            return failed(error, "getrlimit");
        rlim_t value = MIN(table[i].value, have.rlim_max);
        if (setrlimit(table[i].what, &(struct rlimit){value, value}) != 0)
            return failed(error, "setrlimit");
    }
    /* A write beyond the limit then fails, and the document says so, where it would kill. */
    signal(SIGXFSZ, SIG_IGN);
    return true;
}

/* ---- Landlock ---- Debian 12's header knows the first two versions; the later ones by their numbers (linux/landlock.h of
 * Linux 6.12). */

struct ruleset_attributes {
    uint64_t handled_access_fs;
    uint64_t handled_access_net; /* since ABI 4 */
    uint64_t scoped;             /* since ABI 6 */
};

#define NET_ALL UINT64_C(3)   /* bind and connect TCP */
#define SCOPE_ALL UINT64_C(3) /* abstract sockets and signals of others */

/* What libraries open late: character maps for CJK in PDF, fonts, zones. Nothing that is anybody's. */
static const char *const readable[] = {
    "/usr/share/poppler",    "/usr/share/fonts",    "/usr/share/fontconfig", "/etc/fonts",
    "/var/cache/fontconfig", "/usr/share/zoneinfo", "/usr/share/color",
};

static uint64_t access_of_abi(long abi)
{
    unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
    return (UINT64_C(1) << bits) - 1;
}

static void permit_reading(int ruleset, const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return; /* not installed: then nobody opens it */
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = fd,
    };
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0u);
    close(fd);
}

static bool restrict_files(bool *landlock, GError **error)
{
    *landlock = false;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return true;
    struct ruleset_attributes attributes = {
        .handled_access_fs = access_of_abi(abi),
        .handled_access_net = abi >= 4 ? NET_ALL : 0,
        .scoped = abi >= 6 ? SCOPE_ALL : 0,
    };
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0u);
    if (ruleset < 0)
        return failed(error, "landlock_create_ruleset");
    for (size_t i = 0; i < G_N_ELEMENTS(readable); i++)
        permit_reading(ruleset, readable[i]);
    if (syscall(SYS_landlock_restrict_self, ruleset, 0u) != 0) {
        close(ruleset);
        return failed(error, "landlock_restrict_self");
    }
    close(ruleset);
    *landlock = true;
    return true;
}

/* ---- seccomp ---- */

static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(fstatfs),
    SCMP_SYS(statfs),
    SCMP_SYS(recvmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(dup),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fsync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getdents64),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
};

static const int deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(open_by_handle_at),
};

/* Of fcntl: flags, and descriptors of its own. */
static const int fcntl_commands[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC};

#define WRITING ((uint64_t)(O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY)))
#define ALLOW(call, ...) seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(call), __VA_ARGS__)

static int add_rules(scmp_filter_ctx filter, bool opens)
{
    int bad = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
        bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++)
        bad |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    for (size_t i = 0; i < G_N_ELEMENTS(fcntl_commands); i++)
        bad |= ALLOW(fcntl, 1, SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)fcntl_commands[i]));
    bad |= ALLOW(mmap, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    bad |= ALLOW(mprotect, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    /* abort() signals its own thread. */
    bad |= ALLOW(tgkill, 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    bad |= ALLOW(prlimit64, 1, SCMP_A2(SCMP_CMP_EQ, 0));
    if (opens) {
        bad |= ALLOW(openat, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, WRITING, 0));
        bad |= ALLOW(open, 1, SCMP_A1(SCMP_CMP_MASKED_EQ, WRITING, 0));
    }
    return bad;
}

static bool restrict_calls(bool opens, GError **error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return failed(error, "seccomp_init");
    /* Another architecture's numbers (32-bit calls) are another list: such a process is killed. */
    int bad = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    bad |= seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (bad == 0)
        bad = add_rules(filter, opens);
    if (bad == 0)
        bad = seccomp_load(filter);
    seccomp_release(filter);
    if (bad == 0)
        return true;
    errno = bad < 0 ? -bad : EINVAL;
    return failed(error, "seccomp");
}

bool hf_sandbox_lock(bool *landlock, GError **error)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return failed(error, "no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return failed(error, "PR_SET_DUMPABLE");
    return restrict_files(landlock, error) && restrict_calls(*landlock, error);
}

/* ---- probes ---- each returns true if it was let do what it tried. */

static bool opened(int fd)
{
    return fd >= 0;
}

static bool probe_read(const char *path)
{
    return opened(open(path, O_RDONLY));
}

static bool probe_write(const char *path)
{
    return opened(open(path, O_WRONLY));
}

static bool probe_append(const char *path)
{
    return opened(open(path, O_RDWR | O_APPEND));
}

static bool probe_create(const char *path)
{
    g_autofree char *new = g_strconcat(path, ".new", NULL);
    return opened(open(new, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static bool probe_tmpfile(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    return opened(open(directory, O_TMPFILE | O_RDWR, 0600));
}

static bool probe_unlink(const char *path)
{
    return unlink(path) == 0;
}

static bool probe_rename(const char *path)
{
    g_autofree char *new = g_strconcat(path, ".new", NULL);
    return rename(path, new) == 0;
}

static bool probe_symlink(const char *path)
{
    g_autofree char *new = g_strconcat(path, ".new", NULL);
    return symlink(path, new) == 0;
}

static bool probe_list(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    return opened(open(directory, O_RDONLY | O_DIRECTORY));
}

static bool probe_chmod(const char *path)
{
    return chmod(path, 0777) == 0;
}

static bool probe_socket(const char *path)
{
    (void)path;
    return opened(socket(AF_INET, SOCK_STREAM, 0));
}

static bool probe_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    return connect(0, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool probe_exec(const char *path)
{
    (void)path;
    execl("/bin/true", "true", (char *)NULL);
    return false;
}

static bool probe_memfd_exec(const char *path)
{
    (void)path;
    int fd = memfd_create("program", 0);
    if (fd >= 0)
        fexecve(fd, (char *[]){"program", NULL}, (char *[]){NULL});
    return opened(fd);
}

static bool probe_fork(const char *path)
{
    (void)path;
    return fork() >= 0;
}

static bool probe_ptrace(const char *path)
{
    (void)path;
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool probe_kill(const char *path)
{
    (void)path;
    return kill(getppid(), 0) == 0;
}

static bool probe_map_exec(const char *path)
{
    (void)path;
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool probe_protect_exec(const char *path)
{
    (void)path;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool probe_raise_limit(const char *path)
{
    (void)path;
    return setrlimit(RLIMIT_NOFILE, &(struct rlimit){1, 1}) == 0;
}

static bool probe_memory(const char *path)
{
    (void)path;
    return mmap(NULL, (size_t)4 << 30, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

/* That what must work works: else every other probe would pass in a process that can do nothing. */
static bool probe_nothing(const char *path)
{
    (void)path;
    g_autofree char *memory = g_malloc(1 << 20);
    memory[0] = 1;
    return memory[0] == 1;
}

int hf_sandbox_probe(const char *what, const char *path)
{
    static const struct {
        const char *name;
        bool (*probe)(const char *path);
    } probes[] = {
        {"nothing", probe_nothing},
        {"open-read", probe_read},
        {"open-write", probe_write},
        {"open-append", probe_append},
        {"create", probe_create},
        {"tmpfile", probe_tmpfile},
        {"unlink", probe_unlink},
        {"rename", probe_rename},
        {"symlink", probe_symlink},
        {"list", probe_list},
        {"chmod", probe_chmod},
        {"socket", probe_socket},
        {"connect", probe_connect},
        {"exec", probe_exec},
        {"memfd-exec", probe_memfd_exec},
        {"fork", probe_fork},
        {"ptrace", probe_ptrace},
        {"kill", probe_kill},
        {"map-exec", probe_map_exec},
        {"protect-exec", probe_protect_exec},
        {"raise-limit", probe_raise_limit},
        {"memory", probe_memory},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(probes); i++) {
        if (strcmp(probes[i].name, what) == 0)
            return probes[i].probe(path) ? 0 : 1;
    }
    return 2;
}
