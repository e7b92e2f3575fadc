/*
 * Making system calls fail from outside, one at a time: seccomp_unotify(2)
 *
 * SPDX-License-Identifier: MIT
 *
 * The subject, a child of ours, enters a filter by which the kernel asks us at
 * each system call of it and of what it starts, vfork()ed children, programs
 * and calls without the C library included: we let the call go on, or say with
 * which error it fails.  Meanwhile whoever calls stands still, so that we can
 * read in /proc what it is made of.
 *
 * The idea of having every system call fail in turn is SQLite's (os_unix.c), and
 * that of doing so from outside strace's (-e inject).
 */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include "osdep/osdep.h"

/* Who makes a call: the subject, its child until that executes something, ... */
typedef enum FaultRole {
    FAULT_IN_PARENT,
    FAULT_IN_CHILD,
    FAULT_IN_PROGRAM, /* ... and what it executes: never made to fail */
    FAULT_ROLES
} FaultRole;

typedef struct FaultCall {
    FaultRole role;
    long nr;
    unsigned int nth; /* of this call by this role, from 1 */
    uint64_t args[3];
} FaultCall;

/* One call that fails. */
typedef struct Fault {
    FaultCall call;
    int err;
} Fault;

/* What the subject says of itself, with fault_mark(). */
typedef enum FaultPhase {
    FAULTS_START, /* this is the state that is to be kept */
    FAULTS_BEGIN, /* the calls from here on ... */
    FAULTS_END,   /* ... to here may fail; a child that executes nothing, too */
    FAULTS_DONE,  /* all is to be as it was at the start */
} FaultPhase;

typedef struct FaultTrial {
    void (*run)(void *arg); /* in the subject */
    void *arg;
    const Fault *fault; /* NULL: none, and all calls are recorded */
    /* System calls that this kernel does not have (ENOSYS), 0 at the end. */
    const long *refused;
    int seconds; /* from then on it hangs */
} FaultTrial;

enum { FAULT_MOST_CALLS = 2000, FAULT_STATE_SIZE = 4096 };

typedef struct FaultReport {
    const char *cannot; /* why the kernel does not let us; else NULL */
    bool hung;          /* and was killed */
    int status;         /* as wait_status() */
    bool injected;
    int fd_left; /* that the failing close() did not close; -1: none */
    unsigned int n_left_behind; /* processes that had to be killed */
    /* Signals, descriptors, directory, session: at the start, when it was done,
     * and of the program, or child, at its end ("": there was none). */
    char before[FAULT_STATE_SIZE];
    char after[FAULT_STATE_SIZE];
    char program[FAULT_STATE_SIZE];
    FaultCall calls[FAULT_MOST_CALLS];
    size_t n_calls;
} FaultReport;

/* Run @trial and say in @report what came of it. */
void fault_supervise(const FaultTrial *trial, FaultReport *report);

/* In the subject, or a child of it. */
void fault_mark(FaultPhase phase);

#endif
