/* Arithmetic on whole rows: the definition. */
#include "simd/scalar.h"

void et_add_f32__generic(int32_t num_rows, int32_t num_channels, const float *const *a,
                         const float *const *b, float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = a[t][c] + b[t][c];
        }
    }
}

void et_mul_f32__generic(int32_t num_rows, int32_t num_channels, const float *const *a,
                         const float *const *b, float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = a[t][c] * b[t][c];
        }
    }
}

void et_scale_f32__generic(int32_t num_rows, int32_t num_channels,
                           const float *const *x, float scale, float offset,
                           float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = fmaf(x[t][c], scale, offset);
        }
    }
}

void et_affine_f32__generic(int32_t num_rows, int32_t num_channels,
                            const float *const *x, const float *gain, const float *bias,
                            float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = fmaf(x[t][c], gain[c], bias[c]);
        }
    }
}

void et_film_f32__generic(int32_t num_rows, int32_t num_channels, const float *const *x,
                          const float *const *gain, const float *const *bias,
                          float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = fmaf(x[t][c], gain[t][c], bias[t][c]);
        }
    }
}

void et_clamp_f32__generic(int32_t num_rows, int32_t num_channels,
                           const float *const *x, float low, float high,
                           float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = et_clamp(x[t][c], low, high);
        }
    }
}
