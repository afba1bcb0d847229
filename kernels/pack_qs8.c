/* Packs int8 weights into the layout of a kernel table (linear_layout.h), and back. */
#include <assert.h>
#include <string.h>

#include "linear_layout.h"

static void check(const et_linear *layer) {
    assert(layer->num_outputs >= 1 && layer->num_inputs >= 1 && layer->num_taps >= 1);
    assert((int64_t)layer->num_inputs * layer->num_taps <= 65536);
    assert(layer->gated == 0 || layer->gated == 1);
    (void)layer;
}

/* Byte of weight (tap, k) of a column within its panel. */
static size_t weight_index(const et_kernel_table *table, const et_linear *layer, et_place p,
                           int32_t tap, int32_t k) {
    size_t group_size = (size_t)table->qs8_inputs_group;
    size_t padded = et_qs8_padded(layer->num_inputs);
    size_t group = ((size_t)tap * padded + (size_t)k) / group_size;
    return (group * p.width + p.column) * group_size + (size_t)k % group_size;
}

static uint8_t *panel_start(const et_linear *layer, int32_t panel_columns, int32_t panel,
                            void *packed) {
    return (uint8_t *)packed + panel * et_panel_nbytes_qs8(layer, panel_columns);
}

/* The panel's scales; its biases follow. */
static float *panel_scales(const et_linear *layer, et_place p, uint8_t *start) {
    return (float *)(start + et_panel_nbytes_qs8(layer, p.width)) - 2 * p.width;
}

size_t et_packed_nbytes_qs8(const et_kernel_table *table, const et_linear *layer) {
    check(layer);
    int32_t columns = table->qs8_panel_columns;
    int32_t last = et_num_panels(layer, columns) - 1;
    int32_t width = et_panel_width(layer, columns, last);
    return last * et_panel_nbytes_qs8(layer, columns) + et_panel_nbytes_qs8(layer, width);
}

/* Copies whole groups of one column, `step` bytes apart, and returns how many inputs. Adding
 * 128 to a byte is flipping its top bit. Sizes are constants: memcpy is then one move. */
static int32_t copy_groups(const int8_t *from, int32_t count, int32_t group_size,
                           int32_t offset, size_t step, uint8_t *to) {
    int32_t k = 0;
    if (group_size == 4) {
        const uint32_t flip = offset ? UINT32_C(0x80808080) : 0;
        for (; k + 4 <= count; k += 4, to += step) {
            uint32_t group;
            memcpy(&group, from + k, 4);
            group ^= flip;
            memcpy(to, &group, 4);
        }
    } else {
        assert(group_size == 8);
        const uint64_t flip = offset ? UINT64_C(0x8080808080808080) : 0;
        for (; k + 8 <= count; k += 8, to += step) {
            uint64_t group;
            memcpy(&group, from + k, 8);
            group ^= flip;
            memcpy(to, &group, 8);
        }
    }
    return k;
}

int32_t et_pack_linear_qs8(const et_kernel_table *table, const et_linear *layer,
                           const int8_t *weights, const float *scale, const float *bias,
                           void *packed) {
    check(layer);
    int32_t columns = table->qs8_panel_columns;
    size_t nbytes = et_packed_nbytes_qs8(table, layer);
    const int32_t group_size = table->qs8_inputs_group;
    size_t row_size = (size_t)layer->num_inputs * (size_t)layer->num_taps;
    int32_t bad = 0; /* no early exit: the loop then is vector code */
    for (size_t i = 0; i < row_size * (size_t)et_num_weight_rows(layer); i++) {
        bad |= weights[i] == -128;
    }
    if (bad) {
        return -1;
    }
    memset(packed, table->qs8_offset, nbytes);
    /* Padded columns have scale and bias 0. */
    for (int32_t panel = 0; panel < et_num_panels(layer, columns); panel++) {
        et_place p = {panel, et_panel_width(layer, columns, panel), 0};
        float *scales = panel_scales(layer, p, panel_start(layer, columns, panel, packed));
        memset(scales, 0, 2 * (size_t)p.width * sizeof(float));
    }
    for (int32_t row = 0; row < et_num_weight_rows(layer); row++) {
        et_place p = et_place_of(layer, columns, row);
        uint8_t *start = panel_start(layer, columns, p.panel, packed);
        const int8_t *from = weights + (size_t)row * row_size;
        for (int32_t tap = 0; tap < layer->num_taps; tap++) {
            /* Groups of a column are one panel row apart; a tap starts with a group. */
            uint8_t *to = start + weight_index(table, layer, p, tap, 0);
            const size_t step = (size_t)(p.width * group_size);
            const int32_t inputs = layer->num_inputs;
            int32_t k =
                copy_groups(from, inputs, group_size, table->qs8_offset, step, to);
            to += (size_t)(k / group_size) * step;
            for (int32_t j = 0; k < inputs; j++, k++)
                to[j] = (uint8_t)(from[k] + table->qs8_offset);
            from += inputs;
        }
        float *scales = panel_scales(layer, p, start);
        scales[p.column] = scale[row];
        scales[p.width + p.column] = bias ? bias[row] : 0.0f;
    }
    return 0;
}

void et_unpack_linear_qs8(const et_kernel_table *table, const et_linear *layer,
                          int8_t *weights, float *scale, float *bias) {
    check(layer);
    int32_t columns = table->qs8_panel_columns;
    for (int32_t row = 0; row < et_num_weight_rows(layer); row++) {
        et_place p = et_place_of(layer, columns, row);
        uint8_t *start = panel_start(layer, columns, p.panel, (void *)layer->packed);
        for (int32_t tap = 0; weights && tap < layer->num_taps; tap++) {
            for (int32_t k = 0; k < layer->num_inputs; k++) {
                int32_t byte = start[weight_index(table, layer, p, tap, k)];
                *weights++ = (int8_t)(uint8_t)(byte - table->qs8_offset);
            }
        }
        const float *scales = panel_scales(layer, p, start);
        if (scale) {
            scale[row] = scales[p.column];
        }
        if (bias) {
            bias[row] = scales[p.width + p.column];
        }
    }
}
