/*
 * uv_spawn() for bench/spawn.c
 *
 * SPDX-License-Identifier: MIT
 */
#include <uv.h>

#include "bench/launchers.h"

static void on_exit_close(uv_process_t *process, int64_t status, int sig)
{
    (void)status, (void)sig;
    uv_close((uv_handle_t *)process, NULL);
}

int uv_launch(const char *path)
{
    static uv_loop_t *loop;
    char *argv[] = { (char *)path, NULL };
    uv_process_options_t options = {
        .file = path,
        .args = argv,
        .exit_cb = on_exit_close,
    };
    uv_process_t process;

    if (!loop) {
        loop = uv_default_loop();
    }
    return uv_spawn(loop, &process, &options) < 0 ||
                   uv_run(loop, UV_RUN_DEFAULT) != 0
               ? -1
               : 0;
}
