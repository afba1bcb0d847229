/*
 * Integer sums of a tile with 512-bit registers: 64 columns (4 registers) by 1-6 frames,
 * 24 accumulators at most, so that 4 weight registers and a broadcast fit beside them.
 * The including file defines `operand`, broadcast(), dot() and start_value().
 */
#define PANEL_VECTORS 4
#define MAX_ROWS 6
#define FINISH_IN_REGISTERS 1

V_INLINE void sum_tile(const int rows, const int vectors, const uint8_t *weights,
                       size_t padded, const int8_t *const *q, __m512i *sums) {
    __m512i acc[MAX_ROWS][PANEL_VECTORS];
    __m512i odd[PANEL_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
        __m512i start = start_value(q[i], padded);
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            acc[i][j] = start;
            odd[j] = _mm512_setzero_si512();
        }
    }
    if (rows == 1) {
        /* Two chains per column: one alone would wait for the latency of the dot. */
        for (size_t k = 0; k < padded; k += 8, weights += 128 * vectors) {
            operand a = broadcast(q[0] + k);
            operand b = broadcast(q[0] + k + 4);
#pragma GCC unroll 8
            for (int j = 0; j < vectors; j++) {
                dot(&acc[0][j], _mm512_load_si512(weights + 64 * j), a);
            }
#pragma GCC unroll 8
            for (int j = 0; j < vectors; j++) {
                dot(&odd[j], _mm512_load_si512(weights + 64 * (vectors + j)), b);
            }
        }
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            acc[0][j] = _mm512_add_epi32(acc[0][j], odd[j]);
        }
    } else {
        for (size_t k = 0; k < padded; k += 4, weights += 64 * vectors) {
            __m512i w[PANEL_VECTORS];
#pragma GCC unroll 8
            for (int j = 0; j < vectors; j++) {
                w[j] = _mm512_load_si512(weights + 64 * j);
            }
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                operand a = broadcast(q[i] + k);
#pragma GCC unroll 8
                for (int j = 0; j < vectors; j++) {
                    dot(&acc[i][j], w[j], a);
                }
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            sums[i * PANEL_VECTORS + j] = acc[i][j];
        }
    }
}
