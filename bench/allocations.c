/*
 * How often this process asks for memory: put in front of glibc's malloc(), for
 * shared libraries too ("Replacing malloc" in glibc's manual)
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdatomic.h>

#include "bench/parent.h"

#if defined __GLIBC__ && defined CAN_COUNT_ALLOCATIONS

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *ptr, size_t size);

static atomic_long n_allocations;

static void count(void)
{
    atomic_fetch_add_explicit(&n_allocations, 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

void *realloc(void *ptr, size_t size)
{
    count();
    return __libc_realloc(ptr, size);
}

long allocations(void)
{
    return atomic_load(&n_allocations);
}

#else

long allocations(void)
{
    return -1;
}

#endif
