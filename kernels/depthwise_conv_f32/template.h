/* Depthwise (dilated) convolution from ring rows, over the vector vocabulary. */
#include "simd/vec_math.h"

/* Sixteen channels through all taps: the sum never leaves its register. */
V_INLINE void convolve_block(int32_t num_channels, int32_t num_taps,
                             const float *const *taps, const float *weights,
                             const float *bias, const float *residual, int32_t c,
                             int32_t count, float *out) {
    v16 y = bias ? v_load(bias + c, count) : v_zero();
    if (residual) {
        y = v_add(y, v_load(residual + c, count));
    }
    const float *w = weights + c;
    for (int32_t tap = 0; tap < num_taps; tap++, w += num_channels) {
        y = v_fma(v_load(taps[tap] + c, count), v_load(w, count), y);
    }
    v_store(out + c, y, count);
}

void ET_NAME(depthwise_conv_f32)(int32_t num_rows, int32_t num_channels,
                                 int32_t num_taps, const float *const *x,
                                 const float *weights, const float *bias,
                                 const float *const *residual, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1 && num_taps >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        const float *const *taps = x + (size_t)t * num_taps;
        const float *added = residual ? residual[t] : NULL;
        V_EACH_BLOCK(num_channels, {
            convolve_block(num_channels, num_taps, taps, weights, bias, added, c, count,
                           out[t]);
        });
    }
}
