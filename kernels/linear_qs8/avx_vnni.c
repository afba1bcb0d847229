/*
 * vpdpbusd ymm in its VEX encoding: 32 multiply-adds of u8 by s8 without saturation,
 * latency 5, two per cycle on Alder Lake P cores, one on Gracemont (N100). Weights are
 * stored as w + 128; 128 * sum(q) is taken off in the starting value. A test build
 * (ET_AVX_VNNI_AS_EVEX) has the same instruction in AVX-512's encoding.
 */
#define ET_ISA avx_vnni
#include "simd/vec_avx2.h"

/* 32 columns by up to 3 frames: 12 of the 16 registers accumulate at most. */
#define PANEL_VECTORS 2
#define MAX_ROWS 3

typedef __m256i operand;

V_INLINE operand broadcast(const int8_t *q) {
    int32_t four;
    __builtin_memcpy(&four, q, sizeof four);
    return _mm256_set1_epi32(four);
}

V_INLINE void dot(__m256i *sum, __m256i w, operand a) {
#ifdef ET_AVX_VNNI_AS_EVEX
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(w), "v"(a));
#else
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(*sum) : "x"(w), "x"(a));
#endif
}

V_INLINE __m256i start_value(const int8_t *q, size_t padded) {
    int32_t offset;
    __builtin_memcpy(&offset, q + padded + sizeof(float), sizeof offset);
    return _mm256_set1_epi32(offset);
}

V_INLINE __m256i load_weights(const uint8_t *w) {
    return _mm256_load_si256((const __m256i *)w);
}

V_INLINE void sum_tile(const int rows, const int vectors, const uint8_t *weights,
                       size_t padded, const int8_t *const *q, v16i *sums) {
    const int registers = 2 * vectors;
    __m256i acc[MAX_ROWS][2 * PANEL_VECTORS];
    __m256i odd[2 * PANEL_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
        __m256i start = start_value(q[i], padded);
#pragma GCC unroll 8
        for (int j = 0; j < registers; j++) {
            acc[i][j] = start;
            odd[j] = _mm256_setzero_si256();
        }
    }
    if (rows == 1) {
        /* Two chains per column: one alone would wait for the latency of the dot. */
        for (size_t k = 0; k < padded; k += 8, weights += 64 * registers) {
            operand a = broadcast(q[0] + k);
            operand b = broadcast(q[0] + k + 4);
#pragma GCC unroll 8
            for (int j = 0; j < registers; j++) {
                dot(&acc[0][j], load_weights(weights + 32 * j), a);
            }
#pragma GCC unroll 8
            for (int j = 0; j < registers; j++) {
                dot(&odd[j], load_weights(weights + 32 * (registers + j)), b);
            }
        }
#pragma GCC unroll 8
        for (int j = 0; j < registers; j++) {
            acc[0][j] = _mm256_add_epi32(acc[0][j], odd[j]);
        }
    } else {
        for (size_t k = 0; k < padded; k += 4, weights += 32 * registers) {
            operand a[MAX_ROWS];
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                a[i] = broadcast(q[i] + k);
            }
#pragma GCC unroll 8
            for (int j = 0; j < registers; j++) {
                __m256i w = load_weights(weights + 32 * j);
#pragma GCC unroll 8
                for (int i = 0; i < rows; i++) {
                    dot(&acc[i][j], w, a[i]);
                }
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

#include "linear_qs8/template.h"
