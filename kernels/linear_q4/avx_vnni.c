/*
 * vpdpbusd ymm on the nibbles: they are unsigned as it wants them. Encodings as in
 * linear_qs8/avx_vnni.c.
 */
#define ET_ISA avx_vnni
#include "simd/vec_avx2.h"

#define PANEL_VECTORS 2
#define MAX_ROWS 2

V_INLINE __m256i broadcast(const int8_t *q) {
    int32_t four;
    __builtin_memcpy(&four, q, sizeof four);
    return _mm256_set1_epi32(four);
}

V_INLINE void dot(__m256i *sum, __m256i w, __m256i a) {
#ifdef ET_AVX_VNNI_AS_EVEX
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(w), "v"(a));
#else
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(*sum) : "x"(w), "x"(a));
#endif
}

V_INLINE void sum_group(const int rows, const int vectors, const uint8_t *weights,
                        size_t k, const int8_t *const *q, v16i *sums) {
    const __m256i low = _mm256_set1_epi8(15);
    __m256i acc[MAX_ROWS][2 * PANEL_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < 2 * vectors; j++) {
            acc[i][j] = _mm256_setzero_si256();
        }
    }
#pragma GCC unroll 4
    for (int step = 0; step < 4; step++, k += 8, weights += 64 * vectors) {
        __m256i a[MAX_ROWS], b[MAX_ROWS];
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            a[i] = broadcast(q[i] + k);
            b[i] = broadcast(q[i] + k + 4);
        }
#pragma GCC unroll 8
        for (int j = 0; j < 2 * vectors; j++) {
            __m256i both = _mm256_loadu_si256((const __m256i *)(weights + 32 * j));
            __m256i w = _mm256_and_si256(both, low);
            __m256i next = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                dot(&acc[i][j], w, a[i]);
                dot(&acc[i][j], next, b[i]);
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            sums[i * PANEL_VECTORS + j] = (v16i){acc[i][2 * j], acc[i][2 * j + 1]};
        }
    }
}

#include "linear_q4/template.h"
