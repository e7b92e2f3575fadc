/*
 * Making calls of Windows and of its C runtime fail, one by one
 *
 * SPDX-License-Identifier: MIT
 *
 * All that a program calls in a DLL it calls through a table of addresses, its
 * import address table ("PE Format", learn.microsoft.com).  There we put
 * ourselves in front of the system, for this program and not for its DLLs.
 * (ld's --wrap would need the names as the linker has them, "CreatePipe@16" on
 * i686; and not every linker has it.)
 */
#ifndef TESTS_FAULTS_WIN32_H
#define TESTS_FAULTS_WIN32_H

#include "osdep/osdep.h"

#include <setjmp.h>
#include <windows.h>

#include "osdep/process.h"

/* Any function; a pointer to it is cast to what it is before it is called. */
typedef void AnyFunction(void);

enum { MAX_CODES = 10 };

/* A function that can be made to fail. */
typedef struct FaultyFunction {
    const char *name;
    AnyFunction *wrapper; /* ours */
    AnyFunction *real;    /* the system's */
    /* The codes that it can fail with, up to a 0: of GetLastError(), or errno. */
    int codes[MAX_CODES];
    bool sets_errno;
    /*
     * What a message about it says, one of these, separated by "|"; NULL: it
     * is not reported.
     */
    const char *steps;
    /* Is each failure to be reported?  Else the outcome may be right, too. */
    bool must_fail;
    /* ... but for these codes, to which the library has another try. */
    int retried[MAX_CODES];
    /* Is it used to make the text of messages, too? */
    bool makes_text;
    int calls;            /* in this run */
    int tried[MAX_CODES]; /* times that it failed, by code */
} FaultyFunction;

/* What a run came to. */
typedef struct Outcome {
    Error *err;
    const char *wrong; /* what is not as it has to be, though all succeeded */
} Outcome;

/* A way to use the library, and what is to come of it if all goes well. */
typedef struct FaultCase {
    const char *name;
    void (*run)(const struct FaultCase *c, Outcome *o);
    OsdepSpawnOptions options;
    const char *in;  /* to write to the child's stdin */
    const char *out; /* what the child's stdout is then */
    bool redirected; /* as our own stdout */
    bool without_stdin;
    bool has_console; /* while it runs, fake_console is set */
    bool without_path;
    const char *file; /* holds what the child's stdout was */
    int timeout_ms;
    bool (*act)(OsdepProcess *process, Error **errp);
    OsdepExitKind kind;
    uint32_t code;
    int error;      /* the errno without any fault, 0: it does not fail */
    bool keeps_job; /* osdep_process_free() leaves the handle of the job */
    bool searches;  /* ... in PATH, where a folder may be unreachable */
    /* Their ERROR_INVALID_HANDLE says that a stream of ours is not there. */
    const char *finds_streams;
    const char *only;   /* the one function that is to fail; NULL: all */
    bool aborts;        /* a failure ends the program, which frees nothing */
    unsigned int wrong; /* for the controls: what to get wrong */
} FaultCase;

/* From here on calls are counted, and fail as is planned, up to disarm(). */
void arm(void);
void disarm(void);
/* The same, of a function that cannot report anything. */
void arm_silently(void);

/* The code that is planned; 0: none. */
int planned_code(void);

/* Was it made to fail in the way that @finds_streams speaks of? */
bool stream_was_missing(const FaultCase *c);

/* Where abort() goes while calls are counted; set by setjmp() before arm(). */
extern jmp_buf abort_goes_here;
extern bool abort_jumps;

/*
 * While this is set there is a console, which keeps what is written to it, and
 * whose events reach nobody.
 */
extern bool fake_console;
extern char fake_console_text[1024];

/* While this is set, what is to be killed lives on. */
extern bool immortal;

enum { MAX_SEEN_PIPES = 8 };

/* What was said to the system in the last calls that were counted. */
typedef struct Seen {
    DWORD creation; /* CreateProcessW() */
    STARTUPINFOW startup;
    WCHAR program[400];
    long pid;    /* of what it started */
    int n_pipes; /* calls of CreateNamedPipeW(); the first ones are below */
    WCHAR pipes[MAX_SEEN_PIPES][120];
    DWORD pipe_open[MAX_SEEN_PIPES];
    DWORD pipe_mode[MAX_SEEN_PIPES];
    SECURITY_DESCRIPTOR descriptor;
    BYTE list[64];      /* its DACL */
    WCHAR file[400];    /* CreateFileW() */
    int n_other_access; /* DuplicateHandle(): with other access than before */
    DWORD waited_ms;    /* WaitForSingleObject(): in all, up to the timeout */
} Seen;
extern Seen seen;

/*
 * Have call number @nth of @function fail with @code, up to the next plan,
 * which is none if @function is NULL.
 */
void plan_fault(const char *function, int nth, int code);
/* The same, and of all calls after that one. */
void plan_faults(const char *function, int nth, int code);

/* The handles that were counted are the test's from now on. */
void forget_held(void);

/*
 * Try each of @cases with each fault.  Returns: how many times something was not
 * as it should be.  @quietly: without saying what, for the controls.
 */
int try_faults(const FaultCase *cases, size_t n_cases, bool quietly);

#endif
