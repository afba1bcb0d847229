/*
 * NEON without dot products (Cortex-A72 of the Pi 4, A57 of the Jetson Nano): two products
 * of s8 are added in int16 (smull, smlal: at most 2 * 127 * 127 = 32258, exact), then
 * pairwise into int32 (sadalp). Each int32 lane holds half of a column's sum; neighbours
 * are added at the end.
 *   Cortex-A72: smull, smlal latency 4, one per cycle; sadalp latency 4, one per cycle.
 */
#define ET_ISA neon
#include "simd/vec_neon.h"

#define PANEL_VECTORS 2
#define MAX_ROWS 3

V_INLINE int8x8_t broadcast(const int8_t *q) {
    int32_t four;
    memcpy(&four, q, sizeof four);
    return vreinterpret_s8_s32(vdup_n_s32(four));
}

/* `span` vectors of 16 columns, from weights that are `stride` bytes per 4 inputs. */
V_INLINE void sum_columns(const int rows, const int span, const int8_t *weights,
                          size_t stride, size_t padded, const int8_t *const *q,
                          v16i *sums) {
    int32x4_t acc[MAX_ROWS][8 * PANEL_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 16
        for (int j = 0; j < 8 * span; j++) {
            acc[i][j] = vdupq_n_s32(0);
        }
    }
    for (size_t k = 0; k < padded; k += 8, weights += 2 * stride) {
        int8x8_t a[MAX_ROWS], b[MAX_ROWS];
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            a[i] = broadcast(q[i] + k);
            b[i] = broadcast(q[i] + k + 4);
        }
#pragma GCC unroll 16
        for (int j = 0; j < 8 * span; j++) {
            int8x8_t w = vld1_s8(weights + 8 * j);
            int8x8_t next = vld1_s8(weights + stride + 8 * j);
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                int16x8_t pairs = vmlal_s8(vmull_s8(w, a[i]), next, b[i]);
                acc[i][j] = vpadalq_s16(acc[i][j], pairs);
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < span; j++) {
            const int32x4_t *half = acc[i] + 8 * j;
            sums[i * PANEL_VECTORS + j] =
                (v16i){{vpaddq_s32(half[0], half[1]), vpaddq_s32(half[2], half[3]),
                        vpaddq_s32(half[4], half[5]), vpaddq_s32(half[6], half[7])}};
        }
    }
}

V_INLINE void sum_tile(const int rows, const int vectors, const uint8_t *weights,
                       size_t padded, const int8_t *const *q, v16i *sums) {
    const int8_t *start = (const int8_t *)weights;
    const size_t stride = 64 * (size_t)vectors;
    if (rows == 1) {
        sum_columns(rows, vectors, start, stride, padded, q, sums);
        return;
    }
    /* Half a panel at a time: 8 accumulators per frame are all that 3 frames leave. */
#pragma GCC unroll 8
    for (int j = 0; j < vectors; j++) {
        sum_columns(rows, 1, start + 64 * j, stride, padded, q, sums + j);
    }
}

#include "linear_qs8/template.h"
