/*
 * Fuzz target: UTF-8 to UTF-16
 *
 * SPDX-License-Identifier: MIT
 *
 * The input is text.  What is UTF-8 has to come out as what it is, and nothing
 * else may come out at all.
 */
#include "tests/fuzz/fuzz.h"

#include "util/osdep-process-win32.h"

static const char *const wrong[] = {
    "what is no UTF-8 is replaced",
    "surrogates pass",
    "overlong forms pass",
    "the end of the text is not looked for",
    NULL,
};

/* The same in units of 16 bits, after fuzz_utf8() had nothing against it. */
static size_t encode(const char *text, uint16_t *units)
{
    const uint8_t *s = (const uint8_t *)text;
    uint16_t *to = units;
    uint32_t code;

    while (*s) {
        s += fuzz_utf8(s, 4, &code);
        if (code > 0xffff) {
            *to++ = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + (code - 0x10000) % 0x400;
        }
        *to++ = (uint16_t)code;
    }
    return (size_t)(to - units);
}

static WCHAR *wrong_utf16(const char *text, int which)
{
    size_t len = strlen(text), n = 0;
    WCHAR *wide = calloc(len + 2, sizeof(*wide));

    if (which == 1) {
        MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, (int)len + 1);
        return wide;
    }
    for (const uint8_t *s = (const uint8_t *)text; *s;) {
        uint32_t code = 0;
        size_t used = fuzz_utf8(s, strlen((const char *)s), &code);

        if (used == 0 && which == 2 && s[0] == 0xed && s[1] >= 0xa0 && s[2]) {
            used = 3;
            code = 0xd000U | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU);
        } else if (used == 0 && which == 3 && (s[0] | 1) == 0xc1 && s[1]) {
            used = 2;
            code = (s[0] & 1U) << 6 | (s[1] & 0x3fU);
        } else if (used == 0 && which == 4 && s[0] >= 0xc2 && s[0] < 0xe0 &&
                   !s[1]) {
            used = 1;
            code = (s[0] & 0x1fU) << 6;
        }
        if (used == 0) {
            free(wide);
            return NULL;
        }
        if (code > 0xffff) {
            wide[n++] = (WCHAR)(0xd7c0 + (code >> 10));
            code = 0xdc00 | (code & 0x3ff);
        }
        wide[n++] = (WCHAR)code;
        s += used;
    }
    return wide;
}

static const char *judge(const char *text, const WCHAR *wide, const Error *err)
{
    long len = fuzz_utf16_len(text);
    const char *fault = NULL;
    uint16_t *units;

    if (!wide) {
        return len >= 0 ? fuzz_fault("refused: %s", error_get_pretty(err))
               : err && (osdep_error_get_errno(err) != EINVAL ||
                         !strstr(error_get_pretty(err),
                                 "text 7: not valid UTF-8"))
                   ? fuzz_fault("it says: %s", error_get_pretty(err))
                   : NULL;
    }
    if (len < 0) {
        return fuzz_fault("taken for UTF-8");
    }
    units = malloc(((size_t)len + 1) * sizeof(*units));
    if (encode(text, units) != (size_t)len || wcslen(wide) != (size_t)len) {
        fault = fuzz_fault("%zu units, not %ld", wcslen(wide), len);
    }
    for (size_t i = 0; !fault && i < (size_t)len; i++) {
        if ((uint32_t)wide[i] != units[i]) {
            fault = fuzz_fault("unit %zu is 0x%x, not 0x%x", i,
                               (unsigned int)wide[i], units[i]);
        }
    }
    free(units);
    return fault;
}

static const char *test(const uint8_t *data, size_t size, int which)
{
    char *text = malloc(size + 1);
    Error *err = NULL;
    const char *fault;
    WCHAR *wide;

    memcpy(text, data, size);
    text[size] = '\0';
    wide = which ? wrong_utf16(text, which)
                 : osdep_utf16(&err, text, "text %d", 7);
    fault = judge(text, wide, err);
    free(wide);
    free(text);
    error_free(err);
    return fault;
}

static const char *const parts[] = {
    "a",
    "\xc3\xa9",
    "\xe2\x82\xac",
    "\xf0\x9d\x84\x9e",
    "\x7f",
    "\xc2\x80",
    "\xdf\xbf",
    "\xe0\xa0\x80",
    "\xc0\x80",
    "\xed\x9f\xbf",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xc1\xbf",
    "\xee\x80\x80",
    "\xef\xbf\xbf",
    "\xf4\x8f\xbf\xbf",
    "\x80",
    "\xe0\x9f\xbf",
    "\xf0\x90\x80\x80",
    "\xf4\x90\x80\x80",
    "\xff",
    "\xbf",
    "\xf0\x8f\xbf\xbf",
    "\xf8\x88\x80\x80\x80",
    "\xe2\x82",
    "\xf0\x9d\x84",
    "\xc3",
    "\xef\xbb\xbf",
    NULL,
};

const FuzzTarget fuzz_utf16 = { "utf16", test, wrong, parts };
