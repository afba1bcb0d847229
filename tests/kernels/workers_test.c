/* Hammers the worker pool: every chunk of every job is done once, and its writes are
 * seen by the caller. Meant for the thread sanitizer; prints "ok". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workers.h"

enum { NUM_RUNS = 400, NUM_JOBS = 50 };

static int done[ET_MAX_CHUNKS];

static void work(void *context, int32_t chunk) {
    done[chunk] += *(int *)context;
}

static int run(et_workers *workers, int32_t number) {
    if (et_workers_enter(workers) < 2)
        return 1;
    for (int job = 0; job < NUM_JOBS; job++) {
        int32_t num_chunks = 1 + (number * 7 + job * 13) % ET_MAX_CHUNKS;
        int value = job + 1;
        memset(done, 0, sizeof done);
        et_workers_share(workers, work, &value, num_chunks);
        for (int32_t chunk = 0; chunk < ET_MAX_CHUNKS; chunk++)
            if (done[chunk] != (chunk < num_chunks ? value : 0))
                return 0;
    }
    et_workers_leave(workers);
    return 1;
}

int main(void) {
    for (int eager = 0; eager < 2; eager++) {
        for (int threads = 1; threads <= 4; threads++) {
            size_t nbytes = (et_workers_nbytes() + 63) / 64 * 64;
            et_workers *workers = aligned_alloc(64, nbytes);
            et_workers_start(workers, threads, eager);
            for (int number = 0; number < NUM_RUNS; number++) {
                if (!run(workers, number)) {
                    printf("run %d with %d threads: wrong\n", number, threads);
                    return 1;
                }
            }
            et_workers_stop(workers);
            free(workers);
        }
    }
    printf("ok\n");
    return 0;
}
