/*
 * The symbols that the library's files share among themselves, under another
 * prefix
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_PREFIX_H
#define UTIL_OSDEP_PREFIX_H

#include "osdep/compiler.h"

/* clang-format off */
#define OSDEP_NAME_aligned_alloc(p) p##aligned_alloc
#define osdep_aligned_alloc OSDEP_NAME(aligned_alloc)
#define OSDEP_NAME_batch_cmdline(p) p##batch_cmdline
#define osdep_batch_cmdline OSDEP_NAME(batch_cmdline)
#define OSDEP_NAME_block_signals(p) p##block_signals
#define osdep_block_signals OSDEP_NAME(block_signals)
#define OSDEP_NAME_buffer_room(p) p##buffer_room
#define osdep_buffer_room OSDEP_NAME(buffer_room)
#define OSDEP_NAME_cancel_disable(p) p##cancel_disable
#define osdep_cancel_disable OSDEP_NAME(cancel_disable)
#define OSDEP_NAME_cancel_restore(p) p##cancel_restore
#define osdep_cancel_restore OSDEP_NAME(cancel_restore)
#define OSDEP_NAME_child_close_above(p) p##child_close_above
#define osdep_child_close_above OSDEP_NAME(child_close_above)
#define OSDEP_NAME_child_close_listed(p) p##child_close_listed
#define osdep_child_close_listed OSDEP_NAME(child_close_listed)
#define OSDEP_NAME_child_close_span(p) p##child_close_span
#define osdep_child_close_span OSDEP_NAME(child_close_span)
#define OSDEP_NAME_child_die_with_parent(p) p##child_die_with_parent
#define osdep_child_die_with_parent OSDEP_NAME(child_die_with_parent)
#define OSDEP_NAME_child_exec(p) p##child_exec
#define osdep_child_exec OSDEP_NAME(child_exec)
#define OSDEP_NAME_child_execute(p) p##child_execute
#define osdep_child_execute OSDEP_NAME(child_execute)
#define OSDEP_NAME_child_fd_limit(p) p##child_fd_limit
#define osdep_child_fd_limit OSDEP_NAME(child_fd_limit)
#define OSDEP_NAME_child_is_reserved(p) p##child_is_reserved
#define osdep_child_is_reserved OSDEP_NAME(child_is_reserved)
#define OSDEP_NAME_child_is_unknown(p) p##child_is_unknown
#define osdep_child_is_unknown OSDEP_NAME(child_is_unknown)
#define OSDEP_NAME_child_mark_span(p) p##child_mark_span
#define osdep_child_mark_span OSDEP_NAME(child_mark_span)
#define OSDEP_NAME_child_reset_reserved_signals(p) p##child_reset_reserved_signals
#define osdep_child_reset_reserved_signals OSDEP_NAME(child_reset_reserved_signals)
#define OSDEP_NAME_child_reset_signals(p) p##child_reset_signals
#define osdep_child_reset_signals OSDEP_NAME(child_reset_signals)
#define OSDEP_NAME_child_set_default(p) p##child_set_default
#define osdep_child_set_default OSDEP_NAME(child_set_default)
#define OSDEP_NAME_child_set_handler(p) p##child_set_handler
#define osdep_child_set_handler OSDEP_NAME(child_set_handler)
#define OSDEP_NAME_child_unblock_all(p) p##child_unblock_all
#define osdep_child_unblock_all OSDEP_NAME(child_unblock_all)
#define OSDEP_NAME_child_unshare_fds(p) p##child_unshare_fds
#define osdep_child_unshare_fds OSDEP_NAME(child_unshare_fds)
#define OSDEP_NAME_cmdline(p) p##cmdline
#define osdep_cmdline OSDEP_NAME(cmdline)
#define OSDEP_NAME_communicate_os(p) p##communicate_os
#define osdep_communicate_os OSDEP_NAME(communicate_os)
#define OSDEP_NAME_create_child(p) p##create_child
#define osdep_create_child OSDEP_NAME(create_child)
#define OSDEP_NAME_deadline_in(p) p##deadline_in
#define osdep_deadline_in OSDEP_NAME(deadline_in)
#define OSDEP_NAME_deadline_left(p) p##deadline_left
#define osdep_deadline_left OSDEP_NAME(deadline_left)
#define OSDEP_NAME_environment(p) p##environment
#define osdep_environment OSDEP_NAME(environment)
#define OSDEP_NAME_errno_of_win32(p) p##errno_of_win32
#define osdep_errno_of_win32 OSDEP_NAME(errno_of_win32)
#define OSDEP_NAME_error_set_step(p) p##error_set_step
#define osdep_error_set_step OSDEP_NAME(error_set_step)
#define OSDEP_NAME_error_setv(p) p##error_setv
#define osdep_error_setv OSDEP_NAME(error_setv)
#define OSDEP_NAME_fd_above_2(p) p##fd_above_2
#define osdep_fd_above_2 OSDEP_NAME(fd_above_2)
#define OSDEP_NAME_fd_handle(p) p##fd_handle
#define osdep_fd_handle OSDEP_NAME(fd_handle)
#define OSDEP_NAME_fd_list_has(p) p##fd_list_has
#define osdep_fd_list_has OSDEP_NAME(fd_list_has)
#define OSDEP_NAME_find_program(p) p##find_program
#define osdep_find_program OSDEP_NAME(find_program)
#define OSDEP_NAME_full_path(p) p##full_path
#define osdep_full_path OSDEP_NAME(full_path)
#define OSDEP_NAME_getenv(p) p##getenv
#define osdep_getenv OSDEP_NAME(getenv)
#define OSDEP_NAME_is_batch_file(p) p##is_batch_file
#define osdep_is_batch_file OSDEP_NAME(is_batch_file)
#define OSDEP_NAME_order_moves(p) p##order_moves
#define osdep_order_moves OSDEP_NAME(order_moves)
#define OSDEP_NAME_os_base_name(p) p##os_base_name
#define osdep_os_base_name OSDEP_NAME(os_base_name)
#define OSDEP_NAME_os_codes_restore(p) p##os_codes_restore
#define osdep_os_codes_restore OSDEP_NAME(os_codes_restore)
#define OSDEP_NAME_os_codes_save(p) p##os_codes_save
#define osdep_os_codes_save OSDEP_NAME(os_codes_save)
#define OSDEP_NAME_os_print(p) p##os_print
#define osdep_os_print OSDEP_NAME(os_print)
#define OSDEP_NAME_os_program_name(p) p##os_program_name
#define osdep_os_program_name OSDEP_NAME(os_program_name)
#define OSDEP_NAME_os_strerror(p) p##os_strerror
#define osdep_os_strerror OSDEP_NAME(os_strerror)
#define OSDEP_NAME_os_timestamp(p) p##os_timestamp
#define osdep_os_timestamp OSDEP_NAME(os_timestamp)
#define OSDEP_NAME_page_round(p) p##page_round
#define osdep_page_round OSDEP_NAME(page_round)
#define OSDEP_NAME_page_size(p) p##page_size
#define osdep_page_size OSDEP_NAME(page_size)
#define OSDEP_NAME_pollable_open(p) p##pollable_open
#define osdep_pollable_open OSDEP_NAME(pollable_open)
#define OSDEP_NAME_pollable_signal(p) p##pollable_signal
#define osdep_pollable_signal OSDEP_NAME(pollable_signal)
#define OSDEP_NAME_process_wait_for_end(p) p##process_wait_for_end
#define osdep_process_wait_for_end OSDEP_NAME(process_wait_for_end)
#define OSDEP_NAME_process_wait_os(p) p##process_wait_os
#define osdep_process_wait_os OSDEP_NAME(process_wait_os)
#define OSDEP_NAME_process_wait_until(p) p##process_wait_until
#define osdep_process_wait_until OSDEP_NAME(process_wait_until)
#define OSDEP_NAME_ram_map(p) p##ram_map
#define osdep_ram_map OSDEP_NAME(ram_map)
#define OSDEP_NAME_reap_failed_child(p) p##reap_failed_child
#define osdep_reap_failed_child OSDEP_NAME(reap_failed_child)
#define OSDEP_NAME_spawn_check_fd(p) p##spawn_check_fd
#define osdep_spawn_check_fd OSDEP_NAME(spawn_check_fd)
#define OSDEP_NAME_spawn_check_handle(p) p##spawn_check_handle
#define osdep_spawn_check_handle OSDEP_NAME(spawn_check_handle)
#define OSDEP_NAME_spawn_check_os(p) p##spawn_check_os
#define osdep_spawn_check_os OSDEP_NAME(spawn_check_os)
#define OSDEP_NAME_spawn_os(p) p##spawn_os
#define osdep_spawn_os OSDEP_NAME(spawn_os)
#define OSDEP_NAME_start_child(p) p##start_child
#define osdep_start_child OSDEP_NAME(start_child)
#define OSDEP_NAME_unblock_signals(p) p##unblock_signals
#define osdep_unblock_signals OSDEP_NAME(unblock_signals)
#define OSDEP_NAME_utf16(p) p##utf16
#define osdep_utf16 OSDEP_NAME(utf16)
/* clang-format on */

#endif
