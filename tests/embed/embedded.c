/*
 * A stranger that uses the headers, one after the other
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/fork.h"
#include "osdep/process.h"
#include "osdep/ram.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    const char *argv[] = { "echo", "hello", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;
    int fds[2];
    void *ram;

    if (!osdep_pipe(fds, &osdep_error_fatal) ||
        !osdep_run(&options, NULL, &result, &osdep_error_fatal)) {
        return 1;
    }
    ram = osdep_ram_alloc(4096, 0, &osdep_error_fatal);
    memset(ram, 1, 4096);
    osdep_ram_free(ram, 4096);
    printf("%s %s", osdep_version(), result.out);
    osdep_run_result_clear(&result);
    return 0;
}
