/* src/extract/serve.h -- a worker's main loop: takes jobs from its socket, one at a time, until the parent closes it. */
#pragma once

/* `fd` is the socket. Returns the exit status: 0 when the parent is done. */
int hf_serve(int fd);
