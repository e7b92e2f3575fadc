/*
 * A model of fork, vfork, exec and signals: who takes what while we fork
 *
 * SPDX-License-Identifier: MIT
 *
 * A parent with two threads, of which T0 calls qemu_fork() (or, with -DSPAWN,
 * osdep_spawn()) and T1 does as it likes; their child; and a sender, who sends
 * to whom and when it likes.  docs/model.md says which line of the code each
 * step stands for, what is left out, and how to run it; tests/model/check does.
 * The steps marked [Q..] and [S..] are those of that page.
 *
 * -DWRONG_... chooses a wrong order of steps, a control: Spin must find out.
 * -DWITNESSES claims that what should happen never does: all must be refuted.
 * -DDISTURBANCES=N has up to N things happen: signals sent, changes by T1.
 * -DANY has the runs start with any masks and dispositions.
 * -DDUMPS has the first signal dump core, on a kernel where that ends all
 * processes that share the memory (Linux before 5.16): SIGQUIT in SIGTERM's place.
 */

#ifndef DISTURBANCES
#define DISTURBANCES 2
#endif

/* Processes. */
#define PARENT 0
#define CHILD  1

/* Threads; the process of each is T / 2. */
#define T0 0
#define T1 1
#define T2 2 /* the child's only one */

/* Where signals are pending: for a process, or for one of its threads. */
#define FOR_PARENT PARENT
#define FOR_CHILD  CHILD
#define FOR_T0     (2 + T0)
#define FOR_T1     (2 + T1)

/* Signals.  As on FreeBSD, NSIG is below the real-time ones. */
#define TERM    0 /* standard; default: terminate */
#define URG     1 /* standard; default: ignore */
#define RT      2 /* real-time: it queues; default: terminate */
#define SIGNALS 3

/* Sets of signals. */
#define NONE      0
#define ALL       7
#define BIT(sig)  (1 << (sig))

/* Dispositions. */
#define DEFAULT 0
#define IGNORED 1
#define CAUGHT  2
#define ENDS    3 /* caught by a handler of the child's own, which kills it */

/* Names for the story that spin -t tells, by "%e"; the last one is 1. */
mtype = {
    ends, caught, ignored, at_default, T1_alone, T0_alone, the_child, the_parent,
#ifdef DUMPS
    SIGRT, SIGURG, SIGQUIT
#else
    SIGRT, SIGURG, SIGTERM
#endif
};
#define NAME(sig)             ((sig) + 1)
#define QUEUE_NAME(queue)     ((queue) + 4)
#define DISPOSITION_NAME(how) ((how) + 8)

/* What the kernel knows. */
bool alive[2];
byte disposition[2 * SIGNALS];
byte mask[3];
byte pending[4 * SIGNALS]; /* how many; of a standard one, at most one */

#define DISPOSITION(process, sig) disposition[(process) * SIGNALS + (sig)]
#define PENDING(queue, sig)       pending[(queue) * SIGNALS + (sig)]

/* What the parent's program set up, and believes to be so. */
byte wanted[SIGNALS];
byte original; /* T0's mask */

/* What T0 shares with its child after a vfork(). */
bool is_executing; /* plan->is_executing */
bool exec_failed;  /* plan->failure */
bool executed;     /* the parent sleeps until the child has a new program */
byte ignore;       /* plan->ignore_signals, a set */

/* What is going on, for the claims. */
byte left = DISTURBANCES;
byte owed[4 * SIGNALS]; /* handlers that the parent is yet to run */
byte sent_to_child;     /* a set */
bool child_must_die;    /* a signal to it was sent that ends who has defaults */
bool killed;            /* the child, by SIGKILL */
bool calling;           /* T0 is in the call */
bool returned;

#define OWED(queue, sig) owed[(queue) * SIGNALS + (sig)]

/* What must never be true; a variable each, so that Spin names it. */
bool handler_ran_in_child;
bool parent_killed_though_not_default;
bool signal_to_parent_lost;
bool mask_of_parent_changed;
bool dispositions_of_parent_changed;
bool child_has_signals_blocked;
bool child_has_other_dispositions;
bool signal_to_child_lost;
bool child_took_signal_of_parent;
bool report_is_false;
bool parent_killed_by_dump_of_child;

#define NEVER(name, condition) \
    name = (condition); \
    assert(!name); \
    name = false

/* What must happen now and then, or the model proves nothing. */
#ifdef WITNESSES
bool standard_signal_was_merged;
bool ignored_signal_was_discarded;
bool blocked_and_ignored_signal_stayed_pending;
bool real_time_signals_were_queued;
bool handler_ran_in_parent_during_call;
bool handler_ran_in_caller_after_call;
bool parent_died_of_default;
bool signal_killed_child;
bool child_outlived_parent;
bool signal_was_ignored_in_child;
bool signal_was_pending_for_child_at_unblock;
bool new_program_started;
bool signal_was_pending_for_parent_at_fork;
bool signal_was_pending_for_thread_at_fork;
bool signal_was_pending_when_fork_failed;
bool child_was_born_with_all_caught;
bool signal_blocked_before_stayed_blocked;
#ifdef SPAWN
bool child_died_before_exec;
bool child_vanished;
bool child_was_killed_before_it_unblocked;
#endif
#ifdef DUMPS
bool child_was_ended_by_its_handler;
#endif

#define WITNESS(name, condition) NEVER(name, condition)
#else
#define WITNESS(name, condition) skip
#endif

/* Do the rules have it that @sig does nothing to @process? */
#define IS_IGNORED(process, sig) \
    (DISPOSITION(process, sig) == IGNORED || \
     (DISPOSITION(process, sig) == DEFAULT && (sig) == URG))

/* Does a thread of @process block @sig? */
#define IS_BLOCKED(process, sig) \
    (((process) == PARENT && ((mask[T0] | mask[T1]) & BIT(sig))) || \
     ((process) == CHILD && (mask[T2] & BIT(sig))))

/*
 * Where the child's dispositions are.  It has its own, but for one who thought
 * that clone(CLONE_SIGHAND) would do; then exec gives it its own.
 */
#ifdef WRONG_SHARED_DISPOSITIONS
#define ITS_OWN(process) (executed -> (process) : PARENT)
#else
#define ITS_OWN(process) (process)
#endif

/*
 * kill(), tgkill(): @sig for the whole of @process, or for one thread.  What is
 * ignored is discarded, but where it is blocked it may stay pending (POSIX,
 * XSH 2.4.1, leaves that open; Linux has it so, sig_ignored() in
 * kernel/signal.c).  What is discarded so is owed to nobody in the child.
 */
inline post(process, queue, sig)
{
    if
    :: !alive[process] -> skip
    :: else ->
        printf("%e is sent to %e\n", NAME(sig), QUEUE_NAME(queue));
        sent_to_child = (process == CHILD -> sent_to_child | BIT(sig) :
                                             sent_to_child);
        if
        :: process == PARENT && wanted[sig] == CAUGHT ->
            WITNESS(standard_signal_was_merged,
                    sig != RT && OWED(queue, sig) == 1);
            OWED(queue, sig) = (sig == RT -> OWED(queue, sig) + 1 : 1)
        :: else
        fi;
        if
        :: IS_IGNORED(ITS_OWN(process), sig) && !IS_BLOCKED(process, sig) ->
            printf("... which ignores it: discarded\n");
            WITNESS(ignored_signal_was_discarded, true);
            child_must_die = child_must_die ||
                (process == CHILD && sig != URG && !(ignore & BIT(sig)))
        :: IS_IGNORED(ITS_OWN(process), sig) && IS_BLOCKED(process, sig) ->
            skip
        :: !IS_IGNORED(ITS_OWN(process), sig) || IS_BLOCKED(process, sig) ->
            WITNESS(blocked_and_ignored_signal_stayed_pending,
                    IS_IGNORED(ITS_OWN(process), sig));
            child_must_die = child_must_die ||
                (process == CHILD && sig != URG && !(ignore & BIT(sig)));
            PENDING(queue, sig) = (sig == RT -> PENDING(queue, sig) + 1 : 1);
            WITNESS(real_time_signals_were_queued, PENDING(queue, sig) == 2)
        fi
    fi
}

/* Can thread @t take @sig from there now?  T0 takes nothing while it sleeps. */
#define CAN_TAKE(t, queue, sig) \
    (alive[(t) / 2] && PENDING(queue, sig) > 0 && !(mask[t] & BIT(sig)) && \
     !((t) == T0 && sleeping))

bool sleeping; /* T0, in vfork() */

/* Thread @t takes @sig: it is delivered. */
inline take(t, queue, sig)
{
    PENDING(queue, sig) = (sig == RT -> PENDING(queue, sig) - 1 : 0);
    NEVER(child_took_signal_of_parent,
          t / 2 == CHILD && !(sent_to_child & BIT(sig)));
    if
    :: DISPOSITION(ITS_OWN(t / 2), sig) == CAUGHT ->
        printf("T%d runs the handler of %e\n", t, NAME(sig));
        NEVER(handler_ran_in_child, t / 2 == CHILD);
        if
        :: t / 2 == PARENT && OWED(queue, sig) > 0 ->
            WITNESS(handler_ran_in_parent_during_call, calling);
            WITNESS(handler_ran_in_caller_after_call, returned && t == T0);
            OWED(queue, sig) = (sig == RT -> OWED(queue, sig) - 1 : 0)
        :: else
        fi
#ifdef DUMPS
    :: DISPOSITION(ITS_OWN(t / 2), sig) == ENDS ->
        printf("T%d takes %e: its handler kills the process\n", t, NAME(sig));
        WITNESS(child_was_ended_by_its_handler, true);
        alive[t / 2] = false
#endif
    :: DISPOSITION(ITS_OWN(t / 2), sig) == DEFAULT && sig != URG ->
        printf("T%d takes %e: its process dies\n", t, NAME(sig));
#ifdef DUMPS
        NEVER(parent_killed_by_dump_of_child,
              t / 2 == CHILD && sig == TERM && sleeping && !executed);
#endif
        NEVER(parent_killed_though_not_default,
              t / 2 == PARENT && wanted[sig] != DEFAULT);
        WITNESS(parent_died_of_default, t / 2 == PARENT);
        WITNESS(signal_killed_child, t / 2 == CHILD);
#ifdef SPAWN
        WITNESS(child_died_before_exec,
                t / 2 == CHILD && is_executing && !executed);
#endif
        WITNESS(child_outlived_parent, t / 2 == PARENT && alive[CHILD]);
        alive[t / 2] = false
    :: else ->
        printf("T%d takes %e: ignored\n", t, NAME(sig));
        WITNESS(signal_was_ignored_in_child, t / 2 == CHILD)
    fi
}

/* On the way back to thread @t the kernel sees what is pending for it. */
proctype deliveries(byte t)
{
end:
    do
    :: atomic { CAN_TAKE(t, t / 2, TERM) -> take(t, t / 2, TERM) }
    :: atomic { CAN_TAKE(t, t / 2, URG) -> take(t, t / 2, URG) }
    :: atomic { CAN_TAKE(t, t / 2, RT) -> take(t, t / 2, RT) }
    :: atomic { t != T2 && CAN_TAKE(t, 2 + t, TERM) -> take(t, 2 + t, TERM) }
    :: atomic { t != T2 && CAN_TAKE(t, 2 + t, URG) -> take(t, 2 + t, URG) }
    :: atomic { t != T2 && CAN_TAKE(t, 2 + t, RT) -> take(t, 2 + t, RT) }
    od
}

/* sigaction(): what is pending and comes to be ignored is discarded. */
inline set_disposition(process, sig, how)
{
    printf("%e makes %e %e\n", QUEUE_NAME(process), NAME(sig),
           DISPOSITION_NAME(how));
    DISPOSITION(ITS_OWN(process), sig) = how;
    if
    :: IS_IGNORED(ITS_OWN(process), sig) ->
        if
        :: process == PARENT ->
            PENDING(FOR_PARENT, sig) = 0;
            PENDING(FOR_T0, sig) = 0;
            PENDING(FOR_T1, sig) = 0
        :: else -> PENDING(FOR_CHILD, sig) = 0
        fi
    :: else
    fi
}

/* execve(): what is caught becomes default; all else stays as it is. */
inline exec(process)
{
#ifdef WRONG_SHARED_DISPOSITIONS
    DISPOSITION(process, TERM) = DISPOSITION(PARENT, TERM);
    DISPOSITION(process, URG) = DISPOSITION(PARENT, URG);
    DISPOSITION(process, RT) = DISPOSITION(PARENT, RT);
#endif
    if
    :: DISPOSITION(process, TERM) == CAUGHT ||
       DISPOSITION(process, TERM) == ENDS ->
        set_disposition(process, TERM, DEFAULT)
    :: else
    fi;
    if
    :: DISPOSITION(process, URG) == CAUGHT ->
        set_disposition(process, URG, DEFAULT)
    :: else
    fi;
    if
    :: DISPOSITION(process, RT) == CAUGHT ->
        set_disposition(process, RT, DEFAULT)
    :: else
    fi
}

/* Has @process a disposition for @sig that we did not mean it to have? */
#define MEANT(sig)  ((ignore & BIT(sig)) -> IGNORED : DEFAULT)
#define CHILD_IS_OTHER \
    (DISPOSITION(CHILD, TERM) != MEANT(TERM) || \
     DISPOSITION(CHILD, URG) != MEANT(URG) || \
     DISPOSITION(CHILD, RT) != MEANT(RT))
#define PARENT_IS_OTHER \
    (DISPOSITION(PARENT, TERM) != wanted[TERM] || \
     DISPOSITION(PARENT, URG) != wanted[URG] || \
     DISPOSITION(PARENT, RT) != wanted[RT])

/*
 * What the child of osdep_spawn() gives a signal that dumps core; a stopping one
 * is left out.
 */
#if defined DUMPS && !defined WRONG_DUMPS
#define UNTIL_EXEC ENDS
#else
#define UNTIL_EXEC DEFAULT
#endif

/* set_all_signals(), a system call for each signal. */
inline set_all_signals(process)
{
    atomic { set_disposition(process, TERM, UNTIL_EXEC) };
    atomic { set_disposition(process, URG, DEFAULT) };
#ifndef WRONG_BELOW_NSIG
    atomic { set_disposition(process, RT, DEFAULT) }
#endif
}

/* For those who let the parent pay: give all of its signals @how, ... */
inline set_and_save(sig, how)
{
    atomic {
        saved[sig] = DISPOSITION(PARENT, sig);
        set_disposition(PARENT, sig, how)
    }
}
inline set_all(how)
{
    set_and_save(TERM, how);
    set_and_save(URG, how);
    set_and_save(RT, how)
}

/* ... and what they had again. */
inline set_all_back()
{
    atomic { set_disposition(PARENT, TERM, saved[TERM]) };
    atomic { set_disposition(PARENT, URG, saved[URG]) };
    atomic { set_disposition(PARENT, RT, saved[RT]) }
}

#define UNBLOCK_ALL \
    atomic { \
        WITNESS(signal_was_pending_for_child_at_unblock, \
                PENDING(FOR_CHILD, TERM) > 0 && PENDING(FOR_CHILD, RT) > 0); \
        printf("the child unblocks all\n"); \
        mask[T2] = NONE \
    }

proctype child()
{
    {
#ifdef SPAWN
        /* osdep_child_execute(), on the memory of the parent */
#if !defined WRONG_UNBLOCK_FIRST && !defined WRONG_NO_RESET
        set_all_signals(CHILD); /* [S3] */
#endif
        atomic { /* [S4]; one call for each signal, of which we have one */
            if
            :: ignore != NONE -> set_disposition(CHILD, TERM, IGNORED)
            :: else
            fi
        };
        if
        :: true -> skip
        :: atomic { /* [S8] for what else may fail, such as chdir() */
               printf("the child gives up\n");
               exec_failed = true;
               alive[CHILD] = false
           }
        fi;
#ifndef WRONG_LATE_FLAG
        is_executing = true; /* [S5] */
#endif
#ifndef WRONG_NO_UNBLOCK
        UNBLOCK_ALL; /* [S6] */
#endif
#ifdef WRONG_UNBLOCK_FIRST
        set_all_signals(CHILD);
#endif
#ifdef WRONG_LATE_FLAG
        is_executing = true;
#endif
        if
        :: atomic { /* [S7] */
               printf("the child executes its program\n");
               executed = true;
               exec(CHILD);
               WITNESS(new_program_started, true);
               NEVER(child_has_signals_blocked, mask[T2] != NONE);
               NEVER(child_has_other_dispositions, CHILD_IS_OTHER)
           }
        :: atomic { /* [S8] */
               printf("the child cannot execute its program\n");
               exec_failed = true;
               alive[CHILD] = false
           }
        fi
#else
#if !defined WRONG_NAIVE && !defined WRONG_UNBLOCK_FIRST && \
    !defined WRONG_RESET_BEFORE_FORK && \
    !defined WRONG_BLOCKED_RESET_BEFORE_FORK && !defined WRONG_LEFT_TO_EXEC
        set_all_signals(CHILD); /* [Q3] */
#endif
#if !defined WRONG_NAIVE && !defined WRONG_KEPT_MASK
        UNBLOCK_ALL; /* [Q4] */
#endif
#ifdef WRONG_KEPT_MASK
        mask[T2] = original;
#endif
#ifdef WRONG_UNBLOCK_FIRST
        set_all_signals(CHILD);
#endif
        atomic { /* [Q5] */
            printf("the child has returned\n");
#ifdef WRONG_LEFT_TO_EXEC
            exec(CHILD);
#endif
            NEVER(child_has_signals_blocked, mask[T2] != NONE);
            NEVER(child_has_other_dispositions, CHILD_IS_OTHER)
        };
        atomic { /* its program may well go on to another one */
            printf("the child executes a program\n");
            exec(CHILD);
            WITNESS(new_program_started, true);
            NEVER(child_has_signals_blocked, mask[T2] != NONE);
            NEVER(child_has_other_dispositions, CHILD_IS_OTHER)
        }
#endif
    } unless {
        !alive[CHILD]
    }
}

/*
 * fork(), vfork(): the child has what the parent has, but for an empty set of
 * pending signals and, of the threads, only the one that called.  It may fail.
 */
inline fork(failed)
{
    atomic {
        WITNESS(signal_was_pending_for_parent_at_fork,
                OWED(FOR_PARENT, URG) > 0 && PENDING(FOR_PARENT, URG) > 0);
        WITNESS(signal_was_pending_for_thread_at_fork,
                OWED(FOR_T0, RT) > 0 && PENDING(FOR_T0, RT) > 0);
        if
        :: failed = true;
            printf("T0 cannot fork\n");
            WITNESS(signal_was_pending_when_fork_failed,
                    PENDING(FOR_PARENT, TERM) > 0)
        :: mask[T2] = mask[T0];
            printf("T0 forks\n");
            DISPOSITION(CHILD, TERM) = DISPOSITION(PARENT, TERM);
            DISPOSITION(CHILD, URG) = DISPOSITION(PARENT, URG);
            DISPOSITION(CHILD, RT) = DISPOSITION(PARENT, RT);
            WITNESS(child_was_born_with_all_caught,
                    DISPOSITION(CHILD, TERM) == CAUGHT &&
                    DISPOSITION(CHILD, URG) == CAUGHT &&
                    DISPOSITION(CHILD, RT) == CAUGHT);
#ifdef WRONG_PENDING_COPIED
            PENDING(FOR_CHILD, TERM) = PENDING(FOR_PARENT, TERM);
            PENDING(FOR_CHILD, URG) = PENDING(FOR_PARENT, URG);
            PENDING(FOR_CHILD, RT) = PENDING(FOR_PARENT, RT);
#endif
            alive[CHILD] = true;
#ifdef SPAWN
            sleeping = true;
#endif
            run child();
            run deliveries(T2)
        fi
    }
}

/* Where nothing is blocked, T0's mask is left alone. */
#if defined WRONG_NAIVE || defined WRONG_RESET_BEFORE_FORK || \
    defined WRONG_IGNORED_INSTEAD
#define BLOCKS 0
#else
#define BLOCKS 1
#endif

proctype caller()
{
    byte old;
    bool failed;
#if defined WRONG_RESET_BEFORE_FORK || \
    defined WRONG_BLOCKED_RESET_BEFORE_FORK || defined WRONG_IGNORED_INSTEAD
    byte saved[SIGNALS];
#endif

    {
        atomic { /* [Q1], [S1] */
            printf("T0 enters, its mask is %d\n", mask[T0]);
            calling = true;
            old = mask[T0];
#if BLOCKS
            printf("T0 blocks all\n");
            mask[T0] = ALL
#endif
        };

#if defined WRONG_RESET_BEFORE_FORK || defined WRONG_BLOCKED_RESET_BEFORE_FORK
        set_all(DEFAULT);
#elif defined WRONG_IGNORED_INSTEAD
        set_all(IGNORED);
#endif

        fork(failed); /* [Q2], [S2] */
#ifdef SPAWN
        atomic {
            failed || executed || !alive[CHILD];
            sleeping = false
        };
#endif

#if defined WRONG_RESET_BEFORE_FORK || \
    defined WRONG_BLOCKED_RESET_BEFORE_FORK || defined WRONG_IGNORED_INSTEAD
        set_all_back();
#endif
        atomic { /* [Q6], [S9] */
#ifdef WRONG_FORGOTTEN_ON_FAILURE
            mask[T0] = (failed -> mask[T0] : old);
#elif defined WRONG_EMPTY_MASK_AFTER
            mask[T0] = NONE;
#else
            mask[T0] = mask[T0] & ~(ALL & ~old);
#endif
            printf("T0 has returned, its mask is %d\n", mask[T0]);
            calling = false;
            returned = true;
            WITNESS(signal_blocked_before_stayed_blocked,
                    OWED(FOR_T0, TERM) > 0 && (mask[T0] & BIT(TERM)));
            NEVER(mask_of_parent_changed, mask[T0] != original);
            NEVER(dispositions_of_parent_changed, PARENT_IS_OTHER);
#ifdef SPAWN
            WITNESS(child_vanished, !failed && !exec_failed && !is_executing);
            NEVER(report_is_false, /* [S10] */
                  !failed && !exec_failed && !is_executing && !killed)
#endif
        }
    } unless {
        !alive[PARENT]
    }
}

/*
 * The mask that a thread has or sets, the dispositions that a program has: with
 * -DANY any of them, else so many that each signal has each in some run.
 */
#ifdef ANY
#define ONLY_ALIKE false
#define SOME_MASK(set) \
    set = NONE; \
    do \
    :: set < ALL -> set++ \
    :: break \
    od
#else
#define ONLY_ALIKE true
#define SOME_MASK(set) \
    if \
    :: set = NONE \
    :: set = BIT(TERM) \
    :: set = ALL \
    fi
#endif

/*
 * T1, which does as it likes: with its own mask, and with the dispositions, of
 * which the caller knows nothing.  A program that comes to ignore a signal does
 * not miss those it had pending.
 */
proctype other_thread()
{
    byte sig, how;

    {
end:
        do
        :: atomic {
            left > 0;
            left--;
            if
            :: SOME_MASK(mask[T1]);
                printf("T1 sets its mask to %d\n", mask[T1])
            :: true ->
                select(sig : TERM .. RT);
                select(how : DEFAULT .. CAUGHT);
                wanted[sig] = how;
                set_disposition(PARENT, sig, how);
                if
                :: IS_IGNORED(PARENT, sig) ->
                    OWED(FOR_PARENT, sig) = 0;
                    OWED(FOR_T0, sig) = 0;
                    OWED(FOR_T1, sig) = 0
                :: else
                fi;
                sig = 0;
                how = 0
            fi
        }
        od
    } unless {
        !alive[PARENT]
    }
}

/*
 * Sends to whom it likes, what it likes, when it likes.  To the group is to one
 * after the other; that a child which is being made meanwhile is not left out
 * (Linux 4.19, copy_process() with its "multiprocess" signals) is the order in
 * which the child comes second.
 */
#define NOBODY 2

proctype sender()
{
    byte sig;
    byte next = NOBODY;

end:
    do
    :: atomic {
            left > 0;
            left--;
            select(sig : TERM .. RT);
            if
            :: true -> post(PARENT, FOR_PARENT, sig)
            :: true -> post(PARENT, FOR_T0, sig)
            :: true -> post(PARENT, FOR_T1, sig)
            :: true -> post(CHILD, FOR_CHILD, sig)
            :: true -> post(PARENT, FOR_PARENT, sig); next = CHILD
            :: true -> post(CHILD, FOR_CHILD, sig); next = PARENT
#ifdef SPAWN
            :: alive[CHILD] -> /* SIGKILL, which nothing holds up */
                printf("SIGKILL is sent to the child\n");
                WITNESS(child_was_killed_before_it_unblocked,
                        mask[T2] == ALL);
                alive[CHILD] = false;
                killed = true
#endif
            fi;
            sig = (next == NOBODY -> 0 : sig)
        };
        atomic {
            if
            :: next == CHILD -> post(CHILD, FOR_CHILD, sig)
            :: next == PARENT -> post(PARENT, FOR_PARENT, sig)
            :: else
            fi;
            next = NOBODY;
            sig = 0
        }
    :: atomic { left > 0 -> left = 0 } /* enough */
    od
}

/*
 * When nothing can happen any more, the program unblocks all in the parent, so
 * that all that is pending is taken; then it is counted what was not.
 */
proctype judge()
{
    timeout;
    atomic {
        printf("all is still; T0 and T1 unblock all\n");
        mask[T0] = NONE;
        mask[T1] = NONE
    };
    timeout;
    atomic {
        NEVER(signal_to_parent_lost,
              alive[PARENT] &&
              (OWED(FOR_PARENT, TERM) > 0 || OWED(FOR_PARENT, URG) > 0 ||
               OWED(FOR_PARENT, RT) > 0 || OWED(FOR_T0, TERM) > 0 ||
               OWED(FOR_T0, URG) > 0 || OWED(FOR_T0, RT) > 0 ||
               OWED(FOR_T1, TERM) > 0 || OWED(FOR_T1, URG) > 0 ||
               OWED(FOR_T1, RT) > 0));
        NEVER(signal_to_child_lost, child_must_die && alive[CHILD])
    }
}

init
{
    byte i, how;

    atomic {
        alive[PARENT] = true;
        for (i : TERM .. RT) {
            if
            :: ONLY_ALIKE && i > TERM -> wanted[i] = wanted[TERM]
            :: else -> select(how : DEFAULT .. CAUGHT); wanted[i] = how
            fi;
            DISPOSITION(PARENT, i) = wanted[i]
        }
        SOME_MASK(mask[T0]);
        original = mask[T0];
        SOME_MASK(mask[T1]);
#ifdef SPAWN
        if
        :: ignore = NONE
        :: ignore = BIT(TERM)
        fi;
#endif
        printf("SIGTERM, SIGURG, SIGRT are %e, %e, %e\n",
               DISPOSITION_NAME(wanted[TERM]), DISPOSITION_NAME(wanted[URG]),
               DISPOSITION_NAME(wanted[RT]));
        i = 0;
        how = 0;
        run deliveries(T0);
        run deliveries(T1);
        run caller();
        run other_thread();
        run sender();
        run judge()
    }
}
