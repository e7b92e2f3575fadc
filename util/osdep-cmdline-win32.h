/*
 * The command lines of Windows
 *
 * SPDX-License-Identifier: MIT
 *
 * A program on Windows gets one string and takes it apart itself, nearly always
 * by the rules of Microsoft's C runtime ("Parsing C command-line arguments",
 * "CommandLineToArgvW function", learn.microsoft.com).  cmd.exe, which runs
 * batch files, has others.  Nothing here calls the system, so all of it is
 * compiled and tested everywhere.  Text is UTF-8, which the caller has checked.
 */
#ifndef UTIL_OSDEP_CMDLINE_WIN32_H
#define UTIL_OSDEP_CMDLINE_WIN32_H

#include <stdbool.h>

#include "osdep/error.h"

OSDEP_BEGIN_INTERNAL

enum {
    /*
     * How long a command line may be in UTF-16 units, with the NUL that ends it
     * ("CreateProcessW function")
     */
    OSDEP_CMDLINE_MAX = 32767,
    /* The same for cmd.exe ("Command prompt line string limitation") */
    OSDEP_BATCH_CMDLINE_MAX = 8191,
};

/*
 * The command line that a program takes apart into @argv: by the rules of
 * Microsoft's C runtime, old and new, those of CommandLineToArgvW() and those
 * of Cygwin and MSYS2 (unless the environment variable CYGWIN or MSYS says
 * "noglob": no line can express backslashes and quotes by those rules and the
 * others).
 *
 * Returns: it, to be freed.  NULL with @errp set: EINVAL if there is a '"' in
 * argv[0], which no command line can express; E2BIG, as from execve(2), if it
 * is too long; ENOMEM (OSDEP_STEP_PREPARE).
 */
char *osdep_cmdline(const char *const *argv, OsdepError **errp);

/*
 * Returns whether the file @path is one that cmd.exe has to run, as it is if
 * the name ends in ".bat" or ".cmd".  The file system ignores blanks and full
 * stops behind that; "x.bat::$DATA" is the same file.  In doubt, true.
 */
bool osdep_is_batch_file(const char *path);

/*
 * The command line for cmd.exe to run the batch file @path, as it was found,
 * with the arguments @argv (argv[0] is not looked at).  Commands in the
 * registry (AutoRun) are not run, command extensions are on, and "!" expands no
 * variable, whatever the registry says of that ("cmd", learn.microsoft.com).
 *
 * cmd.exe expands and splits the line anew, quotes or not ("BatBadBut",
 * CVE-2024-24576 and its kin), and the batch file does so again when it uses
 * %1; escaping cannot be right for both.  So there must be nothing in it that
 * cmd.exe could take for its own: EINVAL, naming argument and character.  The
 * path is only read by cmd.exe itself and may have any character that a file
 * name can have, but '%' only once.  Otherwise as osdep_cmdline().
 */
char *osdep_batch_cmdline(const char *path, const char *const *argv,
                          OsdepError **errp);

/*
 * The words of the command line @line, as the C runtime reads them, at least
 * one; their number in @n.  Returns: they, with a NULL behind the last, in one
 * block to be freed; NULL if there is no memory for it.
 */
char **osdep_cmdline_words(const char *line, int *n);

OSDEP_END_INTERNAL

#endif
