/*
 * The smallest program to start: it ends
 *
 * SPDX-License-Identifier: MIT
 */
#include <unistd.h>

int main(void)
{
    _exit(0);
}
