/*
 * Integer sums of a tile with 256-bit registers: 32 columns (4 registers) by 1-3 frames;
 * 12 of the 16 registers accumulate at most.
 * The including file defines MAX_ROWS, `operand`, broadcast(), dot() and start_value().
 */
#define PANEL_VECTORS 2

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
