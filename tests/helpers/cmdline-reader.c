/*
 * Readers of Windows command lines, which know nothing of how we write them
 *
 * SPDX-License-Identifier: MIT
 *
 * The rules are in "Parsing C command-line arguments" and "CommandLineToArgvW
 * function" (learn.microsoft.com); what those leave open is measured in "How
 * Command Line Parameters Are Parsed" (daviddeley.com/autohotkey).  Those of
 * Cygwin are in winsup/cygwin/dcrt0.cc of its sources (build_argv(), quoted(),
 * globify(); read in a version of 2024) and in glob(3).
 */
#include "tests/helpers/cmdline-reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool is_separator(char c)
{
    return c == ' ' || c == '\t';
}

/* The C runtime's: quotes, and nothing that escapes them. */
static const char *read_first(const char *in, char **out)
{
    bool quoted = false;

    for (; *in && (quoted || !is_separator(*in)); in++) {
        if (*in == '"') {
            quoted = !quoted;
        } else {
            *(*out)++ = *in;
        }
    }
    return in;
}

/* CommandLineToArgvW()'s: either in quotes, to the next one, or up to a blank */
static const char *read_first_shell(const char *in, char **out)
{
    bool quoted = *in == '"';

    in += quoted;
    while (*in && (quoted ? *in != '"' : (unsigned char)*in > ' ')) {
        *(*out)++ = *in++;
    }
    /* What separates it is not all of a kind, and none of it is a word. */
    return *in ? in + 1 : in;
}

static const char *read_word(CmdlineRules rules, const char *in, char **out)
{
    bool quoted = false;
    size_t slashes = 0;

    while (*in && (quoted || !is_separator(*in))) {
        char c = *in++;

        if (c == '\\') {
            slashes++;
            *(*out)++ = c;
            continue;
        }
        if (c == '"') {
            *out -= (slashes + 1) / 2;
            if (slashes % 2) {
                *(*out)++ = '"';
            } else if (quoted && *in == '"') {
                *(*out)++ = *in++;
                quoted = rules == CMDLINE_CRT;
            } else {
                quoted = !quoted;
            }
        } else {
            *(*out)++ = c;
        }
        slashes = 0;
    }
    return in;
}

static bool is_cygwin_separator(char c)
{
    return c && strchr(" \t\r\n", c);
}

/*
 * The end of the Cygwin quotes that begin at @at.  In double quotes a backslash
 * hides the next character.  Two double quotes are an escaped one, and they are
 * replaced by that.
 */
static char *skip_cygwin_quotes(char *at)
{
    const char quote = *at++;

    while (*at) {
        if (quote == '"' && at[0] == '\\' && at[1]) {
            at += 2;
        } else if (*at != quote) {
            at++;
        } else if (quote == '"' && at[1] == quote) {
            *at = '\\';
            at += 2;
        } else {
            return at + 1;
        }
    }
    return at;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "C:..." and "\\server\..." */
static bool is_cygwin_dos_path(const char *word)
{
    return (is_letter(word[0]) && word[1] == ':') ||
           (word[0] == '\\' && word[1] == '\\' && is_letter(word[2]) &&
            strchr(word + 3, '\\'));
}

static char *read_cygwin_section(const char **in, bool is_dos_path, char *to)
{
    const char quote = *(*in)++;

    while (**in && **in != quote) {
        if (!is_dos_path && **in == '\\' &&
            ((*in)[1] == quote || (*in)[1] == '\\')) {
            (*in)++;
        }
        *to++ = '\\';
        *to++ = *(*in)++;
    }
    *in += **in != '\0';
    return to;
}

/*
 * @word as a pattern for glob(3), in which a backslash stands in front of what
 * is to be taken literally; to be freed.
 */
static char *cygwin_pattern(const char *word)
{
    bool is_dos_path = is_cygwin_dos_path(word);
    char *pattern = malloc(2 * strlen(word) + 1), *to = pattern;

    if (!is_dos_path && (*word == '"' || *word == '\'') && word[1] && word[2]) {
        is_dos_path = is_cygwin_dos_path(word + 1);
    }
    while (*word) {
        if (*word == '"' || *word == '\'') {
            to = read_cygwin_section(&word, is_dos_path, to);
        } else {
            if (is_dos_path && *word == '\\') {
                *to++ = '\\';
            }
            *to++ = *word++;
        }
    }
    *to = '\0';
    return pattern;
}

/* A character that no command line of ours has, for what depends on files. */
#define EXPANDED '\1'

/* What glob(3) returns if no file matches; EXPANDED is for what could match. */
static void read_cygwin_pattern(const char *pattern, char **out)
{
    const char *s = pattern;

    for (; *s; s++) {
        if (*s == '\\' && s[1]) {
            *(*out)++ = *++s;
        } else if (strchr("*?[{", *s) || (*s == '~' && s == pattern)) {
            *(*out)++ = EXPANDED;
        } else {
            *(*out)++ = *s;
        }
    }
}

/* Read the word at @word, up to @end. */
static void read_cygwin_word(char *word, char *end, char **out)
{
    char saved = *end, *pattern;

    *end = '\0';
    if (*word != '~' && *word != '@' && !strpbrk(word, "?*[\"'(){}")) {
        memcpy(*out, word, strlen(word));
        *out += strlen(word);
    } else if (*word == '@') {
        *(*out)++ = EXPANDED; /* to the contents of a file */
    } else {
        pattern = cygwin_pattern(word);
        read_cygwin_pattern(pattern, out);
        free(pattern);
    }
    *end = saved;
}

/* Cygwin's program name: quotes are removed, and nothing is special in them. */
static char *read_cygwin_first(char *in, char **out)
{
    char quote = '\0';

    for (; *in && (quote || !is_cygwin_separator(*in)); in++) {
        if (*in == quote) {
            quote = '\0';
        } else if (!quote && (*in == '"' || *in == '\'')) {
            quote = *in;
        } else {
            *(*out)++ = *in;
        }
    }
    return in;
}

static void read_cygwin(const char *line, const char **words, char *out)
{
    char *copy = malloc(strlen(line) + 1), *in = strcpy(copy, line);
    const char **first = words;

    for (;;) {
        char *word;

        while (is_cygwin_separator(*in)) {
            in++;
        }
        if (!*in) {
            break;
        }
        *words++ = out;
        word = in;
        if (words == first + 1) {
            in = read_cygwin_first(in, &out);
        } else {
            while (*in && !is_cygwin_separator(*in)) {
                in =
                    *in == '"' || *in == '\'' ? skip_cygwin_quotes(in) : in + 1;
            }
            read_cygwin_word(word, in, &out);
        }
        *out++ = '\0';
    }
    *words = NULL;
    free(copy);
}

void cmdline_read(CmdlineRules rules, const char *line, const char **words,
                  char *buffer)
{
    char *out = buffer;

    if (rules == CMDLINE_CYGWIN) {
        read_cygwin(line, words, buffer);
        return;
    }
    *words++ = out;
    line = rules == CMDLINE_SHELL ? read_first_shell(line, &out)
                                  : read_first(line, &out);
    *out++ = '\0';
    for (;;) {
        while (is_separator(*line)) {
            line++;
        }
        if (!*line) {
            break;
        }
        *words++ = out;
        line = read_word(rules, line, &out);
        *out++ = '\0';
    }
    *words = NULL;
}
