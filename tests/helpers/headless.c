/*
 * A program whose first thread ends while another lives on
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static void *live_on(void *opaque)
{
    const struct timespec nap = { .tv_sec = 100 };

    (void)opaque;
    nanosleep(&nap, NULL);
    _exit(0);
}

int main(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, live_on, NULL) != 0) {
        return 1;
    }
    pthread_exit(NULL);
}
