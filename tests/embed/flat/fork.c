/*
 * A source of the project, called as a source of another might be
 *
 * SPDX-License-Identifier: MIT
 */
int own_fork(void);

int own_fork(void)
{
    return 1;
}
