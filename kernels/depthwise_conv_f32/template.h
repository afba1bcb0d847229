/* Depthwise (dilated) convolution from ring rows, over the vector vocabulary. */
#include "simd/vec_math.h"

/* Frames that share each load of a weight. */
enum { FRAMES = 4 };

/* Sixteen channels of `frames` rows through all taps: sums stay in their registers. */
V_INLINE void convolve_block(const int frames, int32_t num_channels, int32_t num_taps,
                             const float *const *x, const float *weights,
                             const float *bias, const float *const *residual, int32_t c,
                             int32_t count, float *const *out) {
    v16 start = bias ? v_load(bias + c, count) : v_zero();
    v16 y[FRAMES];
#pragma GCC unroll 4
    for (int i = 0; i < frames; i++) {
        y[i] = residual ? v_add(start, v_load(residual[i] + c, count)) : start;
    }
    const float *w = weights + c;
    for (int32_t tap = 0; tap < num_taps; tap++, w += num_channels) {
        v16 weight = v_load(w, count);
#pragma GCC unroll 4
        for (int i = 0; i < frames; i++) {
            y[i] = v_fma(v_load(x[i * num_taps + tap] + c, count), weight, y[i]);
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < frames; i++) {
        v_store(out[i] + c, y[i], count);
    }
}

void ET_NAME(depthwise_conv_f32)(int32_t num_rows, int32_t num_channels,
                                 int32_t num_taps, const float *const *x,
                                 const float *weights, const float *bias,
                                 const float *const *residual, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1 && num_taps >= 1);
    int32_t t = 0;
    for (; t + FRAMES <= num_rows; t += FRAMES) {
        const float *const *taps = x + (size_t)t * num_taps;
        const float *const *added = residual ? residual + t : NULL;
        V_EACH_BLOCK(num_channels, {
            convolve_block(FRAMES, num_channels, num_taps, taps, weights, bias, added, c,
                           count, out + t);
        });
    }
    for (; t < num_rows; t++) {
        const float *const *taps = x + (size_t)t * num_taps;
        const float *const *added = residual ? residual + t : NULL;
        V_EACH_BLOCK(num_channels, {
            convolve_block(1, num_channels, num_taps, taps, weights, bias, added, c,
                           count, out + t);
        });
    }
}
