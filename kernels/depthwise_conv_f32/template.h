/*
 * Depthwise (dilated) convolution from ring rows, over the vector vocabulary. A file per
 * ISA defines VECTORS, the vectors of channels that four frames have accumulators for:
 * rows of a ring are far apart, so it pays to ask for much of many at once.
 */
#include "simd/vec_math.h"

/* Frames that share each load of a weight. */
enum { FRAMES = 4 };

typedef struct convolution {
    int32_t num_channels;
    int32_t num_taps;
    const float *const *x;
    const float *weights;
    const float *bias;
    const float *const *residual;
    float *const *out;
} convolution;

/* Channels c .. c + 16 * vectors - 1 of `frames` rows from row t on, through all taps:
 * sums stay in their registers. Of a single vector `count` channels exist. */
V_INLINE void convolve_block(const int frames, const int vectors, const convolution *conv,
                             int32_t t, int32_t c, int32_t count) {
    const int32_t num_taps = conv->num_taps;
    const float *const *x = conv->x + (size_t)t * num_taps;
    v16 y[FRAMES * VECTORS];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++) {
        const int32_t at = c + 16 * j;
        v16 start = conv->bias ? v_load(conv->bias + at, count) : v_zero();
#pragma GCC unroll 4
        for (int i = 0; i < frames; i++) {
            y[i * vectors + j] =
                conv->residual ? v_add(start, v_load(conv->residual[t + i] + at, count))
                               : start;
        }
    }
    const float *w = conv->weights + c;
    for (int32_t tap = 0; tap < num_taps; tap++, w += conv->num_channels) {
        v16 weight[VECTORS];
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++) {
            weight[j] = v_load(w + 16 * j, count);
        }
#pragma GCC unroll 4
        for (int i = 0; i < frames; i++) {
            const float *row = x[i * num_taps + tap] + c;
#pragma GCC unroll 4
            for (int j = 0; j < vectors; j++) {
                const int at = i * vectors + j;
                y[at] = v_fma(v_load(row + 16 * j, count), weight[j], y[at]);
            }
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < frames; i++) {
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++) {
            v_store(conv->out[t + i] + c + 16 * j, y[i * vectors + j], count);
        }
    }
}

V_INLINE void convolve_frames(const int frames, const convolution *conv, int32_t t) {
    int32_t c = 0;
    for (; c + 16 * VECTORS <= conv->num_channels; c += 16 * VECTORS) {
        convolve_block(frames, VECTORS, conv, t, c, 16);
    }
    for (; VECTORS > 1 && c + 16 <= conv->num_channels; c += 16) {
        convolve_block(frames, 1, conv, t, c, 16);
    }
    if (c < conv->num_channels) {
        convolve_block(frames, 1, conv, t, c, conv->num_channels - c);
    }
}

void ET_NAME(depthwise_conv_f32)(int32_t num_rows, int32_t num_channels,
                                 int32_t num_taps, const float *const *x,
                                 const float *weights, const float *bias,
                                 const float *const *residual, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1 && num_taps >= 1);
    const convolution conv = {num_channels, num_taps, x, weights, bias, residual, out};
    int32_t t = 0;
    for (; t + FRAMES <= num_rows; t += FRAMES) {
        convolve_frames(FRAMES, &conv, t);
    }
    for (; t < num_rows; t++) {
        convolve_frames(1, &conv, t);
    }
}
