/* sdot on the nibbles, which as 0..15 are signed bytes just as well. */
#define ET_ISA neon_dotprod
#include "simd/vec_neon.h"

#define PANEL_VECTORS 2
#define MAX_ROWS 2

V_INLINE int8x16_t broadcast(const int8_t *q) {
    int32_t four;
    memcpy(&four, q, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

V_INLINE void sum_group(const int rows, const int vectors, const uint8_t *weights,
                        size_t k, const int8_t *const *q, v16i *sums) {
    int32x4_t acc[MAX_ROWS][4 * PANEL_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < 4 * vectors; j++) {
            acc[i][j] = vdupq_n_s32(0);
        }
    }
#pragma GCC unroll 4
    for (int step = 0; step < 4; step++, k += 8, weights += 64 * vectors) {
        int8x16_t a[MAX_ROWS], b[MAX_ROWS];
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            a[i] = broadcast(q[i] + k);
            b[i] = broadcast(q[i] + k + 4);
        }
#pragma GCC unroll 8
        for (int j = 0; j < 4 * vectors; j++) {
            uint8x16_t both = vld1q_u8(weights + 16 * j);
            int8x16_t w = vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15)));
            int8x16_t next = vreinterpretq_s8_u8(vshrq_n_u8(both, 4));
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                acc[i][j] = vdotq_s32(acc[i][j], w, a[i]);
                acc[i][j] = vdotq_s32(acc[i][j], next, b[i]);
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            sums[i * PANEL_VECTORS + j] = (v16i){{acc[i][4 * j], acc[i][4 * j + 1],
                                                  acc[i][4 * j + 2], acc[i][4 * j + 3]}};
        }
    }
}

#include "linear_q4/template.h"
