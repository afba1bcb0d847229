/* The pool behind workers.h: one word hands out chunks, one counts them back. */
#define _GNU_SOURCE
#include "workers.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#ifdef __linux__

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LINE _Alignas(64)

struct et_workers {
    /* generation << 32 | chunks << 16 | next chunk. One word, so that taking a chunk
     * fails when the job has changed meanwhile. */
    LINE _Atomic uint64_t ticket;
    LINE _Atomic int32_t pending; /* chunks not done; the caller's futex */
    _Atomic int32_t caller_sleeps;
    LINE _Atomic int32_t wake; /* the workers' futex */
    _Atomic int32_t num_parked;
    _Atomic int32_t active; /* a run is on */
    _Atomic int32_t busy;   /* somebody saw that the machine has other work */
    _Atomic int32_t stop;
    _Atomic int32_t caller_cpu;
    /* Written by the caller before it publishes a ticket. */
    LINE et_work work;
    void *context;
    /* The caller's own. */
    LINE _Atomic int32_t taken; /* by the run of some stream */
    int32_t num_threads;
    int32_t eager;
    pid_t pid;
    uint32_t generation;
    int64_t run_start;
    int64_t run_cpu_start;
    int64_t slept; /* of this run, waiting for others */
    int64_t solo_until;
    int64_t solo_ns;
    int64_t last_retreat;
    _Atomic int64_t num_retreats;
    _Atomic int64_t num_helped;
    pthread_t threads[ET_MAX_THREADS - 1];
};

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory"); /* yield is a no-op on most cores */
#endif
}

static inline int64_t clock_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline int64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

static void futex_wait(_Atomic int32_t *word, int32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic int32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static inline int has_chunk(uint64_t ticket) {
    return (ticket & 0xffff) < (ticket >> 16 & 0xffff);
}

/* Returns a chunk of the present job, -1 when none is left. */
static inline int32_t take_chunk(et_workers *workers) {
    uint64_t ticket = atomic_load_explicit(&workers->ticket, memory_order_relaxed);
    while (has_chunk(ticket))
        if (atomic_compare_exchange_weak_explicit(&workers->ticket, &ticket, ticket + 1,
                                                  memory_order_acquire,
                                                  memory_order_relaxed))
            return (int32_t)(ticket & 0xffff);
    return -1;
}

/* ---- a worker ---- */

static inline int shall_stop(et_workers *workers) {
    return atomic_load_explicit(&workers->stop, memory_order_acquire);
}

/* Sleeps until a run begins. A worker that is tired sleeps even if one is on. */
static void park(et_workers *workers, int tired) {
    for (;;) {
        const int32_t key = atomic_load(&workers->wake);
        atomic_fetch_add(&workers->num_parked, 1);
        if (!shall_stop(workers) &&
            (tired || !atomic_load(&workers->active) || atomic_load(&workers->busy)))
            futex_wait(&workers->wake, key);
        atomic_fetch_sub(&workers->num_parked, 1);
        if (shall_stop(workers) || !atomic_load(&workers->active) || workers->eager ||
            sched_getcpu() != atomic_load(&workers->caller_cpu))
            return;
        /* No processor but the caller's is free: running here would stop the caller. */
        atomic_store(&workers->busy, 1);
    }
}

/* Returns when there is, or just was, something to do. */
static void await_job(et_workers *workers) {
    int64_t seen = now_ns(), last_job = seen, last_active = seen;
    while (!shall_stop(workers)) {
        for (int i = 0; i < 32; i++) {
            if (has_chunk(atomic_load_explicit(&workers->ticket, memory_order_relaxed)))
                return;
            relax();
        }
        const int64_t now = now_ns();
        const int active = atomic_load_explicit(&workers->active, memory_order_relaxed);
        if (now - seen > ET_OFF_CPU_NS)
            atomic_store(&workers->busy, 1);
        seen = now;
        if (active)
            last_active = now;
        const int tired = now - last_job > ET_SPIN_IN_RUN_NS;
        if (tired || now - last_active > ET_SPIN_AFTER_RUN_NS ||
            atomic_load_explicit(&workers->busy, memory_order_relaxed)) {
            park(workers, tired);
            seen = last_job = last_active = now_ns();
        }
    }
}

static void *worker_main(void *argument) {
    et_workers *workers = argument;
    while (!shall_stop(workers)) {
        int32_t chunk;
        while ((chunk = take_chunk(workers)) >= 0) {
            workers->work(workers->context, chunk);
            if (atomic_fetch_sub(&workers->pending, 1) == 1 &&
                atomic_load(&workers->caller_sleeps))
                futex_wake(&workers->pending);
        }
        await_job(workers);
    }
    return NULL;
}

/* ---- the caller ---- */

/* Works alone for a while: longer when the last retreat is not long ago. */
static void retreat(et_workers *workers, int64_t now) {
    const int64_t calm = now - workers->last_retreat;
    int64_t solo = workers->solo_ns * 2;
    if (workers->last_retreat == 0 || calm > 8 * workers->solo_ns)
        solo = ET_SOLO_MIN_NS;
    if (solo > ET_SOLO_MAX_NS)
        solo = ET_SOLO_MAX_NS;
    workers->solo_ns = solo;
    workers->last_retreat = now;
    workers->solo_until = now + solo;
    atomic_fetch_add_explicit(&workers->num_retreats, 1, memory_order_relaxed);
    atomic_store(&workers->busy, 0);
}

int32_t et_workers_enter(et_workers *workers) {
    if (!workers || workers->num_threads < 2 ||
        atomic_exchange_explicit(&workers->taken, 1, memory_order_acquire))
        return 1;
    const int64_t now = now_ns();
    if (atomic_load(&workers->busy))
        retreat(workers, now);
    if ((now < workers->solo_until && !workers->eager) || workers->pid != getpid()) {
        atomic_store_explicit(&workers->taken, 0, memory_order_release);
        return 1;
    }
    workers->run_start = now;
    workers->run_cpu_start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    workers->slept = 0;
    atomic_store(&workers->caller_cpu, sched_getcpu());
    atomic_store(&workers->active, 1);
    if (atomic_load(&workers->num_parked)) {
        atomic_fetch_add(&workers->wake, 1);
        futex_wake(&workers->wake);
    }
    return workers->num_threads;
}

void et_workers_leave(et_workers *workers) {
    atomic_store(&workers->active, 0);
    const int64_t on_cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - workers->run_cpu_start;
    const int64_t wall = now_ns() - workers->run_start - workers->slept;
    /* Of a long run a small part may be lost to interrupts. */
    if (wall - on_cpu > ET_OFF_CPU_NS && wall - on_cpu > wall / 16)
        atomic_store(&workers->busy, 1);
    atomic_store_explicit(&workers->taken, 0, memory_order_release);
}

/* Waits for the chunks that workers have taken; work_ns is what the caller's took. */
static void await_workers(et_workers *workers, int64_t start, int64_t work_ns) {
    int64_t waited;
    do {
        for (int i = 0; i < 32; i++) {
            if (!atomic_load_explicit(&workers->pending, memory_order_acquire))
                return;
            relax();
        }
        waited = now_ns() - start;
    } while (waited < work_ns + ET_PATIENCE_NS);
    /* A worker has lost its processor with a chunk in hand; perhaps it waits for ours. */
    int32_t left;
    atomic_store(&workers->caller_sleeps, 1);
    while ((left = atomic_load(&workers->pending)))
        futex_wait(&workers->pending, left);
    atomic_store(&workers->caller_sleeps, 0);
    waited = now_ns() - start;
    workers->slept += waited;
    if (waited > work_ns + ET_OFF_CPU_NS)
        atomic_store(&workers->busy, 1);
}

void et_workers_share(et_workers *workers, et_work work, void *context,
                      int32_t num_chunks) {
    assert(num_chunks >= 1 && num_chunks <= ET_MAX_CHUNKS);
    const int alone =
        !workers->eager && atomic_load_explicit(&workers->busy, memory_order_relaxed);
    if (num_chunks == 1 || alone) {
        for (int32_t chunk = 0; chunk < num_chunks; chunk++)
            work(context, chunk);
        return;
    }
    const int64_t start = now_ns();
    workers->work = work;
    workers->context = context;
    atomic_store_explicit(&workers->pending, num_chunks, memory_order_relaxed);
    const uint64_t ticket =
        (uint64_t)++workers->generation << 32 | (uint64_t)num_chunks << 16;
    atomic_store_explicit(&workers->ticket, ticket, memory_order_release);
    int32_t chunk, mine = 0;
    while ((chunk = take_chunk(workers)) >= 0) {
        work(context, chunk);
        mine++;
    }
    if (mine == num_chunks)
        return;
    atomic_store_explicit(&workers->num_helped, et_workers_helped(workers) + num_chunks - mine,
                          memory_order_relaxed);
    if (atomic_fetch_sub(&workers->pending, mine) == mine)
        return;
    const int64_t done = now_ns();
    await_workers(workers, done, done - start);
}

/* ---- from start to stop ---- */

size_t et_workers_nbytes(void) { return sizeof(et_workers); }

int32_t et_workers_start(et_workers *workers, int32_t num_threads, int32_t eager) {
    memset(workers, 0, sizeof *workers);
    workers->eager = eager;
    workers->pid = getpid();
    workers->num_threads = 1;
    if (num_threads > ET_MAX_THREADS)
        num_threads = ET_MAX_THREADS;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes))
        return 1;
    pthread_attr_setstacksize(&attributes, 512 << 10);
    /* Signals are for the program's own threads. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (workers->num_threads < num_threads &&
           !pthread_create(&workers->threads[workers->num_threads - 1], &attributes,
                           worker_main, workers))
        workers->num_threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return workers->num_threads;
}

void et_workers_stop(et_workers *workers) {
    if (workers->pid != getpid())
        return;
    atomic_store(&workers->stop, 1);
    atomic_fetch_add(&workers->wake, 1);
    futex_wake(&workers->wake);
    while (workers->num_threads > 1)
        pthread_join(workers->threads[--workers->num_threads - 1], NULL);
}

int64_t et_workers_retreats(const et_workers *workers) {
    return atomic_load_explicit(&workers->num_retreats, memory_order_relaxed);
}

int64_t et_workers_helped(const et_workers *workers) {
    return atomic_load_explicit(&workers->num_helped, memory_order_relaxed);
}

int32_t et_workers_eager(const et_workers *workers) {
    return workers && workers->eager;
}

#else /* no futex: no threads */

struct et_workers {
    int32_t num_threads;
};

size_t et_workers_nbytes(void) { return sizeof(et_workers); }

int32_t et_workers_start(et_workers *workers, int32_t num_threads, int32_t eager) {
    (void)num_threads;
    (void)eager;
    return workers->num_threads = 1;
}

void et_workers_stop(et_workers *workers) { (void)workers; }

int64_t et_workers_retreats(const et_workers *workers) {
    (void)workers;
    return 0;
}

int64_t et_workers_helped(const et_workers *workers) {
    (void)workers;
    return 0;
}

int32_t et_workers_eager(const et_workers *workers) {
    (void)workers;
    return 0;
}

int32_t et_workers_enter(et_workers *workers) {
    (void)workers;
    return 1;
}

void et_workers_leave(et_workers *workers) { (void)workers; }

void et_workers_share(et_workers *workers, et_work work, void *context,
                      int32_t num_chunks) {
    (void)workers;
    for (int32_t chunk = 0; chunk < num_chunks; chunk++)
        work(context, chunk);
}

#endif
