/*
 * A source of the project, called as a source of another might be
 *
 * SPDX-License-Identifier: MIT
 */
int own_process(void);

int own_process(void)
{
    return 1;
}
