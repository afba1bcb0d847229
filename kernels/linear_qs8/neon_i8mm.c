/*
 * smmla: two frames by two columns by eight inputs, 32 multiply-adds, exact. Weights keep
 * eight inputs of a column together, so that a register holds two columns. One frame
 * alone wastes half of each instruction, but then loading weights is the limit anyway.
 *   Neoverse V1, Cortex-A710, X2 and later: latency 3, two per cycle.
 */
#define ET_ISA neon_i8mm
#include "simd/vec_neon.h"

#define PANEL_VECTORS 2
#define MAX_ROWS 6

/* The same eight inputs of two frames; an odd frame out stands for itself twice. */
V_INLINE int8x16_t frame_pair(const int rows, int pair, size_t k,
                              const int8_t *const *q) {
    const int second = 2 * pair + 1 < rows ? 2 * pair + 1 : 2 * pair;
    return vcombine_s8(vld1_s8(q[2 * pair] + k), vld1_s8(q[second] + k));
}

/* `span` vectors of 16 columns, from weights that are `stride` bytes per 8 inputs. */
V_INLINE void sum_columns(const int rows, const int span, const int8_t *weights,
                          size_t stride, size_t padded, const int8_t *const *q,
                          v16i *sums) {
    const int pairs = (rows + 1) / 2;
    int32x4_t acc[(MAX_ROWS + 1) / 2][8 * PANEL_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < pairs; i++) {
#pragma GCC unroll 16
        for (int j = 0; j < 8 * span; j++) {
            acc[i][j] = vdupq_n_s32(0);
        }
    }
    for (size_t k = 0; k < padded; k += 8, weights += stride) {
        int8x16_t a[(MAX_ROWS + 1) / 2];
#pragma GCC unroll 8
        for (int i = 0; i < pairs; i++) {
            a[i] = frame_pair(rows, i, k, q);
        }
#pragma GCC unroll 16
        for (int j = 0; j < 8 * span; j++) {
            int8x16_t w = vld1q_s8(weights + 16 * j);
#pragma GCC unroll 8
            for (int i = 0; i < pairs; i++) {
                acc[i][j] = vmmlaq_s32(acc[i][j], a[i], w);
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < span; j++) {
#pragma GCC unroll 8
            for (int part = 0; part < 4; part++) {
                int32x4_t left = acc[i / 2][8 * j + 2 * part];
                int32x4_t right = acc[i / 2][8 * j + 2 * part + 1];
                sums[i * PANEL_VECTORS + j].r[part] =
                    i % 2 == 0 ? vcombine_s32(vget_low_s32(left), vget_low_s32(right))
                               : vcombine_s32(vget_high_s32(left), vget_high_s32(right));
            }
        }
    }
}

V_INLINE void sum_tile(const int rows, const int vectors, const uint8_t *weights,
                       size_t padded, const int8_t *const *q, v16i *sums) {
    const int8_t *start = (const int8_t *)weights;
    const size_t stride = 128 * (size_t)vectors;
    if (rows <= 2) {
        sum_columns(rows, vectors, start, stride, padded, q, sums);
        return;
    }
    /* Half a panel at a time: 8 accumulators per pair of frames are all that fit. */
#pragma GCC unroll 8
    for (int j = 0; j < vectors; j++) {
        sum_columns(rows, 1, start + 128 * j, stride, padded, q, sums + j);
    }
}

#include "linear_qs8/template.h"
