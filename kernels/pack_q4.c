/* Packs weights of four bits into the layout of a kernel table (linear_layout.h). */
#include <assert.h>
#include <string.h>

#include "linear_layout.h"

enum { OFFSET = 8, INPUTS_PER_STEP = 8, BYTES_PER_STEP = 4 };

size_t et_packed_nbytes_q4(const et_kernel_table *table, const et_linear *layer) {
    assert(layer->num_outputs >= 1 && layer->num_inputs >= 1 && layer->num_taps >= 1);
    assert((int64_t)layer->num_inputs * layer->num_taps <= 65536);
    assert(layer->gated == 0 || layer->gated == 1);
    int32_t columns = table->qs8_panel_columns;
    int32_t last = et_num_panels(layer, columns) - 1;
    int32_t width = et_panel_width(layer, columns, last);
    return (size_t)last * et_panel_nbytes_q4(layer, columns) +
           et_panel_nbytes_q4(layer, width);
}

static int fits(const et_linear *layer, const int8_t *weights) {
    size_t count = (size_t)layer->num_inputs * (size_t)layer->num_taps *
                   (size_t)et_num_weight_rows(layer);
    int bad = 0; /* no early exit: the loop then is vector code */
    for (size_t i = 0; i < count; i++)
        bad |= weights[i] < -OFFSET || weights[i] >= OFFSET;
    return !bad;
}

int32_t et_pack_linear_q4(const et_kernel_table *table, const et_linear *layer,
                          const int8_t *weights, const uint16_t *scale, const float *bias,
                          void *packed) {
    if (layer->num_inputs % ET_Q4_GROUP || !fits(layer, weights))
        return -1;
    const int32_t columns = table->qs8_panel_columns;
    const size_t row_size = (size_t)layer->num_inputs * (size_t)layer->num_taps;
    const size_t num_groups = et_num_groups_q4(layer);
    /* Zeros are weights of -8 with scale 0: padded columns give 0. */
    memset(packed, 0, et_packed_nbytes_q4(table, layer));
    for (int32_t row = 0; row < et_num_weight_rows(layer); row++) {
        et_place p = et_place_of(layer, columns, row);
        const size_t width = (size_t)p.width, column = (size_t)p.column;
        uint8_t *start = (uint8_t *)packed;
        start += (size_t)p.panel * et_panel_nbytes_q4(layer, columns);
        for (size_t step = 0; step < row_size / INPUTS_PER_STEP; step++) {
            uint8_t *to = start + (step * width + column) * BYTES_PER_STEP;
            for (int j = 0; j < BYTES_PER_STEP; j++) {
                int low = weights[j] + OFFSET, high = weights[BYTES_PER_STEP + j] + OFFSET;
                to[j] = (uint8_t)(low | high << 4);
            }
            weights += INPUTS_PER_STEP;
        }
        uint16_t *scales = (uint16_t *)(start + row_size / 2 * width);
        for (size_t group = 0; group < num_groups; group++)
            scales[group * width + column] = *scale++;
        float *biases = (float *)(scales + num_groups * width);
        biases[column] = bias ? bias[row] : 0.0f;
    }
    return 0;
}
