#include "extract/inspect.h"
#include "extract/loaded.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "--inspect") == 0) {
        hf_loaded_open(NULL);
        return hf_inspect_main(argc - 1, argv + 1);
    }
    fputs(
        "holdfast-worker is started by holdfast; --inspect FILE... shows what it reads in a file\n",
        stderr);
    return 2;
}
