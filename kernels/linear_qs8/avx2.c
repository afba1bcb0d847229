/*
 * AVX2 has no exact int8 dot product. vpmaddubsw multiplies u8 by s8 and adds pairs in
 * int16 with saturation, so it gets |a|, and w with a sign: since -w = ~w + 1,
 *
 *     -a w = |a| (w ^ s) + max(a, 0)      s = a >= 0 ? -1 : 0
 *
 * where the last term does not depend on w and is taken off once per row. Pair sums are
 * at most 2 * 127 * 128 = 32512: exact. vpmaddwd by ones then adds pairs in int32.
 *
 *   per 32 products: vpxor, vpmaddubsw, vpmaddwd, vpsubd. The multiplies run two per cycle
 *   on Skylake and Zen; vpsignb in place of vpxor would need their ports (Zen 4: 1.6
 *   cycles against 1.0), and so would taking |a| and s apart in the loop.
 */
#define ET_ISA avx2
#include "simd/vec_avx2.h"

#define PANEL_VECTORS 2
#define MAX_ROWS 2

enum { BLOCK = 2048 }; /* inputs taken apart at a time */

/* |a| and s of the inputs of one row. */
typedef struct split_row {
    uint8_t magnitude[BLOCK];
    uint8_t flip[BLOCK];
} split_row;

/* Takes `count` inputs apart; returns minus the sum of the positive ones. */
V_INLINE int32_t split_inputs(const int8_t *q, size_t count, split_row *split) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i total = zero;
    size_t k = 0;
    for (; k + 32 <= count; k += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(q + k));
        __m256i magnitude = _mm256_abs_epi8(a);
        __m256i positive = _mm256_max_epi8(a, zero);
        total = _mm256_add_epi64(total, _mm256_sad_epu8(positive, zero));
        _mm256_store_si256((__m256i *)(split->magnitude + k), magnitude);
        _mm256_store_si256((__m256i *)(split->flip + k), _mm256_cmpeq_epi8(magnitude, a));
    }
    __m128i sum = _mm_add_epi64(_mm256_castsi256_si128(total),
                                _mm256_extracti128_si256(total, 1));
    for (; k < count; k += 8) {
        __m128i a = _mm_loadl_epi64((const __m128i *)(q + k));
        __m128i magnitude = _mm_abs_epi8(a);
        __m128i positive = _mm_max_epi8(a, _mm_setzero_si128());
        sum = _mm_add_epi64(sum, _mm_sad_epu8(positive, _mm_setzero_si128()));
        _mm_storel_epi64((__m128i *)(split->magnitude + k), magnitude);
        _mm_storel_epi64((__m128i *)(split->flip + k), _mm_cmpeq_epi8(magnitude, a));
    }
    return -(_mm_cvtsi128_si32(sum) + _mm_extract_epi32(sum, 2));
}

V_INLINE __m256i broadcast(const uint8_t *bytes) {
    int32_t four;
    __builtin_memcpy(&four, bytes, sizeof four);
    return _mm256_set1_epi32(four);
}

V_INLINE __m256i add_dot(__m256i sum, const uint8_t *weights, __m256i magnitude,
                         __m256i flip) {
    __m256i w = _mm256_load_si256((const __m256i *)weights);
    __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_xor_si256(w, flip));
    return _mm256_sub_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

typedef __m256i tile_sums[MAX_ROWS][2 * PANEL_VECTORS];

/* Eight inputs of one frame, in two chains per column: one alone would wait for the
 * latency of the dot. */
V_INLINE void add_one_frame(const int registers, const uint8_t *weights, size_t k,
                            const split_row *split, tile_sums acc) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++, k += 4, weights += 32 * registers) {
        __m256i magnitude = broadcast(split->magnitude + k);
        __m256i flip = broadcast(split->flip + k);
#pragma GCC unroll 8
        for (int j = 0; j < registers; j++) {
            acc[half][j] = add_dot(acc[half][j], weights + 32 * j, magnitude, flip);
        }
    }
}

/* Sums of two frames for eight columns; `at` is the place of their weights. */
#define TWO_DOTS(at, first, second)                           \
    "vmovdqa " #at "(%[weights]), %[w]\n\t"                   \
    "vpxor %[flip0], %[w], %[pairs]\n\t"                      \
    "vpxor %[flip1], %[w], %[w]\n\t"                          \
    "vpmaddubsw %[pairs], %[magnitude0], %[pairs]\n\t"        \
    "vpmaddubsw %[w], %[magnitude1], %[w]\n\t"                \
    "vpmaddwd %[ones], %[pairs], %[pairs]\n\t"                \
    "vpmaddwd %[ones], %[w], %[w]\n\t"                        \
    "vpsubd %[pairs], %[" #first "], %[" #first "]\n\t"       \
    "vpsubd %[w], %[" #second "], %[" #second "]\n\t"

/* Four inputs of two frames by 32 columns, in assembly: it takes 15 of the 16 registers,
 * and gcc 12 spills four accumulators of the same intrinsics, which then wait for their
 * own stores. */
V_INLINE void add_two_frames(const uint8_t *weights, size_t k, const split_row *split,
                             tile_sums acc) {
    const __m256i magnitude0 = broadcast(split[0].magnitude + k);
    const __m256i magnitude1 = broadcast(split[1].magnitude + k);
    const __m256i flip0 = broadcast(split[0].flip + k);
    const __m256i flip1 = broadcast(split[1].flip + k);
    __m256i w, pairs;
    __asm__(TWO_DOTS(0, s00, s10) TWO_DOTS(32, s01, s11)
            TWO_DOTS(64, s02, s12) TWO_DOTS(96, s03, s13)
            : [s00] "+x"(acc[0][0]), [s01] "+x"(acc[0][1]), [s02] "+x"(acc[0][2]),
              [s03] "+x"(acc[0][3]), [s10] "+x"(acc[1][0]), [s11] "+x"(acc[1][1]),
              [s12] "+x"(acc[1][2]), [s13] "+x"(acc[1][3]), [w] "=&x"(w),
              [pairs] "=&x"(pairs)
            : [weights] "r"(weights), [flip0] "x"(flip0), [flip1] "x"(flip1),
              [magnitude0] "x"(magnitude0), [magnitude1] "x"(magnitude1),
              [ones] "x"(_mm256_set1_epi16(1)), "m"(*(const uint8_t(*)[128])weights));
}

/* The last, narrow panel of a layer. */
V_INLINE void add_two_narrow(const int registers, const uint8_t *weights, size_t k,
                             const split_row *split, tile_sums acc) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        __m256i magnitude = broadcast(split[i].magnitude + k);
        __m256i flip = broadcast(split[i].flip + k);
#pragma GCC unroll 8
        for (int j = 0; j < registers; j++) {
            acc[i][j] = add_dot(acc[i][j], weights + 32 * j, magnitude, flip);
        }
    }
}

V_INLINE void sum_tile(const int rows, const int vectors, const uint8_t *weights,
                       size_t padded, const int8_t *const *q, v16i *sums) {
    const int registers = 2 * vectors;
    split_row split[MAX_ROWS] __attribute__((aligned(32)));
    int32_t correction[MAX_ROWS] = {0, 0};
    tile_sums acc;
#pragma GCC unroll 8
    for (int j = 0; j < registers; j++) {
        acc[0][j] = acc[1][j] = _mm256_setzero_si256();
    }
    for (size_t start = 0; start < padded; start += BLOCK) {
        const size_t count = padded - start < BLOCK ? padded - start : BLOCK;
#pragma GCC unroll 2
        for (int i = 0; i < rows; i++) {
            correction[i] += split_inputs(q[i] + start, count, &split[i]);
        }
        for (size_t k = 0; rows == 1 && k < count; k += 8, weights += 64 * registers) {
            add_one_frame(registers, weights, k, split, acc);
        }
        for (size_t k = 0; rows == 2 && k < count; k += 4, weights += 32 * registers) {
            if (vectors == PANEL_VECTORS) {
                add_two_frames(weights, k, split, acc);
            } else {
                add_two_narrow(registers, weights, k, split, acc);
            }
        }
    }
#pragma GCC unroll 8
    for (int j = 0; j < vectors; j++) {
        v16i first = {acc[0][2 * j], acc[0][2 * j + 1]};
        v16i second = {acc[1][2 * j], acc[1][2 * j + 1]};
        if (rows == 1) {
            first = vi_add(first, second);
        } else {
            sums[PANEL_VECTORS + j] = vi_add(second, vi_set1(correction[1]));
        }
        sums[j] = vi_add(first, vi_set1(correction[0]));
    }
}

#include "linear_qs8/template.h"
