/*
 * The tests that only one of the two worlds, POSIX and Windows, can have
 *
 * SPDX-License-Identifier: MIT
 *
 * Each is listed everywhere: the other world's file skips it by name.
 */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include "tests/helpers/harness.h"

#define ERROR_POSIX_CASES(X)            \
    X(message_that_cannot_be_converted) \
    X(messages_of_threads_do_not_mix)   \
    X(once_in_many_threads)             \
    X(locations_of_threads)             \
    X(reporter_in_two_threads)

#define ERROR_WIN32_CASES(X)         \
    X(last_error_is_kept)            \
    X(win32_message)                 \
    X(win32_message_of_unknown_code) \
    X(win32_codes_are_errnos)

#define FORK_POSIX_CASES(X)                                  \
    X(child_and_parent_go_on)                                \
    X(child_has_default_dispositions)                        \
    X(child_has_empty_mask)                                  \
    X(child_is_born_with_all_blocked)                        \
    X(child_runs_no_handler)                                 \
    X(child_runs_no_handler_in_a_storm)                      \
    X(child_keeps_signals_of_the_c_library)                  \
    X(child_that_cannot_reset_says_why)                      \
    X(child_that_cannot_unblock_says_why)                    \
    X(parent_mask_is_restored)                               \
    X(parent_mask_is_restored_with_signals_of_the_c_library) \
    X(parent_keeps_pending_signal)                           \
    X(parent_loses_no_queued_signal)                         \
    X(parent_on_alternate_stack)                             \
    X(fork_while_threads_run)                                \
    X(failed_fork_leaves_nothing)                            \
    X(failed_fork_with_error_fatal)                          \
    X(failed_block_is_reported)

#define FORK_WIN32_CASES(X)        \
    X(fork_is_enosys)              \
    X(fork_is_enosys_without_errp) \
    X(fork_is_enosys_with_error_fatal)

#define FD_POSIX_CASES(X)             \
    X(cloexec_closes_on_exec)         \
    X(pipe_without_pipe2)             \
    X(pipe_fails_without_descriptors) \
    X(close_all_with_close_range)     \
    X(close_all_with_getdents)        \
    X(close_all_with_loop)            \
    X(close_all_in_a_later_thread)    \
    X(close_all_without_a_free_descriptor)

#define FD_WIN32_CASES(X)                \
    X(cloexec_handle_is_not_inheritable) \
    X(pipe_handles_are_not_inheritable)

#define RAM_POSIX_CASES(X)               \
    X(guards_stop_who_runs_beyond)       \
    X(child_of_a_fork_does_not_have_it)  \
    X(nor_does_one_forked_meanwhile)     \
    X(child_of_a_fork_has_it_if_asked)   \
    X(ram_is_as_the_flags_say)           \
    X(freed_ram_leaves_nothing)          \
    X(ram_that_cannot_be_leaves_nothing) \
    X(no_aligned_memory_is_left)         \
    X(advice_is_taken)                   \
    X(advice_is_that_of_linux)

#define RAM_WIN32_CASES(X)               \
    X(guards_are_only_reserved)          \
    X(all_ram_is_reserved)               \
    X(there_are_not_that_many_addresses) \
    X(aligned_memory_is_not_that_large)  \
    X(freed_ram_is_free)

#define INSPECT_POSIX_CASES(X)               \
    X(inspect_shows_nasty_state)             \
    X(inspect_shows_the_same_without_proc)   \
    X(inspect_sees_signals_of_the_c_library) \
    X(inspect_check_finds_each_kind)         \
    X(inspect_json_escapes_names)            \
    X(inspect_in_a_removed_directory)        \
    X(inspect_shows_ids_and_umask)           \
    X(inspect_reports_full_disk)

#define RUN_POSIX_CASES(X)                                \
    X(run_gives_clean_environment)                        \
    X(run_keeps_named_descriptors)                        \
    X(run_passes_exit_status)                             \
    X(run_passes_signal)                                  \
    X(run_not_found)                                      \
    X(run_not_executable)                                 \
    X(run_script_without_interpreter)                     \
    X(run_remembers_what_may_not_be_executed)             \
    X(run_searches_the_childs_path)                       \
    X(run_searches_the_current_directory_if_path_says_so) \
    X(run_changes_directory)                              \
    X(run_changes_environment)                            \
    X(run_with_ignored_sigchld)                           \
    X(run_with_closed_standard_streams)                   \
    X(run_resets_signals_of_the_c_library)                \
    X(run_reports_signals_that_cannot_be_set)             \
    X(run_reports_full_disk)                              \
    X(run_edits_an_odd_environment)                       \
    X(run_writes_files)                                   \
    X(run_writes_files_with_closed_standard_streams)      \
    X(run_makes_groups_and_sessions)                      \
    X(run_ignores_named_signals)                          \
    X(run_ignores_real_time_signals)                      \
    X(run_refuses_much_with_fork)                         \
    X(run_passes_signals_on)                              \
    X(run_takes_status_after_a_signal)                    \
    X(run_passes_signals_on_to_a_group)                   \
    X(run_wakes_a_stopped_group)                          \
    X(run_passes_on_what_was_blocked)                     \
    X(run_leaves_ignored_signals_ignored)                 \
    X(run_can_be_ended_before_the_start)                  \
    X(run_loses_no_signal_at_the_start)                   \
    X(run_warns_of_signals_that_cannot_be_sent)           \
    X(run_does_not_listen_to_itself)                      \
    X(run_does_not_keep_files_open)                       \
    X(run_does_not_keep_its_streams_open)                 \
    X(run_does_not_double_ctrl_c)                         \
    X(run_ends_a_tree_in_time)                            \
    X(run_leaves_a_tree_that_ended_in_time)               \
    X(run_sends_term_first)                               \
    X(run_kills_who_does_not_heed_term)                   \
    X(run_kills_a_tree_that_does_not_heed_term)           \
    X(run_kills_without_being_told_when)                  \
    X(run_waits_for_the_tree_after_term)                  \
    X(run_kills_the_rest_of_the_tree)                     \
    X(run_passes_signals_on_after_the_deadline)           \
    X(run_ends_a_stopped_tree)                            \
    X(run_without_a_pidfd)                                \
    X(run_dies_with_its_child)

#define RUN_WIN32_CASES(X)                  \
    X(run_cannot_fork)                      \
    X(run_starts_programs)                  \
    X(run_names_what_cannot_be_executed)    \
    X(run_refuses_what_windows_lacks)       \
    X(run_takes_unicode)                    \
    X(run_edits_the_environment_of_windows) \
    X(run_writes_files_on_windows)          \
    X(run_ends_a_tree_on_windows)           \
    X(run_survives_ctrl_break)

#define PROCESS_POSIX_CASES(X)                            \
    X(child_is_clean)                                     \
    X(child_is_clean_of_many_descriptors)                 \
    X(child_runs_no_handler_in_the_storm)                 \
    X(every_mix_of_streams_comes_out_right)               \
    X(kept_descriptors_keep_their_numbers)                \
    X(inherited_descriptors)                              \
    X(descriptor_of_the_report_is_not_kept)               \
    X(child_is_scheduled_as_its_starter)                  \
    X(ignored_signals)                                    \
    X(session_and_group)                                  \
    X(dies_with_its_parent)                               \
    X(searches_path_as_the_shell_does)                    \
    X(script_without_interpreter)                         \
    X(each_failing_step_is_named)                         \
    X(later_sandbox_is_no_matter)                         \
    X(spawn_needs_little_stack)                           \
    X(child_that_is_killed_early_was_not_started)         \
    X(failed_spawn_leaves_nothing)                        \
    X(lack_of_descriptors_leaves_nothing)                 \
    X(failed_fork_is_reported)                            \
    X(failed_allocations_leave_nothing)                   \
    X(older_structures_are_taken)                         \
    X(newer_structures_are_taken_if_they_can_be)          \
    X(fatal_errors_leave_nothing)                         \
    X(parent_keeps_mask_and_signals)                      \
    X(run_ends_with_its_program_whatever_is_left_to_feed) \
    X(run_keeps_what_came_before_the_deadline)            \
    X(run_ends_without_streams)                           \
    X(run_ends_who_left_its_group)                        \
    X(pollable_is_readable_at_the_end)                    \
    X(wait_goes_on_after_a_signal)                        \
    X(wait_when_sigchld_is_ignored)                       \
    X(wait_when_someone_else_has_waited)                  \
    X(children_of_others_are_left_to_them)                \
    X(wait_in_several_threads)                            \
    X(signal_never_hits_a_recycled_pid)                   \
    X(run_raises_no_sigpipe)                              \
    X(cancelled_thread_leaves_nothing)                    \
    X(threads_spawn_while_others_open)                    \
    X(many_spawns_leave_nothing)                          \
    X(run_keeps_no_endless_output)                        \
    X(run_keeps_output_without_an_exit)                   \
    X(wait_without_descriptors)                           \
    X(run_without_descriptors)                            \
    X(run_ends_though_a_fifo_has_no_other_end)            \
    X(own_name_is_one_line)                               \
    X(run_waits_for_the_other_end_of_a_fifo)              \
    X(path_of_many_folders_takes_little_memory)

#define PROCESS_WIN32_CASES(X)                       \
    X(random_arguments_come_back)                    \
    X(first_argument_is_passed_on)                   \
    X(long_command_line_is_refused)                  \
    X(text_must_be_utf8)                             \
    X(unnamed_handles_are_not_inherited)             \
    X(passed_descriptors_are_open)                   \
    X(many_passed_descriptors_are_open)              \
    X(streams_are_swapped)                           \
    X(streams_go_to_files)                           \
    X(appending_descriptors_append)                  \
    X(others_write_where_they_are)                   \
    X(appending_is_found_while_others_append)        \
    X(appending_can_be_asked_for)                    \
    X(naive_child_overwrites_what_is_there)          \
    X(pipes_carry_bytes)                             \
    X(stream_that_is_closed_stays_closed)            \
    X(streams_are_those_of_the_system)               \
    X(stream_that_is_closed_on_exec_is_closed)       \
    X(environment_is_sorted_and_completed)           \
    X(environment_of_ours_is_inherited)              \
    X(directory_may_have_any_name)                   \
    X(directory_that_is_none_is_named)               \
    X(programs_are_searched_in_path_alone)           \
    X(programs_are_seen_from_the_childs_folder)      \
    X(programs_have_extensions)                      \
    X(programs_that_cannot_be_executed_are_told)     \
    X(batch_files_run)                               \
    X(batch_files_take_no_risks)                     \
    X(batch_files_run_in_folders_of_any_name)        \
    X(batch_files_run_in_verbatim_folders)           \
    X(batch_files_need_a_drive)                      \
    X(batch_files_are_run_by_the_systems_cmd)        \
    X(folders_are_no_programs)                       \
    X(verbatim_folders_have_drives)                  \
    X(example_takes_any_argument)                    \
    X(own_arguments_that_cannot_be_had)              \
    X(exit_codes_have_32_bits)                       \
    X(crash_is_no_exit)                              \
    X(ends_are_of_their_kind)                        \
    X(signals_end_processes)                         \
    X(pollable_is_signalled)                         \
    X(tree_is_killed)                                \
    X(child_dies_with_parent)                        \
    X(process_outlives_its_object)                   \
    X(tree_dies_with_parent)                         \
    X(console_and_window_can_be_had_without)         \
    X(run_of_program_that_does_not_read)             \
    X(run_ends_at_its_deadline)                      \
    X(run_ends_at_its_deadline_in_a_flood)           \
    X(run_is_not_held_by_grandchildren)              \
    X(handles_do_not_leak)                           \
    X(lack_of_memory_is_reported)                    \
    X(lack_of_descriptors_is_reported)               \
    X(handles_are_streams)                           \
    X(ends_of_pipes_are_handles)                     \
    X(descriptors_without_a_runtime_are_refused)     \
    X(descriptor_of_another_runtime_is_none)         \
    X(runtime_of_an_older_caller_is_shorter)         \
    X(passed_descriptors_are_checked)                \
    X(programs_of_other_pointers_get_no_descriptors) \
    X(process_breaks_away_from_the_tree)             \
    X(nothing_breaks_away_that_is_to_die_with_us)

#define DESCRIPTORS_POSIX_CASES(X)          \
    X(maps_of_a_first_child_come_out_right) \
    X(maps_come_out_right)                  \
    X(maps_by_vfork_come_out_right)         \
    X(maps_by_fork_come_out_right)          \
    X(naive_maps_come_out_wrong)            \
    X(failures_are_told_whatever_is_passed) \
    X(bad_maps_are_refused)                 \
    X(closed_streams_lead_nowhere)          \
    X(two_thousand_are_passed)              \
    X(every_small_map_is_ordered)

#define TRACED_LINUX_CASES(X)               \
    X(traced_zombie_is_waited_for)          \
    X(traced_child_is_killed)               \
    X(traced_zombie_is_freed)               \
    X(run_leaves_a_traced_child)            \
    X(run_leaves_a_child_that_does_not_end) \
    X(naive_waits_never_end)                \
    X(gdb_at_its_prompt_is_no_matter)

#define TRACED_POSIX_CASES(X)                   \
    X(leader_without_its_threads_is_waited_for) \
    X(stopped_child_is_waited_for)              \
    TRACED_LINUX_CASES(X)

#define CHILD_POSIX_CASES(X)                         \
    X(handlers_of_the_parent_survive)                \
    X(child_leaves_the_c_library_alone)              \
    X(careless_child_changes_the_c_library)          \
    X(signals_are_set_under_an_interposed_c_library) \
    X(handlers_of_the_child_return_or_end_it)        \
    X(killed_child_is_reported_whenever_it_is)       \
    X(signals_that_dump_core_are_caught_until_exec)

#define FUZZ_WIN32_CASES(X)               \
    X(command_lines_are_read_by_programs) \
    X(batch_files_run_nothing_else)       \
    X(batch_files_get_what_is_harmless)   \
    X(batch_files_may_quote_once_more)    \
    X(naive_quoting_runs_something_else)

#define FAULTS_POSIX_CASES(X)           \
    X(calls_fail_one_by_one)            \
    X(calls_fail_where_newer_ones_lack) \
    X(allocations_fail_one_by_one)      \
    X(fatal_faults_leave_nothing)       \
    X(naive_code_is_caught)

#define FAULTS_WIN32_CASES(X)             \
    X(faults_of_careless_code_are_found)  \
    X(consoles_are_as_the_flags_say)      \
    X(paths_are_as_long_as_can_be)        \
    X(programs_may_be_far_down)           \
    X(pipes_are_ours_alone)               \
    X(pipes_that_are_taken_have_others)   \
    X(input_appends_nowhere)              \
    X(refused_jobs_are_named)             \
    X(run_ends_though_its_child_does_not) \
    X(run_kills_whatever_its_error_is)    \
    X(breaks_need_a_console)              \
    X(faults_of_spawn_are_reported)       \
    X(faults_of_run_are_reported)         \
    X(faults_of_processes_are_reported)   \
    X(faults_of_descriptors_are_reported) \
    X(faults_of_ram_are_reported)         \
    X(faults_of_reports_leave_the_message)

#define HOSTILE_POSIX_CASES(X)               \
    X(standard_streams_are_closed)           \
    X(eight_descriptors_are_allowed)         \
    X(all_descriptors_are_used)              \
    X(no_process_is_allowed)                 \
    X(the_disk_is_full)                      \
    X(the_directory_is_read_only)            \
    X(files_may_not_grow)                    \
    X(the_directory_is_removed)              \
    X(the_childs_directory_is_no_good)       \
    X(the_path_is_odd)                       \
    X(the_path_is_long)                      \
    X(arguments_are_as_many_as_can_be)       \
    X(the_environment_is_odd)                \
    X(the_interpreter_is_missing)            \
    X(the_program_is_being_written)          \
    X(the_program_may_not_be_executed_there) \
    X(a_program_is_set_user_id)              \
    X(a_program_may_not_be_killed)           \
    X(run_ends_though_it_may_not_kill)       \
    X(nobody_waits_for_children)             \
    X(we_are_the_first_process)              \
    X(a_child_is_the_first_process)          \
    X(a_sandbox_refuses_calls)               \
    X(a_sandbox_refuses_signals_and_waits)   \
    X(memory_is_limited)                     \
    X(cores_are_limited_or_not)              \
    X(a_debugger_watches)                    \
    X(signals_have_a_stack_of_their_own)     \
    X(a_thread_blocks_all_signals)           \
    X(threads_have_little_stack)             \
    X(there_is_no_dev_and_no_proc)           \
    X(the_language_is_another)               \
    X(no_mode_bit_is_allowed)

#define HOSTILE_WIN32_CASES(X)       \
    X(windows_streams_are_closed)    \
    X(windows_path_is_unset_or_long) \
    X(windows_files_are_held)

#define STORM_POSIX_CASES(X)                \
    X(signal_storm_of_all)                  \
    X(signal_storm_of_harmless_ones)        \
    X(signal_storm_of_stops)                \
    X(signal_storm_finds_what_parents_lose) \
    X(thread_storm)                         \
    X(naive_child_hangs_in_a_thread_storm)  \
    X(no_descriptor_leaks_in_a_race)        \
    X(environment_is_read_only_if_it_is_needed)

#define STORM_WIN32_CASES(X)     \
    X(no_handle_leaks_in_a_race) \
    X(no_pipe_leaks_in_a_race)

/* Leave other codes behind: @errnum in errno, something in GetLastError(). */
void spoil_error_codes(int errnum);

ERROR_POSIX_CASES(TEST_DECLARE)
ERROR_WIN32_CASES(TEST_DECLARE)
FORK_POSIX_CASES(TEST_DECLARE)
FORK_WIN32_CASES(TEST_DECLARE)
FD_POSIX_CASES(TEST_DECLARE)
FD_WIN32_CASES(TEST_DECLARE)
RAM_POSIX_CASES(TEST_DECLARE)
RAM_WIN32_CASES(TEST_DECLARE)
INSPECT_POSIX_CASES(TEST_DECLARE)
RUN_POSIX_CASES(TEST_DECLARE)
RUN_WIN32_CASES(TEST_DECLARE)
HOSTILE_POSIX_CASES(TEST_DECLARE)
HOSTILE_WIN32_CASES(TEST_DECLARE)
PROCESS_POSIX_CASES(TEST_DECLARE)
PROCESS_WIN32_CASES(TEST_DECLARE)
DESCRIPTORS_POSIX_CASES(TEST_DECLARE)
TRACED_POSIX_CASES(TEST_DECLARE)
CHILD_POSIX_CASES(TEST_DECLARE)
FUZZ_WIN32_CASES(TEST_DECLARE)
FAULTS_POSIX_CASES(TEST_DECLARE)
FAULTS_WIN32_CASES(TEST_DECLARE)
STORM_POSIX_CASES(TEST_DECLARE)
STORM_WIN32_CASES(TEST_DECLARE)

#endif
