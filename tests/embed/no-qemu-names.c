/*
 * A source that takes osdep/osdep.h without QEMU's names: each name is another
 * thing here, and none may be a macro
 *
 * SPDX-License-Identifier: MIT
 */
#define OSDEP_NO_QEMU_NAMES
#include "osdep/osdep.h"

enum { Error, ErrorClass, ERROR_CLASS_GENERIC_ERROR };

int qemu_fork, qemu_set_cloexec, qemu_close_all_open_fd, qemu_anon_ram_alloc;
int qemu_anon_ram_free, qemu_madvise, qemu_memalign, qemu_try_memalign;
int qemu_vfree, error_setg, error_free, error_report, error_abort, error_fatal;

int main(void)
{
    return osdep_version()[0] == OSDEP_VERSION[0] ? Error + qemu_fork : 1;
}
