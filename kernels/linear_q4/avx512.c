/*
 * vpmaddubsw zmm without VNNI: nibbles are unsigned and small, so a whole group of 32
 * inputs adds up in int16 (8 pairs of at most 2 * 15 * 127, 30480 in all); vpmaddwd by
 * ones comes once per group.
 */
#define ET_ISA avx512
#include "simd/vec_avx512.h"

#define PANEL_VECTORS 4
#define MAX_ROWS 4

V_INLINE __m512i broadcast(const int8_t *q) {
    int32_t four;
    __builtin_memcpy(&four, q, sizeof four);
    return _mm512_set1_epi32(four);
}

V_INLINE void sum_group(const int rows, const int vectors, const uint8_t *weights,
                        size_t k, const int8_t *const *q, v16i *sums) {
    const __m512i low = _mm512_set1_epi8(15);
#pragma GCC unroll 32
    for (int at = 0; at < MAX_ROWS * PANEL_VECTORS; at++) {
        sums[at] = _mm512_setzero_si512();
    }
#pragma GCC unroll 4
    for (int step = 0; step < 4; step++, k += 8, weights += 64 * vectors) {
        __m512i a[MAX_ROWS], b[MAX_ROWS];
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            a[i] = broadcast(q[i] + k);
            b[i] = broadcast(q[i] + k + 4);
        }
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            __m512i both = _mm512_loadu_si512(weights + 64 * j);
            __m512i w = _mm512_and_si512(both, low);
            __m512i next = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                v16i *sum = &sums[i * PANEL_VECTORS + j];
                *sum = _mm512_add_epi16(*sum, _mm512_maddubs_epi16(w, a[i]));
                *sum = _mm512_add_epi16(*sum, _mm512_maddubs_epi16(next, b[i]));
            }
        }
    }
#pragma GCC unroll 32
    for (int at = 0; at < MAX_ROWS * PANEL_VECTORS; at++) {
        sums[at] = _mm512_madd_epi16(sums[at], _mm512_set1_epi16(1));
    }
}

#include "linear_q4/template.h"
