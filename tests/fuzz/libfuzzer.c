/*
 * A fuzz target as libFuzzer has it
 *
 * SPDX-License-Identifier: MIT
 *
 * The build names the target.  With OSDEP_FUZZ_WRONG=N it is wrong
 * implementation N that is tried, which has to end as a crash does.
 */
#include "tests/fuzz/fuzz.h"

extern const FuzzTarget FUZZ_TARGET;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int which = -1;
    const char *fault;

    if (which < 0) {
        const char *wrong = getenv("OSDEP_FUZZ_WRONG");

        which = wrong ? atoi(wrong) : 0;
        for (int i = 0; i < which; i++) {
            if (!FUZZ_TARGET.wrong[i]) {
                fprintf(stderr, "no such wrong implementation: %d\n", which);
                exit(1);
            }
        }
    }
    fault = FUZZ_TARGET.test(data, size, which);
    if (fault) {
        fprintf(stderr, "fault: %s\n", fault);
        abort();
    }
    return 0;
}
