/*
 * The child room: the order of the steps between fork and exec
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include <fcntl.h>

#include "osdep/fd.h"
#include "util/osdep-child-calls.h"
#include "util/osdep-child.h"

/* = Closing descriptors = */

/* Is @fd in the sorted @list? */
static bool is_in_sorted(const OsdepFdList *list, int fd)
{
    unsigned int low = 0, high = list->n;

    while (low < high) {
        unsigned int middle = low + (high - low) / 2;

        if (list->fds[middle] == fd) {
            return true;
        } else if (list->fds[middle] < fd) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

/*
 * The lowest descriptor in @list that is not below @from; -1 if there is none.
 * @at is where to go on in a sorted list, as the call before left it; 0 for the
 * first.
 */
static int next_in_list(const OsdepFdList *list, unsigned int from,
                        unsigned int *at)
{
    int next = -1;

    if (list->sorted) {
        while (*at < list->n &&
               (list->fds[*at] < 0 || (unsigned int)list->fds[*at] < from)) {
            ++*at;
        }
        return *at < list->n ? list->fds[*at] : -1;
    }
    for (unsigned int i = 0; i < list->n; i++) {
        int fd = list->fds[i];

        if (fd >= 0 && (unsigned int)fd >= from && (next < 0 || fd < next)) {
            next = fd;
        }
    }
    return next;
}

bool osdep_fd_list_has(const OsdepFdList *list, int fd)
{
    unsigned int at = 0;

    return list->sorted ? is_in_sorted(list, fd)
                        : next_in_list(list, (unsigned int)fd, &at) == fd;
}

/* Call @span for each gap between those in @kept; stop if it returns false. */
static bool for_each_gap(bool (*span)(unsigned int first, unsigned int last),
                         const OsdepFdList *kept)
{
    unsigned int first = 0, at = 0;
    int next;

    while ((next = next_in_list(kept, first, &at)) >= 0) {
        if ((unsigned int)next > first &&
            !span(first, (unsigned int)next - 1)) {
            return false;
        }
        first = (unsigned int)next + 1;
    }
    return span(first, UINT_MAX);
}

/*
 * Below a kept one that is open all are closed, since the limit may have been
 * lowered after it was opened.
 */
static void close_one_by_one(const OsdepFdList *kept)
{
    unsigned int end = osdep_child_fd_limit(), at = 0;

    for (unsigned int i = 0; i < kept->n; i++) {
        int fd = kept->fds[i];

        if (fd >= 0 && (unsigned int)fd >= end &&
            osdep_bare_fcntl(fd, F_GETFD, 0) >= 0) {
            end = (unsigned int)fd + 1;
        }
    }
    for (unsigned int fd = 0; fd < end; fd++) {
        int next = next_in_list(kept, fd, &at);
        unsigned int gap_end =
            next < 0 || (unsigned int)next > end ? end : (unsigned int)next;

        while (fd < gap_end) {
            osdep_bare_close((int)fd++);
        }
    }
    osdep_child_close_above(end);
}

static void close_all_but(const OsdepFdList *kept)
{
    if (!for_each_gap(osdep_child_close_span, kept) &&
        !osdep_child_close_listed(kept)) {
        close_one_by_one(kept);
    }
}

void osdep_close_all_open_fd_in(const int *skip, unsigned int nskip,
                                const OsdepRuntime *runtime)
{
    OsdepFdList kept = { .fds = skip, .n = nskip, .sorted = true };
    int saved_errno = errno;

    (void)runtime;
    for (unsigned int i = 1; i < nskip; i++) {
        kept.sorted &= skip[i - 1] <= skip[i];
    }
    close_all_but(&kept);
    errno = saved_errno;
}

/* = Signals = */

/*
 * Say why on descriptor 2, without stdio or the heap, and leave: in a child of
 * fork(), so by the C library's _exit().
 */
static _Noreturn void die(const char *what, int err)
{
    char msg[128] = "osdep: child of a fork: cannot ";
    char number[16] = "";
    size_t at = sizeof(number) - 1;

    number[--at] = '\n';
    do {
        number[--at] = (char)('0' + err % 10);
        err /= 10;
    } while (err > 0);
    strcat(msg, what);
    strcat(msg, ": errno ");
    strcat(msg, number + at);
    osdep_bare_write(2, msg, strlen(msg)); /* there is nobody else to tell */
    _exit(1);
}

/* Call @set for all signals that can be set.  Returns: 0 or an errno. */
static int set_all_signals(int (*set)(int sig), bool reserved_too)
{
    int err;

    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (sig == SIGKILL || sig == SIGSTOP ||
            (!reserved_too && osdep_child_is_reserved(sig))) {
            continue;
        }
        err = set(sig);
        if (err && !(err == EINVAL && osdep_child_is_unknown(sig))) {
            return err;
        }
    }
    return 0;
}

void osdep_child_reset_signals(void)
{
    int err = set_all_signals(osdep_child_set_default_after_fork, false);

    if (err) {
        die("reset signals", err);
    }
    err = osdep_child_unblock_all();
    if (err) {
        die("unblock signals", err);
    }
}

void osdep_child_reset_reserved_signals(void)
{
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (osdep_child_is_reserved(sig)) {
            osdep_child_set_default(sig);
        }
    }
}

/* = The steps of osdep_spawn() = */

/* Send @what to the parent, if there is a pipe.  Returns: 0 or an errno. */
static int send_report(const OsdepChildPlan *plan,
                       const OsdepChildFailure *what)
{
    int result = 0;

    if (plan->report >= 0) {
        do {
            result = osdep_bare_write(plan->report, what, sizeof(*what));
        } while (result == -EINTR);
    }
    return result < 0 ? -result : 0;
}

static _Noreturn void report_failure_and_exit(OsdepChildPlan *plan,
                                              OsdepChildStep step, int err,
                                              int which)
{
    OsdepChildFailure failure = { step, err, which };

    plan->failure = failure;
    send_report(plan, &failure); /* else there is nobody to tell */
    osdep_bare_exit(127);
}

/*
 * From here on the child counts as started.  The parent sees that in @plan, or
 * if it cannot, reads it from the pipe.
 */
static void report_execution(OsdepChildPlan *plan)
{
    const OsdepChildFailure none = { OSDEP_CHILD_OK, 0, 0 };
    int err;

    plan->is_executing = true;
    err = send_report(plan, &none);
    if (err) {
        report_failure_and_exit(plan, OSDEP_CHILD_REPORT, err, 0);
    }
}

static void set_signals(OsdepChildPlan *plan)
{
    int err = set_all_signals(osdep_child_set_until_exec, true);

    if (err) {
        report_failure_and_exit(plan, OSDEP_CHILD_RESET_SIGNALS, err, 0);
    }
    for (unsigned int i = 0; i < plan->n_ignore_signals; i++) {
        int sig = plan->ignore_signals[i];

        err = osdep_child_ignore(sig);
        if (err) {
            report_failure_and_exit(plan, OSDEP_CHILD_IGNORE_SIGNAL, err, sig);
        }
    }
}

static void set_relations(OsdepChildPlan *plan)
{
    int err;

    if (plan->new_session) {
        err = -osdep_bare_setsid();
        if (err > 0) {
            report_failure_and_exit(plan, OSDEP_CHILD_SET_SESSION, err, 0);
        }
    }
    if (plan->new_group) {
        err = -osdep_bare_setpgid(0, 0);
        if (err > 0) {
            report_failure_and_exit(plan, OSDEP_CHILD_SET_GROUP, err, 0);
        }
    }
    if (plan->die_with_parent) {
        err = osdep_child_die_with_parent(plan->parent);
        if (err) {
            report_failure_and_exit(plan, OSDEP_CHILD_DIE_WITH_PARENT, err, 0);
        }
    }
}

/* dup2(2) may say EINTR; with all signals blocked a sandbox or FUSE makes it. */
static int move_fd(int from, int to)
{
    int fd;

    do {
        fd = from == to ? osdep_bare_fcntl(to, F_SETFD, 0)
                        : osdep_bare_dup2(from, to);
    } while (fd == -EINTR);
    return fd;
}

static void move_descriptors(OsdepChildPlan *plan)
{
    int spare = -1, done;

    for (unsigned int i = 0; i < plan->n_moves; i++) {
        const OsdepFdMove *move = &plan->moves[i];

        if (move->to == OSDEP_FD_SPARE) {
            done = spare = osdep_bare_fcntl(move->from, F_DUPFD_CLOEXEC, 3);
        } else if (move->from == OSDEP_FD_SPARE) {
            done = move_fd(spare, move->to);
            osdep_bare_close(spare);
        } else {
            done = move_fd(move->from, move->to);
        }
        if (done < 0) {
            report_failure_and_exit(plan, OSDEP_CHILD_MOVE_FD, -done,
                                    move->to == OSDEP_FD_SPARE ? move->from
                                                               : move->to);
        }
    }
}

static void close_descriptors(OsdepChildPlan *plan)
{
    const OsdepFdList kept = { .fds = plan->open_fds,
                               .n = plan->n_open_fds,
                               .sorted = true };

    if (!plan->inherit_fds && !for_each_gap(osdep_child_mark_span, &kept)) {
        close_all_but(&kept);
    }
}

/*
 * The file of the folder that @path begins with, an empty one being the current
 * (POSIX.1-2017, XBD 8.3); @path becomes what follows, NULL after the last.
 */
static const char *next_candidate(const OsdepCandidates *candidates,
                                  const char **path)
{
    size_t len = 0;
    char *file;

    if (!*path) {
        return candidates->file;
    }
    while ((*path)[len] && (*path)[len] != ':') {
        len++;
    }
    file = candidates->file - (len ? len : 1);
    *file = '.';
    memcpy(file, *path, len);
    *path = (*path)[len] ? *path + len + 1 : NULL;
    return file;
}

int osdep_child_exec(const OsdepCandidates *candidates, char *const *argv,
                     char *const *env)
{
    const char *path = candidates->path;
    bool only_one = !path || !strchr(path, ':');
    int result, err = 0;

    do {
        result =
            osdep_bare_execve(next_candidate(candidates, &path), argv, env);
        if (only_one) {
            return -result;
        }
        switch (-result) {
        case EACCES:
            err = EACCES;
            break;
        case ELOOP: /* no file can be there, nor in a folder like that */
        case ENAMETOOLONG:
            err = err ? err : -result;
            break;
        case ENOENT:
        case ENOTDIR:
        case ENODEV: /* from here on: a folder whose server is gone */
        case ESTALE:
        case ETIMEDOUT:
            err = err == EACCES ? err : ENOENT;
            break;
        default:
            return -result;
        }
    } while (path);
    return err;
}

void osdep_child_execute(OsdepChildPlan *plan)
{
    int err;

    plan->was_here = true;
    if (plan->is_probe) {
        osdep_bare_exit(0);
    }
    err = plan->shares_fds ? osdep_child_unshare_fds(plan->highest_fd) : 0;
    if (err) {
        report_failure_and_exit(plan, OSDEP_CHILD_UNSHARE_FDS, err, 0);
    }
    set_signals(plan);
    set_relations(plan);
    move_descriptors(plan);
    close_descriptors(plan);
    if (plan->cwd) {
        err = -osdep_bare_chdir(plan->cwd);
        if (err > 0) {
            report_failure_and_exit(plan, OSDEP_CHILD_CHANGE_DIRECTORY, err, 0);
        }
    }
    report_execution(plan);
    err = osdep_child_unblock_all();
    if (err) {
        report_failure_and_exit(plan, OSDEP_CHILD_UNBLOCK_SIGNALS, err, 0);
    }
    err = osdep_child_exec(&plan->candidates, plan->argv, plan->env);
    report_failure_and_exit(plan, OSDEP_CHILD_EXECUTE, err, 0);
}

#endif
