/* Norms and softmax over the channels of a row, over the vector vocabulary. */
#include <math.h>

#include "simd/vec_math.h"

static float mean_of(int32_t num_channels, const float *x) {
    v16 sums[2] = {v_zero(), v_zero()};
    V_EACH_HALF(num_channels, { sums[half] = v_add(sums[half], v_load(x + c, count)); });
    return v_fold_row(sums) / (float)num_channels;
}

static float mean_square(int32_t num_channels, const float *x, float mean) {
    v16 sums[2] = {v_zero(), v_zero()};
    v16 centre = v_set1(mean);
    V_EACH_HALF(num_channels, {
        v16 deviation = v_keep(v_sub(v_load(x + c, count), centre), count);
        sums[half] = v_fma(deviation, deviation, sums[half]);
    });
    return v_fold_row(sums) / (float)num_channels;
}

static void normalize(int32_t num_channels, const float *x, float mean, float factor,
                      const float *gain, const float *bias, float *out) {
    v16 centre = v_set1(mean);
    v16 scale = v_set1(factor);
    V_EACH_BLOCK(num_channels, {
        v16 y = v_mul(v_sub(v_load(x + c, count), centre), scale);
        v16 g = gain ? v_load(gain + c, count) : v_set1(1.0f);
        v16 b = bias ? v_load(bias + c, count) : v_zero();
        v_store(out + c, v_fma(y, g, b), count);
    });
}

void ET_NAME(rms_norm_f32)(int32_t num_rows, int32_t num_channels,
                           const float *const *x, const float *gain, const float *bias,
                           float epsilon, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float factor = 1.0f / sqrtf(mean_square(num_channels, x[t], 0.0f) + epsilon);
        normalize(num_channels, x[t], 0.0f, factor, gain, bias, out[t]);
    }
}

void ET_NAME(layer_norm_f32)(int32_t num_rows, int32_t num_channels,
                             const float *const *x, const float *gain,
                             const float *bias, float epsilon, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float mean = mean_of(num_channels, x[t]);
        float factor = 1.0f / sqrtf(mean_square(num_channels, x[t], mean) + epsilon);
        normalize(num_channels, x[t], mean, factor, gain, bias, out[t]);
    }
}

/* The order does not matter: a NaN anywhere makes the whole softmax NaN. */
static float biggest_of(int32_t num_channels, const float *x) {
    int32_t whole = num_channels / 16 * 16;
    float lanes[16];
    v16 biggest = v_set1(x[0]);
    for (int32_t c = 0; c < whole; c += 16) {
        biggest = v_max(v_load_all(x + c), biggest);
    }
    v_store_all(lanes, biggest);
    float largest = lanes[0];
    for (int32_t i = 1; i < 16; i++) {
        largest = lanes[i] > largest ? lanes[i] : largest;
    }
    for (int32_t c = whole; c < num_channels; c++) {
        largest = x[c] > largest ? x[c] : largest;
    }
    return largest;
}

void ET_NAME(softmax_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                          float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        v16 biggest = v_set1(biggest_of(num_channels, x[t]));
        v16 sums[2] = {v_zero(), v_zero()};
        V_EACH_HALF(num_channels, {
            v16 y = v_keep(v_exp(v_sub(v_load(x[t] + c, count), biggest)), count);
            sums[half] = v_add(sums[half], y);
            v_store(out[t] + c, y, count);
        });
        v16 inverse = v_set1(1.0f / v_fold_row(sums));
        V_EACH_BLOCK(num_channels, {
            v_store(out[t] + c, v_mul(v_load(out[t] + c, count), inverse), count);
        });
    }
}
