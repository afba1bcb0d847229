/* Linear layers and dense convolutions of quantised rows: the definition. */
#include "linear_layout.h"
#include "simd/scalar.h"

enum { PANEL_COLUMNS = 32, INPUTS_GROUP = 4 };

typedef struct panel {
    const int8_t *weights;
    const float *scale;
    const float *bias;
    int32_t width;
} panel;

static panel panel_of(const et_linear *layer, int32_t index) {
    panel p;
    int8_t *start = (int8_t *)layer->packed;
    start += index * et_panel_nbytes_qs8(layer, PANEL_COLUMNS);
    p.width = et_panel_width(layer, PANEL_COLUMNS, index);
    p.weights = start;
    p.bias = (const float *)(start + et_panel_nbytes_qs8(layer, p.width)) - p.width;
    p.scale = p.bias - p.width;
    return p;
}

static int32_t exact_dot(const panel *p, int32_t tap, int32_t column, int32_t padded,
                         const int8_t *q) {
    int32_t sum = 0;
    for (int32_t k = 0; k < padded; k++) {
        size_t group = ((size_t)tap * padded + k) / INPUTS_GROUP;
        size_t at = (group * p->width + column) * INPUTS_GROUP + k % INPUTS_GROUP;
        sum += (int32_t)q[k] * p->weights[at];
    }
    return sum;
}

static float column_value(const et_linear *layer, const panel *p, int32_t column,
                          const int8_t *const *taps) {
    int32_t padded = (int32_t)et_qs8_padded(layer->num_inputs);
    float y = 0.0f;
    for (int32_t tap = 0; tap < layer->num_taps; tap++) {
        float scale;
        memcpy(&scale, taps[tap] + padded, sizeof scale);
        y = fmaf((float)exact_dot(p, tap, column, padded, taps[tap]), scale, y);
    }
    return fmaf(y, p->scale[column], p->bias[column]);
}

void et_linear_qs8__generic(const et_linear *layer, int32_t num_rows,
                            const int8_t *const *q, const et_epilogue *epilogue,
                            float *const *out) {
    assert(num_rows >= 1 && layer->num_outputs >= 1 && layer->num_taps >= 1);
    assert((epilogue->gate != ET_GATE_NONE) == (layer->gated != 0));
    int32_t per_panel = et_outputs_per_panel(layer, PANEL_COLUMNS);
    for (int32_t t = 0; t < num_rows; t++) {
        const int8_t *const *taps = q + (size_t)t * layer->num_taps;
        for (int32_t n = 0; n < layer->num_outputs; n++) {
            panel p = panel_of(layer, n / per_panel);
            int32_t column = n % per_panel;
            float y = column_value(layer, &p, column, taps), gate = 0.0f;
            if (layer->gated) {
                gate = column_value(layer, &p, column + p.width / 2, taps);
            }
            out[t][n] = et_finish(epilogue, t, n, y, gate);
        }
    }
}
