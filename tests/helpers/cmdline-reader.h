/*
 * Readers of Windows command lines, which know nothing of how we write them
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CMDLINE_READER_H
#define TESTS_CMDLINE_READER_H

/*
 * By whose rules.  They differ in what ends the first word, and in what a '"'
 * means that follows at once on one that ends quotes.
 */
typedef enum CmdlineRules {
    CMDLINE_CRT,     /* Microsoft's C runtime since 2008: a '"', quotes go on */
    CMDLINE_OLD_CRT, /* before, as msvcrt.dll has it: a '"', quotes end */
    CMDLINE_SHELL, /* CommandLineToArgvW(): the first word has its own quotes */
    /*
     * Cygwin's, and so MSYS2's, in a program that another than a Cygwin program
     * started, in a UTF-8 locale, without "noglob" in the variable CYGWIN.
     * Single quotes are quotes, too.  Wildcards, braces, ~ and @FILE depend on
     * files: a character 1 stands for each.
     */
    CMDLINE_CYGWIN,
} CmdlineRules;

/*
 * Take @line apart by @rules: the words go to @words, NULL-terminated, which
 * point into @buffer.  There is room if @buffer is as long as @line with 2
 * bytes more and @words has that many and 2 more.
 */
void cmdline_read(CmdlineRules rules, const char *line, const char **words,
                  char *buffer);

#endif
