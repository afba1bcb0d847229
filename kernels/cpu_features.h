/* Facts about this CPU and this operating system; no decisions. */
#ifndef ET_CPU_FEATURES_H
#define ET_CPU_FEATURES_H

#include <stddef.h>
#include <stdint.h>

/* Each flag is 1 when the CPU has the instructions AND the operating system saves the
 * registers they need, else 0. Flags of other architectures are 0. All fields are
 * 32 bits wide, so that a caller without this header can mirror the struct. */
typedef struct et_cpu_features {
    /* x86 */
    uint32_t avx;
    uint32_t avx2;
    uint32_t fma;
    uint32_t f16c;
    uint32_t avx_vnni;
    uint32_t avx512f;
    uint32_t avx512cd;
    uint32_t avx512bw;
    uint32_t avx512dq;
    uint32_t avx512vl;
    uint32_t avx512_vnni;
    /* ARM, 64 bit */
    uint32_t neon;
    uint32_t dotprod;
    uint32_t i8mm;
    uint32_t sve;
    /* Names as the CPU gives them, zero-terminated, empty where it gives none. */
    char vendor[16];
    char model[64];
} et_cpu_features;

/* Fills *out and returns 0; returns sizeof(et_cpu_features) and leaves *out alone when
 * `size` differs from it, which means that the caller was made for another build. */
__attribute__((visibility("default"))) size_t et_cpu_features_read(et_cpu_features *out,
                                                                   size_t size);

/* The instruction sets this library was built for, ascending, separated by commas. */
__attribute__((visibility("default"))) const char *et_built_isas(void);

#endif
