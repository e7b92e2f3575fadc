/*
 * A program with a copy of osdep of its own and another one beside it: that of
 * the plugin that it loads, or a second one linked in (SECOND)
 *
 * SPDX-License-Identifier: MIT
 */
#define OWNER "host"
#include "plugin-copy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECOND
#include <dlfcn.h>
#endif

#define CHECK(condition)                     \
    do {                                     \
        if (!(condition)) {                  \
            printf("not: %s\n", #condition); \
            exit(1);                         \
        }                                    \
    } while (0)

static const Copy own = COPY;

static int status_of_failure(const Copy *copy)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        copy->fail();
        _exit(99);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **argv)
{
    const Copy *other;

#ifdef SECOND
    extern const Copy second;

    (void)argc, (void)argv;
    other = &second;
#else
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;

    if (!library) {
        printf("%s\n", argc == 2 ? dlerror() : "which plugin?");
        return 1;
    }
    other = dlsym(library, "plugin");
#endif
    CHECK(other->fatal() != own.fatal());
    own.report("one");
    other->report("two");
    own.report("three");
    CHECK(strcmp(own.last(), "host: three") == 0);
    CHECK(strstr(other->last(), ": two"));
    other->report("four");
    CHECK(strcmp(own.last(), "host: three") == 0);
    CHECK(strncmp(other->last(), "host", 4) != 0);
    CHECK(own.run() && other->run());
    CHECK(status_of_failure(&own) == 1);
    CHECK(status_of_failure(other) == 1);
    puts("no call crosses");
    return 0;
}
