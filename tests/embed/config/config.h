/*
 * A project's own config.h, which is no business of osdep's
 *
 * SPDX-License-Identifier: MIT
 */
#error "osdep took in the config.h of the program that it is embedded in"
