/* Quantised rows over the vector vocabulary; the definition is generic.c. */
#include <math.h>

#include "simd/vec_math.h"

static void write_row(int32_t num_channels, const float *x, float mean, float absmax,
                      float factor, int8_t *q) {
    size_t padded = et_qs8_padded(num_channels);
    float scale = absmax / 127.0f * factor;
    int32_t sum = 0;
    if (absmax >= ET_ABSMAX_FLOOR && absmax <= 3.402823466e+38f) {
        v16 centre = v_set1(mean);
        v16 inverse = v_set1(127.0f / absmax);
        v16i sums = vi_set1(0);
        V_EACH_BLOCK(num_channels, {
            v16 value = v_keep(v_sub(v_load(x + c, count), centre), count);
            v16i rounded = v_to_int(v_mul(value, inverse));
            sums = vi_add(sums, rounded);
            /* Sixteen bytes never reach beyond the row: its scale and offset come later. */
            vi_store_bytes(q + c, rounded);
        });
        sum = vi_fold(sums);
    } else {
        memset(q, 0, padded);
        scale = absmax < ET_ABSMAX_FLOOR ? 0.0f : NAN;
    }
    memcpy(q + padded, &scale, sizeof scale);
    int32_t offset = -128 * sum;
    memcpy(q + padded + sizeof scale, &offset, sizeof offset);
}

static float absmax_of(int32_t num_channels, const float *x) {
    v16 biggest[2] = {v_zero(), v_zero()};
    V_EACH_HALF(num_channels, {
        biggest[half] = v_max_abs(biggest[half], v_load(x + c, count));
    });
    return v_fold_max_abs(v_max_abs(biggest[0], biggest[1]));
}

void ET_NAME(quantize_rows_qs8)(int32_t num_rows, int32_t num_channels,
                                const float *const *x, const float *absmax,
                                int8_t *const *q) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float biggest = absmax ? absmax[t] : absmax_of(num_channels, x[t]);
        write_row(num_channels, x[t], 0.0f, biggest, 1.0f, q[t]);
    }
}

/* Quantises deviations from the mean; the norm's factor goes into the row's scale. */
static void normalize_and_write(int32_t num_channels, const float *x, float mean,
                                float epsilon, int8_t *q) {
    v16 centre = v_set1(mean);
    v16 sums[2] = {v_zero(), v_zero()};
    v16 biggest[2] = {v_zero(), v_zero()};
    V_EACH_HALF(num_channels, {
        v16 deviation = v_keep(v_sub(v_load(x + c, count), centre), count);
        sums[half] = v_fma(deviation, deviation, sums[half]);
        biggest[half] = v_max_abs(biggest[half], deviation);
    });
    float mean_square = v_fold_row(sums) / (float)num_channels;
    float absmax = v_fold_max_abs(v_max_abs(biggest[0], biggest[1]));
    write_row(num_channels, x, mean, absmax, 1.0f / sqrtf(mean_square + epsilon), q);
}

void ET_NAME(rms_norm_quantize_qs8)(int32_t num_rows, int32_t num_channels,
                                    const float *const *x, float epsilon,
                                    int8_t *const *q) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        normalize_and_write(num_channels, x[t], 0.0f, epsilon, q[t]);
    }
}

void ET_NAME(layer_norm_quantize_qs8)(int32_t num_rows, int32_t num_channels,
                                      const float *const *x, float epsilon,
                                      int8_t *const *q) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        v16 sums[2] = {v_zero(), v_zero()};
        V_EACH_HALF(num_channels,
                    { sums[half] = v_add(sums[half], v_load(x[t] + c, count)); });
        float mean = v_fold_row(sums) / (float)num_channels;
        normalize_and_write(num_channels, x[t], mean, epsilon, q[t]);
    }
}
