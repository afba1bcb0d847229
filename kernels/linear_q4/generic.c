/* Linear layers and dense convolutions with weights of four bits: the definition. */
#include "linear_layout.h"
#include "simd/scalar.h"

enum { PANEL_COLUMNS = 32 };

typedef struct panel {
    const uint8_t *weights;
    const uint16_t *scale;
    const float *bias;
    int32_t width;
} panel;

static panel panel_of(const et_linear *layer, int32_t index) {
    panel p;
    p.width = et_panel_width(layer, PANEL_COLUMNS, index);
    size_t groups = et_num_groups_q4(layer), width = (size_t)p.width;
    p.weights = layer->packed;
    p.weights += (size_t)index * et_panel_nbytes_q4(layer, PANEL_COLUMNS);
    p.scale = (const uint16_t *)(p.weights + groups * (ET_Q4_GROUP / 2) * width);
    p.bias = (const float *)(p.scale + groups * width);
    return p;
}

/* Weight k of a column, counted over all taps. */
static int32_t weight_of(const panel *p, int32_t column, size_t k) {
    size_t step = k / 8, j = k % 8;
    uint8_t both = p->weights[(step * (size_t)p->width + (size_t)column) * 4 + j % 4];
    return (j < 4 ? both & 15 : both >> 4) - 8;
}

static float column_value(const et_linear *layer, const panel *p, int32_t column,
                          const int8_t *const *taps) {
    size_t inputs = (size_t)layer->num_inputs;
    float y = 0.0f;
    for (size_t tap = 0; tap < (size_t)layer->num_taps; tap++) {
        float s = 0.0f, row_scale;
        for (size_t k = 0; k < inputs; k += ET_Q4_GROUP) {
            int32_t sum = 0;
            for (size_t j = k; j < k + ET_Q4_GROUP; j++) {
                sum += taps[tap][j] * weight_of(p, column, tap * inputs + j);
            }
            size_t group = (tap * inputs + k) / ET_Q4_GROUP;
            uint16_t scale = p->scale[group * (size_t)p->width + (size_t)column];
            s = fmaf((float)sum, et_from_bf16(scale), s);
        }
        memcpy(&row_scale, taps[tap] + inputs, sizeof row_scale);
        y = fmaf(s, row_scale, y);
    }
    return y + p->bias[column];
}

void et_linear_q4__generic(const et_linear *layer, int32_t num_rows,
                           const int8_t *const *q, const et_epilogue *epilogue,
                           float *const *out) {
    assert(num_rows >= 1 && layer->num_outputs >= 1 && layer->num_taps >= 1);
    assert((epilogue->gate != ET_GATE_NONE) == (layer->gated != 0));
    assert(layer->num_inputs % ET_Q4_GROUP == 0);
    int32_t per_panel = et_outputs_per_panel(layer, PANEL_COLUMNS);
    for (int32_t t = 0; t < num_rows; t++) {
        const int8_t *const *taps = q + (size_t)t * (size_t)layer->num_taps;
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
