/*
 * g_spawn_async() for bench/spawn.c
 *
 * SPDX-License-Identifier: MIT
 */
#include <glib.h>
#include <sys/wait.h>

#include "bench/launchers.h"

static int launch(const char *path, GSpawnFlags flags)
{
    char *argv[] = { (char *)path, NULL };
    GPid pid;

    if (!g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | flags,
                       NULL, NULL, &pid, NULL)) {
        return -1;
    }
    return waitpid(pid, NULL, 0) < 0 ? -1 : 0;
}

int glib_launch(const char *path)
{
    return launch(path, G_SPAWN_DEFAULT);
}

int glib_leave_open_launch(const char *path)
{
    return launch(path, G_SPAWN_LEAVE_DESCRIPTORS_OPEN);
}
