/*
 * A source of the project, called as a source of another might be
 *
 * SPDX-License-Identifier: MIT
 */
int own_error(void);

int own_error(void)
{
    return 1;
}
