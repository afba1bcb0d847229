/* Depthwise (dilated) convolution from ring rows: the definition. */
#include "simd/scalar.h"

void et_depthwise_conv_f32__generic(int32_t num_rows, int32_t num_channels,
                                    int32_t num_taps, const float *const *x,
                                    const float *weights, const float *bias,
                                    const float *const *residual, float *const *out) {
    assert(num_rows >= 1 && num_channels >= 1 && num_taps >= 1);
    for (int32_t t = 0; t < num_rows; t++) {
        const float *const *taps = x + (size_t)t * num_taps;
        for (int32_t c = 0; c < num_channels; c++) {
            float y = bias ? bias[c] : 0.0f;
            if (residual) {
                y += residual[t][c];
            }
            for (int32_t tap = 0; tap < num_taps; tap++) {
                y = fmaf(taps[tap][c], weights[(size_t)tap * num_channels + c], y);
            }
            out[t][c] = y;
        }
    }
}
