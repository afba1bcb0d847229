/* Arithmetic on whole rows, over the vector vocabulary; the definition is generic.c. */
#include "simd/vec_math.h"

void ET_NAME(add_f32)(int32_t num_rows, int32_t num_channels, const float *const *a,
                      const float *const *b, float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        V_EACH_BLOCK(num_channels, {
            v_store(out[t] + c, v_add(v_load(a[t] + c, count), v_load(b[t] + c, count)),
                    count);
        });
    }
}

void ET_NAME(mul_f32)(int32_t num_rows, int32_t num_channels, const float *const *a,
                      const float *const *b, float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        V_EACH_BLOCK(num_channels, {
            v_store(out[t] + c, v_mul(v_load(a[t] + c, count), v_load(b[t] + c, count)),
                    count);
        });
    }
}

void ET_NAME(scale_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                        float scale, float offset, float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        V_EACH_BLOCK(num_channels, {
            v16 y = v_fma(v_load(x[t] + c, count), v_set1(scale), v_set1(offset));
            v_store(out[t] + c, y, count);
        });
    }
}

static void multiply_add_row(int32_t num_channels, const float *x, const float *gain,
                             const float *bias, float *out) {
    V_EACH_BLOCK(num_channels, {
        v16 y = v_fma(v_load(x + c, count), v_load(gain + c, count),
                      v_load(bias + c, count));
        v_store(out + c, y, count);
    });
}

void ET_NAME(affine_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                         const float *gain, const float *bias, float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        multiply_add_row(num_channels, x[t], gain, bias, out[t]);
    }
}

void ET_NAME(film_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                       const float *const *gain, const float *const *bias,
                       float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        multiply_add_row(num_channels, x[t], gain[t], bias[t], out[t]);
    }
}

void ET_NAME(clamp_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                        float low, float high, float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        V_EACH_BLOCK(num_channels, {
            v_store(out[t] + c, v_clamp(v_load(x[t] + c, count), low, high), count);
        });
    }
}
