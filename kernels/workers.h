/*
 * Threads that help with one run at a time, and never hold it up for long.
 *
 * The caller publishes a job of independent chunks and takes chunks itself; workers that
 * happen to be awake take others (one atomic counter, no queue, no lock). A worker that
 * sleeps, is late or does not exist costs nothing: the caller does its share.
 *
 *  - While a run is on, and for ET_SPIN_AFTER_RUN_NS behind it, workers spin, because a
 *    job takes microseconds and waking takes tens; then they park on a futex.
 *  - The machine is busy when a worker that took a chunk keeps the caller waiting beyond
 *    its share, when a spinning worker or the caller lost its processor, or when a worker
 *    wakes on the caller's processor. The caller then works alone for ET_SOLO_MIN_NS,
 *    twice as long each time up to ET_SOLO_MAX_NS, and only then tries again.
 *  - Several streams may share a pool: the second to come finds it taken and works alone.
 *  - In a forked child the threads are gone and the caller works alone.
 *
 * Which chunk runs where cannot change a result: chunks write to different places.
 * Elsewhere than on Linux no threads are started.
 */
#ifndef EDGE_WORKERS_H
#define EDGE_WORKERS_H

#include <stddef.h>
#include <stdint.h>

#include "edge_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ET_MAX_THREADS 16 /* the caller included */
#define ET_MAX_CHUNKS 32  /* of one job */

#define ET_SPIN_AFTER_RUN_NS 50000
#define ET_SPIN_IN_RUN_NS 2000000  /* without a job */
#define ET_PATIENCE_NS 50000       /* of a caller beyond the time that its chunks took */
#define ET_OFF_CPU_NS 200000       /* a spinning thread that saw no time for so long */
#define ET_SOLO_MIN_NS 50000000
#define ET_SOLO_MAX_NS 8000000000

typedef struct et_workers et_workers;

/* Does one chunk, 0 <= chunk < num_chunks; any thread, any order, once each. */
typedef void (*et_work)(void *context, int32_t chunk);

/* Bytes of a pool, to be allocated by the caller at a multiple of 64. */
ET_EXPORT size_t et_workers_nbytes(void);

/* Starts num_threads - 1 workers; returns how many threads there are with the caller,
 * fewer than asked for where the system refuses more, 1 at least. eager is for tests:
 * whatever can be split is, and the caller never goes on alone. */
ET_EXPORT int32_t et_workers_start(et_workers *workers, int32_t num_threads,
                                   int32_t eager);

/* Ends the workers; no run may be on. In a forked child it does nothing. */
ET_EXPORT void et_workers_stop(et_workers *workers);

/* How often the machine was found busy, and how many chunks workers have done. */
ET_EXPORT int64_t et_workers_retreats(const et_workers *workers);
ET_EXPORT int64_t et_workers_helped(const et_workers *workers);

int32_t et_workers_eager(const et_workers *workers); /* workers may be NULL */

/* Begins a run of one caller and wakes the workers. Returns the number of threads that
 * may take part; 1 when the caller shall work alone, and then et_workers_leave must not
 * be called. workers may be NULL. */
int32_t et_workers_enter(et_workers *workers);
void et_workers_leave(et_workers *workers);

/* Between enter and leave: does all chunks and returns when all are done. */
void et_workers_share(et_workers *workers, et_work work, void *context,
                      int32_t num_chunks);

#ifdef __cplusplus
}
#endif
#endif
