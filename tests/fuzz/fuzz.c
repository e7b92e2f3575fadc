/*
 * What the fuzz targets have in common
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/fuzz.h"

const char *fuzz_fault(const char *fmt, ...)
{
    static char text[4096];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return text;
}

char *fuzz_escaped(const char *text, bool lines)
{
    static const char controls[] = "\a\b\t\n\v\f\r", letters[] = "abtnvfr";
    char *escaped = malloc(4 * strlen(text) + 1), *to = escaped;

    for (; *text; text++) {
        const unsigned char byte = (unsigned char)text[0];
        const unsigned char next = (unsigned char)text[1];
        const char *which = strchr(controls, byte);

        if (lines && (byte == '\n' || byte == '\t')) {
            *to++ = *text;
        } else if (which) {
            to += sprintf(to, "\\%c", letters[which - controls]);
        } else if (byte < ' ' || byte == 0x7f) {
            to += sprintf(to, "\\x%02x", byte);
        } else if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) {
            to += sprintf(to, "\\u00%02x", next);
            text++;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return escaped;
}

FuzzWords fuzz_words(const uint8_t *data, size_t size)
{
    FuzzWords words = { calloc(size + 1, sizeof(*words.argv)), 0 };

    for (size_t at = 0; at < size;) {
        size_t len = 0;
        char *word;

        while (at + len < size && data[at + len]) {
            len++;
        }
        word = malloc(len + 1);
        memcpy(word, data + at, len);
        word[len] = '\0';
        words.argv[words.argc++] = word;
        at += len + 1;
    }
    return words;
}

void fuzz_words_free(FuzzWords *words)
{
    for (int i = 0; i < words->argc; i++) {
        free(words->argv[i]);
    }
    free(words->argv);
}

size_t fuzz_utf8(const uint8_t *s, size_t left, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = s[0] < 0x80             ? 1
                 : (s[0] & 0xe0) == 0xc0 ? 2
                 : (s[0] & 0xf0) == 0xe0 ? 3
                 : (s[0] & 0xf8) == 0xf0 ? 4
                                         : 0;

    if (len == 0 || len > left) {
        return 0;
    }
    *code = len == 1 ? s[0] : s[0] & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (s[i] & 0x3fU);
    }
    return *code < least[len] || *code > 0x10ffff ||
                   (*code >= 0xd800 && *code <= 0xdfff)
               ? 0
               : len;
}

long fuzz_utf16_len(const char *text)
{
    const uint8_t *s = (const uint8_t *)text;
    size_t left = strlen(text);
    uint32_t code;
    long units = 0;

    while (left > 0) {
        size_t len = fuzz_utf8(s, left, &code);

        if (len == 0) {
            return -1;
        }
        units += code > 0xffff ? 2 : 1;
        s += len;
        left -= len;
    }
    return units;
}
