/*
 * The control of tests/valgrind-logs: loses memory and a descriptor, and reads
 * beyond an allocation; a child of it uses what it has freed
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *volatile p = malloc(10);
    volatile char c;
    pid_t pid = p ? fork() : -1;

    if (pid == 0) {
        free(p);
        c = *p;
        _exit(0);
    }
    c = p ? p[10] : 0;
    (void)c;
    p = NULL;
    if (open("/dev/null", O_RDONLY) < 0) {
        return 1;
    }
    return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
