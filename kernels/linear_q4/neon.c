/*
 * smlal: nibbles are small, so a whole group of 32 inputs adds up in int16 (8 products of
 * at most 15 * 127 per lane, 15240 in all). A lane holds one of the four inputs that a
 * column keeps together; they are added at the end of the group.
 */
#define ET_ISA neon
#include "simd/vec_neon.h"

#define PANEL_VECTORS 2
#define MAX_ROWS 2

V_INLINE int8x16_t broadcast(const int8_t *q) {
    int32_t four;
    memcpy(&four, q, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

/* Four columns, from weights that are `stride` bytes per 8 inputs. */
V_INLINE void sum_four(const int rows, const uint8_t *weights, size_t stride, size_t k,
                       const int8_t *const *q, int32x4_t *sums) {
    int16x8_t low[MAX_ROWS], high[MAX_ROWS];
#pragma GCC unroll 4
    for (int step = 0; step < 4; step++, k += 8, weights += stride) {
        uint8x16_t both = vld1q_u8(weights);
        int8x16_t w = vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15)));
        int8x16_t next = vreinterpretq_s8_u8(vshrq_n_u8(both, 4));
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            int8x16_t a = broadcast(q[i] + k), b = broadcast(q[i] + k + 4);
            if (step == 0) {
                low[i] = vmull_s8(vget_low_s8(w), vget_low_s8(a));
                high[i] = vmull_high_s8(w, a);
            } else {
                low[i] = vmlal_s8(low[i], vget_low_s8(w), vget_low_s8(a));
                high[i] = vmlal_high_s8(high[i], w, a);
            }
            low[i] = vmlal_s8(low[i], vget_low_s8(next), vget_low_s8(b));
            high[i] = vmlal_high_s8(high[i], next, b);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
        sums[i] = vpaddq_s32(vpaddlq_s16(low[i]), vpaddlq_s16(high[i]));
    }
}

V_INLINE void sum_group(const int rows, const int vectors, const uint8_t *weights,
                        size_t k, const int8_t *const *q, v16i *sums) {
#pragma GCC unroll 8
    for (int j = 0; j < 4 * vectors; j++) {
        int32x4_t four[MAX_ROWS];
        sum_four(rows, weights + 16 * j, 64 * (size_t)vectors, k, q, four);
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            sums[i * PANEL_VECTORS + j / 4].r[j % 4] = four[i];
        }
    }
}

#include "linear_q4/template.h"
