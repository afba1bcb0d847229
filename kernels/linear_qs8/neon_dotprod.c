/*
 * sdot: 16 multiply-adds of s8 by s8 into 4 int32, exact.
 *   Cortex-A76 (Pi 5), A78 (Orin): latency 3-4, two per cycle; A55: one per cycle.
 */
#define ET_ISA neon_dotprod
#include "simd/vec_neon.h"

typedef int8x16_t operand;

V_INLINE operand broadcast(const int8_t *q) {
    int32_t four;
    memcpy(&four, q, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

#define PANEL_VECTORS 2
#define MAX_ROWS 3

/* Eight independent chains cover the latency of the dot product even for one frame. */
V_INLINE void sum_tile(const int rows, const int vectors, const uint8_t *weights,
                       size_t padded, const int8_t *const *q, v16i *sums) {
    const int registers = 4 * vectors;
    int32x4_t acc[MAX_ROWS][4 * PANEL_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < registers; j++) {
            acc[i][j] = vdupq_n_s32(0);
        }
    }
    for (size_t k = 0; k < padded; k += 4, weights += 16 * registers) {
        operand a[MAX_ROWS];
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            a[i] = broadcast(q[i] + k);
        }
#pragma GCC unroll 8
        for (int j = 0; j < registers; j++) {
            int8x16_t w = vld1q_s8((const int8_t *)weights + 16 * j);
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                acc[i][j] = vdotq_s32(acc[i][j], w, a[i]);
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

#include "linear_qs8/template.h"
