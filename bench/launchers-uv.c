/*
 * libuv's uv_spawn(), with a loop for each thread
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>
#include <uv.h>

#include "bench/launchers.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void close_loop(void *loop)
{
    uv_loop_close(loop);
    free(loop);
}

static void make_key(void)
{
    if (pthread_key_create(&key, close_loop) != 0) {
        abort();
    }
}

/* This thread's; it ends with it.  NULL: there is none. */
static uv_loop_t *get_loop(void)
{
    uv_loop_t *loop;

    pthread_once(&once, make_key);
    loop = pthread_getspecific(key);
    if (!loop) {
        loop = malloc(sizeof(*loop));
        if (loop && uv_loop_init(loop) < 0) {
            free(loop);
            loop = NULL;
        }
        pthread_setspecific(key, loop);
    }
    return loop;
}

static void on_exit_close(uv_process_t *process, int64_t status, int sig)
{
    *(bool *)process->data = status == 0 && sig == 0;
    uv_close((uv_handle_t *)process, NULL);
}

bool uv_start(const char *program, Child *child)
{
    char *argv[] = { (char *)program, NULL };
    uv_stdio_container_t streams[3];
    uv_process_options_t options = {
        .file = program,
        .args = argv,
        .exit_cb = on_exit_close,
        .stdio = streams,
        .stdio_count = 3,
    };
    uv_process_t *process = calloc(1, sizeof(*process));
    uv_loop_t *loop = get_loop();

    for (int i = 0; i < 3; i++) { /* by default they are /dev/null */
        streams[i].flags = UV_INHERIT_FD;
        streams[i].data.fd = i;
    }
    child->object = process;
    if (!process || !loop || uv_spawn(loop, process, &options) < 0) {
        free(process);
        return false;
    }
    return true;
}

bool uv_finish(Child *child)
{
    uv_process_t *process = child->object;
    bool succeeded = false;

    process->data = &succeeded;
    uv_run(get_loop(), UV_RUN_DEFAULT);
    free(process);
    return succeeded;
}
