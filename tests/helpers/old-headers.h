/*
 * The numbers of system calls as headers from before Linux 5.1 have them
 *
 * SPDX-License-Identifier: MIT
 */
#ifdef __linux__
#include <sys/syscall.h>

#if OLD_HEADERS
#undef SYS_pidfd_send_signal
#undef SYS_pidfd_open
#undef SYS_close_range
#endif
#endif
