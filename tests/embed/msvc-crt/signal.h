/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_SIGNAL_H
#define STUB_SIGNAL_H

#define SIGINT 2
#define SIGTERM 15

#endif
