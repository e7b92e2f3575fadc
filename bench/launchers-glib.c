/*
 * GLib's g_spawn_async(), as its defaults have it and with descriptors left
 * open
 *
 * SPDX-License-Identifier: MIT
 */
#include <glib.h>

#include "bench/launchers.h"

static bool start(const char *program, GSpawnFlags flags, Child *child)
{
    char *argv[] = { (char *)program, NULL };

    return g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | flags,
                         NULL, NULL, &child->pid, NULL);
}

bool glib_start(const char *program, Child *child)
{
    return start(program, G_SPAWN_DEFAULT, child);
}

bool glib_start_leaving_open(const char *program, Child *child)
{
    return start(program, G_SPAWN_LEAVE_DESCRIPTORS_OPEN, child);
}
