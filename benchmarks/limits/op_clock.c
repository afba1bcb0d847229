/*
 * Runs the ops of a network one by one, in their order and on their data, and notes the
 * time of each: programs[i] is the network with op i alone, the last one has no op, so
 * that its time is what a call costs anyway. `run` is et_stream_run.
 */
#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <time.h>

typedef int32_t (*run_function)(const void *program, void *stream, int32_t num_rows,
                                void *const *externals);

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* seconds: (num_rounds, num_programs). Every call moves the stream on by its rows; all
 * calls of a round have to start at the same position. */
void time_ops(run_function run, const void *const *programs, int32_t num_programs,
              void *stream, uint64_t *position, int32_t num_rows, void *const *externals,
              int32_t num_rounds, double *seconds) {
    for (int32_t round = 0; round < num_rounds; round++) {
        const uint64_t start = *position;
        for (int32_t i = 0; i < num_programs; i++) {
            *position = start;
            double before = now();
            run(programs[i], stream, num_rows, externals);
            *seconds++ = now() - before;
        }
    }
}
