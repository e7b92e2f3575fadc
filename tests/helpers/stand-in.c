/*
 * Stands where the tests look for a program that only an emulator can run, and
 * has it run: ../../NAME, by RUNNER
 *
 * SPDX-License-Identifier: MIT
 *
 * Compiled for the build machine.  It leaves signals and descriptors as it
 * finds them, and needs neither a shell, which does not, nor binfmt_misc, which
 * is for root to set up.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static const char *const runner[] = { RUNNER, "-0" };
    enum { N_RUNNER = sizeof(runner) / sizeof(runner[0]) };
    const char *words[N_RUNNER + argc + 2];
    char self[4096], program[sizeof(self) + 6];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *name;
    int n = 0;

    if (len < 0) {
        perror("stand-in: /proc/self/exe");
        return 125;
    }
    self[len] = '\0';
    name = strrchr(self, '/');
    snprintf(program, sizeof(program), "%.*s/../..%s", (int)(name - self), self,
             name);

    for (int i = 0; i < N_RUNNER; i++) {
        words[n++] = runner[i];
    }
    words[n++] = argc > 0 ? argv[0] : "";
    words[n++] = program;
    for (int i = 1; i < argc; i++) {
        words[n++] = argv[i];
    }
    words[n] = NULL;
    execvp(words[0], (char *const *)words);
    perror(words[0]);
    return 125;
}
