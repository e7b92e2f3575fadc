/*
 * Writing JSON (RFC 8259)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdio.h>

/*
 * Write @text as a JSON string.  A byte that is no UTF-8 (file names may hold
 * any) becomes a lone low surrogate, U+DC00 plus the byte, so that nothing is
 * lost: Python's os.fsencode(json.loads(...)) gives the bytes back (PEP 383).
 */
void json_write_string(FILE *f, const char *text);

#endif
