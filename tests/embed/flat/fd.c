/*
 * A source of the project, called as a source of another might be
 *
 * SPDX-License-Identifier: MIT
 */
int own_fd(void);

int own_fd(void)
{
    return 1;
}
