/* src/extract/sandbox.h -- what a worker takes from itself before it reads a document. There is no way back. */
#pragma once
#include "holdfast/extract.h"

G_BEGIN_DECLS

/* Resource limits: address space, size of files, processor time, descriptors, no core dump. */
bool hf_sandbox_limit(const hf_limits *limits, GError **error);
/* no_new_privs, Landlock, seccomp. *landlock says whether the kernel has Landlock; without it no file can be opened at
 * all, with it only those that libraries open late. What is refused:
 *   the process is killed: execute, sockets, new processes and threads, ptrace, other processes' memory, signals to
 *   others, mounts, name spaces, keys, bpf, io_uring;
 *   EPERM: opening for writing, creating, memory that is executable, memfd_create, and all that is not on the list. */
bool hf_sandbox_lock(bool *landlock, GError **error);
/* For tests: after hf_sandbox_lock tries `what` ("open-write", "exec", …; see the table in sandbox.c) and returns 0 if it was
 * allowed, 1 if it was refused, 2 if there is no such probe. May not return. `path` is what file probes try. */
int hf_sandbox_probe(const char *what, const char *path);

G_END_DECLS
