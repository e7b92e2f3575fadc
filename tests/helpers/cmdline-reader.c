/*
 * Readers of Windows command lines, which know nothing of how we write them
 *
 * SPDX-License-Identifier: MIT
 *
 * The rules are in "Parsing C command-line arguments" and "CommandLineToArgvW
 * function" (learn.microsoft.com); what those leave open is measured in
 * "How Command Line Parameters Are Parsed" (daviddeley.com/autohotkey).
 */
#include "tests/helpers/cmdline-reader.h"

#include <stdbool.h>
#include <stddef.h>

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

void cmdline_read(CmdlineRules rules, const char *line, const char **words,
                  char *buffer)
{
    char *out = buffer;

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
