/* Packs float and bfloat16 weights into the layout of a kernel table (linear_layout.h). */
#include <assert.h>
#include <string.h>

#include "linear_layout.h"

typedef size_t panel_nbytes(const et_linear *layer, int32_t width);

static size_t packed_nbytes(const et_kernel_table *table, const et_linear *layer,
                            panel_nbytes *nbytes) {
    assert(layer->num_outputs >= 1 && layer->num_inputs >= 1 && layer->num_taps >= 1);
    assert((int64_t)layer->num_inputs * layer->num_taps <= 65536);
    assert(layer->gated == 0 || layer->gated == 1);
    int32_t columns = table->f32_panel_columns;
    int32_t last = et_num_panels(layer, columns) - 1;
    int32_t width = et_panel_width(layer, columns, last);
    return (size_t)last * nbytes(layer, columns) + nbytes(layer, width);
}

size_t et_packed_nbytes_f32(const et_kernel_table *table, const et_linear *layer) {
    return packed_nbytes(table, layer, et_panel_nbytes_f32);
}

size_t et_packed_nbytes_bf16(const et_kernel_table *table, const et_linear *layer) {
    return packed_nbytes(table, layer, et_panel_nbytes_bf16);
}

void et_pack_linear_f32(const et_kernel_table *table, const et_linear *layer,
                        const float *weights, const float *bias, void *packed) {
    const int32_t columns = table->f32_panel_columns;
    const size_t row_size = (size_t)layer->num_inputs * (size_t)layer->num_taps;
    memset(packed, 0, et_packed_nbytes_f32(table, layer));
    for (int32_t row = 0; row < et_num_weight_rows(layer); row++) {
        et_place p = et_place_of(layer, columns, row);
        char *panel = (char *)packed + (size_t)p.panel * et_panel_nbytes_f32(layer, columns);
        float *start = (float *)panel;
        for (size_t i = 0; i < row_size; i++)
            start[i * (size_t)p.width + (size_t)p.column] = *weights++;
        start += row_size * (size_t)p.width;
        start[p.column] = bias ? bias[row] : 0.0f;
    }
}

void et_pack_linear_bf16(const et_kernel_table *table, const et_linear *layer,
                         const uint16_t *weights, const float *bias, void *packed) {
    const int32_t columns = table->f32_panel_columns;
    const size_t row_size = (size_t)layer->num_inputs * (size_t)layer->num_taps;
    memset(packed, 0, et_packed_nbytes_bf16(table, layer));
    for (int32_t row = 0; row < et_num_weight_rows(layer); row++) {
        et_place p = et_place_of(layer, columns, row);
        char *panel = (char *)packed + (size_t)p.panel * et_panel_nbytes_bf16(layer, columns);
        uint16_t *start = (uint16_t *)panel;
        for (size_t i = 0; i < row_size; i++)
            start[i * (size_t)p.width + (size_t)p.column] = *weights++;
        float *biases = (float *)(start + row_size * (size_t)p.width);
        biases[p.column] = bias ? bias[row] : 0.0f;
    }
}
