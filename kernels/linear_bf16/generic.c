/* Linear layers and dense convolutions with weights in bfloat16: the definition. */
#include "linear_layout.h"
#include "simd/scalar.h"

enum { PANEL_COLUMNS = 32 };

static float column_value(const et_linear *layer, int32_t panel, int32_t column,
                          const float *const *taps) {
    size_t width = (size_t)et_panel_width(layer, PANEL_COLUMNS, panel);
    size_t inputs = (size_t)layer->num_inputs, num_taps = (size_t)layer->num_taps;
    const char *start = layer->packed;
    start += (size_t)panel * et_panel_nbytes_bf16(layer, PANEL_COLUMNS);
    const uint16_t *weights = (const uint16_t *)start;
    const float *bias = (const float *)(weights + inputs * num_taps * width);
    float y = bias[column];
    for (size_t tap = 0; tap < num_taps; tap++) {
        for (size_t k = 0; k < inputs; k++) {
            float w = et_from_bf16(weights[(tap * inputs + k) * width + (size_t)column]);
            y = fmaf(taps[tap][k], w, y);
        }
    }
    return y;
}

void et_linear_bf16__generic(const et_linear *layer, int32_t num_rows,
                             const float *const *x, const et_epilogue *epilogue,
                             float *const *out) {
    assert(num_rows >= 1 && layer->num_outputs >= 1 && layer->num_taps >= 1);
    assert((epilogue->gate != ET_GATE_NONE) == (layer->gated != 0));
    int32_t per_panel = et_outputs_per_panel(layer, PANEL_COLUMNS);
    for (int32_t t = 0; t < num_rows; t++) {
        const float *const *taps = x + (size_t)t * (size_t)layer->num_taps;
        for (int32_t n = 0; n < layer->num_outputs; n++) {
            int32_t panel = n / per_panel;
            int32_t column = n % per_panel;
            float y = column_value(layer, panel, column, taps), gate = 0.0f;
            if (layer->gated) {
                int32_t half = et_panel_width(layer, PANEL_COLUMNS, panel) / 2;
                gate = column_value(layer, panel, column + half, taps);
            }
            out[t][n] = et_finish(epilogue, t, n, y, gate);
        }
    }
}
