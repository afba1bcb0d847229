/* Quantised rows: the definition. Layout of a row: edge_kernels.h. */
#include "simd/scalar.h"

/* q of x - mean; factor belongs to the norm that was folded into the row's scale. */
static void write_row(int32_t num_channels, const float *x, float mean, float absmax,
                      float factor, int8_t *q) {
    int32_t padded = (int32_t)et_qs8_padded(num_channels);
    float scale = absmax / 127.0f * factor;
    float inverse = 127.0f / absmax;
    int32_t sum = 0;
    if (!(absmax >= ET_ABSMAX_FLOOR && absmax <= 3.402823466e+38f)) {
        scale = absmax < ET_ABSMAX_FLOOR ? 0.0f : NAN;
        inverse = 0.0f;
    }
    for (int32_t c = 0; c < padded; c++) {
        bool is_value = c < num_channels && inverse != 0.0f;
        int32_t value = is_value ? (int32_t)rintf((x[c] - mean) * inverse) : 0;
        q[c] = (int8_t)value;
        sum += value;
    }
    memcpy(q + padded, &scale, sizeof scale);
    int32_t offset = -128 * sum;
    memcpy(q + padded + sizeof scale, &offset, sizeof offset);
}

void et_quantize_rows_qs8__generic(int32_t num_rows, int32_t num_channels,
                                   const float *const *x, const float *absmax,
                                   int8_t *const *q) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float biggest = absmax ? absmax[t] : 0.0f;
        for (int32_t c = 0; !absmax && c < num_channels; c++) {
            biggest = et_max_abs(biggest, x[t][c]);
        }
        write_row(num_channels, x[t], 0.0f, biggest, 1.0f, q[t]);
    }
}

void et_rms_norm_quantize_qs8__generic(int32_t num_rows, int32_t num_channels,
                                       const float *const *x, float epsilon,
                                       int8_t *const *q) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float squares[ET_NUM_PARTIAL_SUMS] = {0};
        float biggest = 0.0f;
        for (int32_t c = 0; c < num_channels; c++) {
            float *partial = &squares[c % ET_NUM_PARTIAL_SUMS];
            *partial = fmaf(x[t][c], x[t][c], *partial);
            biggest = et_max_abs(biggest, x[t][c]);
        }
        float mean_square = et_fold_sums(squares) / (float)num_channels;
        float factor = 1.0f / sqrtf(mean_square + epsilon);
        write_row(num_channels, x[t], 0.0f, biggest, factor, q[t]);
    }
}

void et_layer_norm_quantize_qs8__generic(int32_t num_rows, int32_t num_channels,
                                         const float *const *x, float epsilon,
                                         int8_t *const *q) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float sums[ET_NUM_PARTIAL_SUMS] = {0};
        for (int32_t c = 0; c < num_channels; c++) {
            sums[c % ET_NUM_PARTIAL_SUMS] += x[t][c];
        }
        float mean = et_fold_sums(sums) / (float)num_channels;
        float squares[ET_NUM_PARTIAL_SUMS] = {0};
        float biggest = 0.0f;
        for (int32_t c = 0; c < num_channels; c++) {
            float deviation = x[t][c] - mean;
            float *partial = &squares[c % ET_NUM_PARTIAL_SUMS];
            *partial = fmaf(deviation, deviation, *partial);
            biggest = et_max_abs(biggest, deviation);
        }
        float variance = et_fold_sums(squares) / (float)num_channels;
        float factor = 1.0f / sqrtf(variance + epsilon);
        write_row(num_channels, x[t], mean, biggest, factor, q[t]);
    }
}
