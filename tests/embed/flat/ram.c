/*
 * A source of the project, called as a source of another might be
 *
 * SPDX-License-Identifier: MIT
 */
int own_ram(void);

int own_ram(void)
{
    return 1;
}
