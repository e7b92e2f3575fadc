/*
 * Writing JSON (RFC 8259)
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "tools/json.h"

/* The length of the UTF-8 sequence at @s (RFC 3629), 0 if there is none. */
static int utf8_len(const unsigned char *s)
{
    /* The first byte's range, and what the second may be then. */
    static const struct {
        unsigned char first, last, low, high;
        int len;
    } forms[] = {
        { 0x01, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
        { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
        { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
        { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (*s < forms[i].first || *s > forms[i].last) {
            continue;
        }
        if (forms[i].len > 1 && (s[1] < forms[i].low || s[1] > forms[i].high)) {
            return 0;
        }
        for (int k = 2; k < forms[i].len; k++) {
            if (s[k] < 0x80 || s[k] > 0xbf) {
                return 0;
            }
        }
        return forms[i].len;
    }
    return 0;
}

void json_write_string(FILE *f, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    putc('"', f);
    while (*s) {
        int len = utf8_len(s);

        if (len == 0) {
            fprintf(f, "\\udc%02x", *s++);
        } else if (*s < 0x20 || *s == 0x7f) {
            fprintf(f, "\\u%04x", *s++);
        } else {
            if (*s == '"' || *s == '\\') {
                putc('\\', f);
            }
            fwrite(s, 1, (size_t)len, f);
            s += len;
        }
    }
    putc('"', f);
}
