/*
 * Fuzz target: JSON strings of any bytes
 *
 * SPDX-License-Identifier: MIT
 *
 * The input is text.  A strict reader of RFC 8259 has to get its bytes back
 * from what is written.
 */
#include "tests/fuzz/fuzz.h"

#include "tools/json.h"

/* Not tmpfile()'s: on Windows it is for administrators, in the root folder. */
#define FILE_NAME "fuzz-json.tmp"
static FILE *f;

static const char *const wrong[] = {
    "quotes and backslashes are not escaped",
    "control characters are not escaped",
    "what is no UTF-8 is written as it is",
    "bytes above 0x7f are written as \\u0080 to \\u00ff",
    NULL,
};

static void wrong_write_string(FILE *to, const char *text, int which)
{
    putc('"', to);
    for (const uint8_t *s = (const uint8_t *)text; *s; s++) {
        uint32_t code;
        size_t len = fuzz_utf8(s, strlen((const char *)s), &code);

        if (which != 1 && strchr("\"\\", *s)) {
            fprintf(to, "\\%c", *s);
        } else if (which != 2 && *s < 0x20) {
            fprintf(to, "\\u%04x", *s);
        } else if (which == 4 && *s > 0x7f) {
            fprintf(to, "\\u%04x", *s);
        } else if (which != 3 && len == 0) {
            fprintf(to, "\\udc%02x", *s);
        } else {
            fwrite(s, 1, len ? len : 1, to);
            s += len ? len - 1 : 0;
        }
    }
    putc('"', to);
}

static int hex(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* What stands behind a backslash at @s, as a byte at @to; NULL if it is none. */
static const uint8_t *read_escape(const uint8_t *s, const uint8_t *end,
                                  uint8_t *to)
{
    int code = 0;

    if (s < end && (*s == '"' || *s == '\\')) {
        *to = *s;
        return s + 1;
    }
    if (end - s < 5 || *s != 'u') {
        return NULL;
    }
    for (int i = 1; i < 5; i++) {
        if (hex(s[i]) < 0) {
            return NULL;
        }
        code = 16 * code + hex(s[i]);
    }
    /* PEP 383: a byte that is no UTF-8; anything else would be two bytes. */
    if (code > 0x7f && (code < 0xdc80 || code > 0xdcff)) {
        return NULL;
    }
    *to = (uint8_t)code;
    return s + 5;
}

/* Read the JSON string from @s to @end; the bytes it stands for go to @to. */
static const char *read_string(const uint8_t *s, const uint8_t *end,
                               uint8_t *to)
{
    if (end - s < 2 || *s != '"' || end[-1] != '"') {
        return fuzz_fault("it is not in quotes");
    }
    s++;
    end--;
    while (s < end) {
        uint32_t code;
        size_t len = fuzz_utf8(s, (size_t)(end - s), &code);

        if (len == 0 || code < 0x20 || code == '"') {
            return fuzz_fault("byte 0x%02x is not escaped", *s);
        }
        if (code == '\\') {
            s = read_escape(s + 1, end, to++);
            if (!s) {
                return fuzz_fault("a wrong escape");
            }
        } else {
            memcpy(to, s, len);
            to += len;
            s += len;
        }
    }
    *to = '\0';
    return NULL;
}

static void close_file(void)
{
    fclose(f);
    remove(FILE_NAME);
}

/* At its begin, and open to the end: Wine takes 2 ms to open a file anew. */
static void open_file(void)
{
    if (f) {
        rewind(f);
        return;
    }
    f = fopen(FILE_NAME, "w+b");
    if (!f) {
        perror(FILE_NAME);
        exit(1);
    }
    atexit(close_file);
}

static const char *test(const uint8_t *data, size_t size, int which)
{
    char *text = malloc(size + 1);
    uint8_t *json, *back;
    const char *fault;
    size_t len;

    open_file();
    memcpy(text, data, size);
    text[size] = '\0';
    if (which) {
        wrong_write_string(f, text, which);
    } else {
        json_write_string(f, text);
    }
    len = (size_t)ftell(f);
    rewind(f);
    json = malloc(len + 1);
    back = malloc(len + 1);
    len = fread(json, 1, len, f);
    fault = read_string(json, json + len, back);
    if (!fault && strcmp((const char *)back, text) != 0) {
        fault = fuzz_fault("it comes back as another one");
    }
    free(back);
    free(json);
    free(text);
    return fault;
}

static const char *const parts[] = {
    "\"",       "\\",           "/",    "a",        "\n",
    "\x01",     "\x1f",         "\x7f", "\xc3\xa9", "\xf0\x9d\x84\x9e",
    "\xc0\x80", "\xed\xb2\x80", "\xff", "\x80",     "\xe2\x82",
    "u0041",    "\\udc80",      NULL,
};

const FuzzTarget fuzz_json = { "json", test, wrong, parts };
