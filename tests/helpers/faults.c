/*
 * Making system calls fail from outside, one at a time: seccomp_unotify(2)
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/faults.h"

#ifdef __linux__

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/helpers/posix.h"

#endif

/* Linux 5.9, and its headers. */
#if defined __linux__ && defined SECCOMP_IOCTL_NOTIF_ADDFD

/* The first argument of a prctl(2) that tells us of a phase. */
enum { MARK = 0x4f534450 };

void fault_mark(FaultPhase phase)
{
    syscall(SYS_prctl, MARK, phase, 0, 0, 0);
}

/* = In the subject = */

static void send_fd(int socket, int fd)
{
    union {
        char buf[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = { .buf = "" };
    char byte = 0;
    struct iovec data = { &byte, 1 };
    struct msghdr msg = { .msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control.buf,
                          .msg_controllen = sizeof(control.buf) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&msg);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(int));
    syscall(SYS_sendmsg, socket, &msg, 0);
}

/* Arguments are 64 bits wide: seccomp(2). */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_HALF_OF_ARGUMENT_1 (offsetof(struct seccomp_data, args[1]) + 4)
#else
#define LOW_HALF_OF_ARGUMENT_1 offsetof(struct seccomp_data, args[1])
#endif

/*
 * Have the supervisor asked at each call, but at sendmsg(2), by which it comes
 * to know of the filter.  With a fault it need not hear of calls that are
 * neither to fail nor say what becomes of a process.
 */
static int enter_filter(const FaultTrial *trial)
{
    const struct sock_filter load =
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    const struct sock_filter allow =
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_filter ask =
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    const struct sock_filter refuse =
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    const long asked[] = { SYS_prctl, SYS_execve, SYS_exit_group,
                           trial->fault ? trial->fault->call.nr : -1 };
    struct sock_filter filter[64] = {
        load,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
        allow,
    };
    unsigned short n = 3;
    struct sock_fprog program = { .filter = filter };

    for (const long *nr = trial->refused; nr && *nr; nr++) {
        if (*nr == SYS_pipe2) { /* without flags it may be pipe()'s */
            filter[n++] = (struct sock_filter)BPF_JUMP(
                BPF_JMP | BPF_JEQ | BPF_K, SYS_pipe2, 0, 3);
            filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                       LOW_HALF_OF_ARGUMENT_1);
            filter[n++] = (struct sock_filter)BPF_JUMP(
                BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
            filter[n++] = refuse;
            filter[n++] = load;
            continue;
        }
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                   (unsigned int)*nr, 0, 1);
        filter[n++] = refuse;
    }
    for (int i = 0; trial->fault && i < 4; i++) {
        filter[n++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)asked[i], 0, 1);
        filter[n++] = ask;
    }
    filter[n++] = trial->fault ? allow : ask;
    program.len = n;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return -1;
    }
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static _Noreturn void be_subject(const FaultTrial *trial, int socket)
{
    int listener = enter_filter(trial);

    if (listener < 0) {
        _exit(SKIPPED);
    }
    send_fd(socket, listener);
    close(listener);
    trial->run(trial->arg);
    _exit(0);
}

/* = What a process is made of = */

static void add(char *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(char *state, const char *format, ...)
{
    size_t len = strlen(state);
    va_list ap;

    va_start(ap, format);
    vsnprintf(state + len, FAULT_STATE_SIZE - len, format, ap);
    va_end(ap);
}

static FILE *open_proc(pid_t pid, const char *what, int fd)
{
    char path[64];

    snprintf(path, sizeof(path), fd < 0 ? "/proc/%ld/%s" : "/proc/%ld/%s/%d",
             (long)pid, what, fd);
    return fopen(path, "re");
}

static void read_proc_link(pid_t pid, const char *what, char *to, size_t size)
{
    char path[96];
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, what);
    n = readlink(path, to, size - 1);
    to[n > 0 ? n : 0] = '\0';
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
    return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static int is_number(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A line "N: what it is, its flags" for each descriptor. */
static void add_fds(pid_t pid, char *state, int but, bool with_inodes)
{
    char path[40], target[256], line[64];
    struct dirent **entries;
    int n;

    snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
    n = scandir(path, &entries, is_number, by_number);
    for (int i = 0; i < n; i++) {
        int fd = atoi(entries[i]->d_name);
        FILE *info = open_proc(pid, "fdinfo", fd);
        unsigned int flags = 0;

        snprintf(path, sizeof(path), "fd/%d", fd);
        read_proc_link(pid, path, target, sizeof(target));
        if (!with_inodes && strstr(target, ":[")) {
            *strstr(target, ":[") = '\0';
        }
        while (info && fgets(line, sizeof(line), info) &&
               sscanf(line, "flags: %o", &flags) != 1) {
            continue;
        }
        if (info) {
            fclose(info);
        }
        if (fd != but) {
            add(state, "%d: %s, 0%o\n", fd, target, flags);
        }
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

/* @but: a descriptor that does not count; -1: all do. */
static void look_at(pid_t pid, char *state, int but, bool with_inodes)
{
    FILE *status = open_proc(pid, "status", -1);
    char line[256];

    *state = '\0';
    while (status && fgets(line, sizeof(line), status)) {
        if (strncmp(line, "Sig", 3) == 0 ? line[3] != 'Q'
                                         : strncmp(line, "ShdPnd", 6) == 0) {
            add(state, "%s", line);
        }
    }
    if (status) {
        fclose(status);
    }
    read_proc_link(pid, "cwd", line, sizeof(line));
    add(state, "in %s%s%s\n", line, getpgid(pid) == pid ? ", own group" : "",
        getsid(pid) == pid ? ", own session" : "");
    add_fds(pid, state, but, with_inodes);
}

/* = The supervisor = */

typedef struct Supervisor {
    const FaultTrial *trial;
    FaultReport *report;
    pid_t subject;
    int listener;
    char exe[256]; /* ours, and that of who has executed nothing */
    bool begun;
    bool ended[FAULT_ROLES]; /* no call of theirs fails any more */
    bool exits;              /* the subject does */
    pid_t seen[16];
    size_t n_seen;
} Supervisor;

static int receive_fd(int socket)
{
    union {
        char buf[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = { .buf = "" };
    char byte;
    struct iovec data = { &byte, 1 };
    struct msghdr msg = { .msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control.buf,
                          .msg_controllen = sizeof(control.buf) };
    int fd = -1;

    if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&msg)) {
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
    }
    return fd;
}

/* ioctl(2); musl's takes an int, for which these requests are too large. */
static long ask_kernel(const Supervisor *s, unsigned long request, void *arg)
{
    return syscall(SYS_ioctl, s->listener, request, arg);
}

static FaultRole role_of(Supervisor *s, pid_t pid)
{
    char exe[sizeof(s->exe)];
    size_t i;

    if (pid == s->subject) {
        return FAULT_IN_PARENT;
    }
    for (i = 0; i < s->n_seen && s->seen[i] != pid; i++) {
        continue;
    }
    if (i == s->n_seen && i < sizeof(s->seen) / sizeof(s->seen[0])) {
        s->seen[s->n_seen++] = pid;
    }
    read_proc_link(pid, "exe", exe, sizeof(exe));
    return strcmp(exe, s->exe) == 0 ? FAULT_IN_CHILD : FAULT_IN_PROGRAM;
}

/*
 * The kernel closes the descriptor whatever close(2) says then, so that has to
 * be done here: something else, which harms nobody, takes its place.
 */
static void close_for(Supervisor *s, const struct seccomp_notif *call)
{
    struct seccomp_notif_addfd addfd = {
        .id = call->id,
        .flags = SECCOMP_ADDFD_FLAG_SETFD,
        .newfd = (unsigned int)call->data.args[0],
        .newfd_flags = O_CLOEXEC,
    };
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    char what[32], target[8];

    addfd.srcfd = (unsigned int)null;
    snprintf(what, sizeof(what), "fd/%d", (int)addfd.newfd);
    read_proc_link((pid_t)call->pid, what, target, sizeof(target));
    if (target[0] && ask_kernel(s, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd) >= 0 &&
        (pid_t)call->pid == s->subject) {
        s->report->fd_left = (int)addfd.newfd;
    }
    close(null);
}

/* Returns: the error that this call fails with; 0 if it goes on. */
static int judge(Supervisor *s, const struct seccomp_notif *call,
                 FaultRole role)
{
    const Fault *fault = s->trial->fault;
    FaultReport *report = s->report;
    FaultCall now = { role,
                      call->data.nr,
                      1,
                      { call->data.args[0], call->data.args[1],
                        call->data.args[2] } };

    if (!s->begun || s->ended[role] || role == FAULT_IN_PROGRAM) {
        return 0;
    }
    for (size_t i = 0; i < report->n_calls; i++) {
        now.nth +=
            report->calls[i].role == role && report->calls[i].nr == now.nr;
    }
    if (report->n_calls < FAULT_MOST_CALLS) {
        report->calls[report->n_calls++] = now;
    }
    if (!fault || report->injected || fault->call.role != role ||
        fault->call.nr != now.nr || fault->call.nth != now.nth) {
        return 0;
    }
    report->injected = true;
    if (now.nr == SYS_close) {
        close_for(s, call);
    }
    return fault->err;
}

static void note_phase(Supervisor *s, FaultRole role, FaultPhase phase)
{
    FaultReport *report = s->report;

    switch (phase) {
    case FAULTS_START:
        look_at(s->subject, report->before, -1, true);
        break;
    case FAULTS_BEGIN:
        s->begun = true;
        break;
    case FAULTS_END:
        s->ended[role] = true;
        break;
    case FAULTS_DONE:
        look_at(s->subject, report->after, report->fd_left, true);
        break;
    }
}

/* Hear of one call, and say how it goes on. */
static void answer(Supervisor *s)
{
    union { /* newer kernels may know more of a call, seccomp_unotify(2) */
        struct seccomp_notif call;
        char room[1024];
    } n;
    struct seccomp_notif_resp response = { 0 };
    FaultRole role;

    memset(&n, 0, sizeof(n));
    if (ask_kernel(s, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0) {
        return; /* whoever made it was killed */
    }
    role = role_of(s, (pid_t)n.call.pid);
    response.id = n.call.id;
    if (n.call.data.nr == SYS_prctl && n.call.data.args[0] == MARK) {
        note_phase(s, role, (FaultPhase)n.call.data.args[1]);
        if (role == FAULT_IN_CHILD) {
            look_at((pid_t)n.call.pid, s->report->program, -1, false);
        }
    } else {
        response.error = -judge(s, &n.call, role);
        if (n.call.data.nr == SYS_exit_group && role == FAULT_IN_PROGRAM &&
            s->begun) {
            look_at((pid_t)n.call.pid, s->report->program, -1, false);
        }
        s->exits |= n.call.data.nr == SYS_exit_group && role == FAULT_IN_PARENT;
        if (response.error == 0) {
            response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        }
    }
    ask_kernel(s, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Has the subject ended, without its exit_group(2)?  It stays a zombie. */
static bool is_dead(const Supervisor *s)
{
    siginfo_t info = { .si_pid = 0 };

    return waitid(P_PID, (id_t)s->subject, &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid;
}

/* Until the subject ends, or nothing has happened for too long. */
static void attend(Supervisor *s)
{
    struct pollfd polled = { .fd = s->listener, .events = POLLIN };
    int naps = 0, ready;

    while (!s->exits) {
        ready = poll(&polled, 1, 20);
        if (ready > 0 && polled.revents & POLLIN) {
            answer(s);
            naps = 0;
        } else if (is_dead(s)) {
            break;
        } else if (ready == 0 && naps++ == s->trial->seconds * 50) {
            s->report->hung = true;
            break;
        }
    }
}

/* Kill who is left of those we saw; orphans are ours by now. */
static void clear_up(Supervisor *s)
{
    siginfo_t info;

    for (size_t i = 0; i < s->n_seen; i++) {
        if (waitid(P_PID, (id_t)s->seen[i], &info,
                   WEXITED | WNOHANG | WNOWAIT) == 0) {
            s->report->n_left_behind++;
            kill(s->seen[i], SIGKILL);
        }
    }
    close(s->listener); /* else who was killed at a call waits for an answer */
    while (waitpid(-1, NULL, 0) > 0) {
        continue;
    }
}

void fault_supervise(const FaultTrial *trial, FaultReport *report)
{
    Supervisor s = { .trial = trial, .report = report };
    int sockets[2];

    report->cannot = NULL;
    report->hung = report->injected = false;
    report->fd_left = -1;
    report->n_left_behind = 0;
    report->before[0] = report->after[0] = report->program[0] = '\0';
    report->n_calls = 0;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0) {
        report->cannot = "no process can be supervised here";
        return;
    }
    read_proc_link(getpid(), "exe", s.exe, sizeof(s.exe));
    s.subject = fork();
    if (s.subject == 0) {
        close(sockets[0]);
        be_subject(trial, sockets[1]);
    }
    close(sockets[1]);
    s.listener = receive_fd(sockets[0]);
    if (s.listener >= 0) {
        attend(&s);
    } else {
        report->cannot = "the kernel does not tell us of a process's calls "
                         "(seccomp_unotify)";
    }
    if (report->hung) {
        kill(s.subject, SIGKILL);
    }
    report->status = wait_status(s.subject);
    clear_up(&s);
    close(sockets[0]);
}

#else

void fault_mark(FaultPhase phase)
{
    (void)phase;
}

void fault_supervise(const FaultTrial *trial, FaultReport *report)
{
    (void)trial;
    memset(report, 0, sizeof(*report));
    report->cannot = "there is no seccomp_unotify(2) here";
}

#endif
