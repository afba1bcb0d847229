/* Norms and softmax over the channels of a row: the definition. */
#include "simd/scalar.h"

static float mean_square(int32_t num_channels, const float *x, float mean) {
    float squares[ET_NUM_PARTIAL_SUMS] = {0};
    for (int32_t c = 0; c < num_channels; c++) {
        float deviation = x[c] - mean;
        float *partial = &squares[c % ET_NUM_PARTIAL_SUMS];
        *partial = fmaf(deviation, deviation, *partial);
    }
    return et_fold_sums(squares) / (float)num_channels;
}

static void normalize(int32_t num_channels, const float *x, float mean, float factor,
                      const float *gain, const float *bias, float *out) {
    for (int32_t c = 0; c < num_channels; c++) {
        float y = (x[c] - mean) * factor;
        out[c] = fmaf(y, gain ? gain[c] : 1.0f, bias ? bias[c] : 0.0f);
    }
}

void et_rms_norm_f32__generic(int32_t num_rows, int32_t num_channels,
                              const float *const *x, const float *gain,
                              const float *bias, float epsilon, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float factor = 1.0f / sqrtf(mean_square(num_channels, x[t], 0.0f) + epsilon);
        normalize(num_channels, x[t], 0.0f, factor, gain, bias, out[t]);
    }
}

void et_layer_norm_f32__generic(int32_t num_rows, int32_t num_channels,
                                const float *const *x, const float *gain,
                                const float *bias, float epsilon, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float sums[ET_NUM_PARTIAL_SUMS] = {0};
        for (int32_t c = 0; c < num_channels; c++) {
            sums[c % ET_NUM_PARTIAL_SUMS] += x[t][c];
        }
        float mean = et_fold_sums(sums) / (float)num_channels;
        float factor = 1.0f / sqrtf(mean_square(num_channels, x[t], mean) + epsilon);
        normalize(num_channels, x[t], mean, factor, gain, bias, out[t]);
    }
}

void et_softmax_f32__generic(int32_t num_rows, int32_t num_channels,
                             const float *const *x, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        float biggest = x[t][0];
        for (int32_t c = 1; c < num_channels; c++) {
            biggest = et_max(biggest, x[t][c]);
        }
        float sums[ET_NUM_PARTIAL_SUMS] = {0};
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = et_exp(x[t][c] - biggest);
            sums[c % ET_NUM_PARTIAL_SUMS] += out[t][c];
        }
        float inverse = 1.0f / et_fold_sums(sums);
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] *= inverse;
        }
    }
}
