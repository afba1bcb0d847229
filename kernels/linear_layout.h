/*
 * Layout of packed weights, the same idea on every ISA; only its three numbers differ.
 *
 * Columns (output channels) are cut into panels of `panel_columns`; the last panel is as
 * narrow as multiples of 16 allow (32 when gated), missing columns are zeros. Panels
 * follow each other in the order in which a step reads them:
 *     qs8 panel: weights [num_taps][padded inputs / group][width][group] bytes,
 *                scale [width] float, bias [width] float
 *     f32 panel: weights [num_taps][num_inputs][width] float, bias [width] float
 *     bf16 panel: the same with weights of two bytes
 *     q4 panel:  weights [num_taps][num_inputs / 8][width][4] bytes, each with input j of
 *                eight in its low half and input j + 4 in its high half, both plus 8;
 *                scale [num_taps][groups][width] bfloat16, bias [width] float
 * A gated panel holds width / 2 value columns, then the gate columns that belong to them.
 */
#ifndef ET_LINEAR_LAYOUT_H
#define ET_LINEAR_LAYOUT_H

#include "edge_kernels.h"

static inline int32_t et_outputs_per_panel(const et_linear *layer,
                                           int32_t panel_columns) {
    return layer->gated ? panel_columns / 2 : panel_columns;
}

static inline int32_t et_num_panels(const et_linear *layer, int32_t panel_columns) {
    int32_t outputs = et_outputs_per_panel(layer, panel_columns);
    return (layer->num_outputs + outputs - 1) / outputs;
}

/* Columns of a panel, padding and gates included. */
static inline int32_t et_panel_width(const et_linear *layer, int32_t panel_columns,
                                     int32_t panel) {
    int32_t outputs = et_outputs_per_panel(layer, panel_columns);
    int32_t rest = layer->num_outputs - panel * outputs;
    rest = rest < outputs ? (rest + 15) / 16 * 16 : outputs;
    return layer->gated ? 2 * rest : rest;
}

static inline size_t et_panel_nbytes_qs8(const et_linear *layer, int32_t width) {
    size_t inputs = et_qs8_padded(layer->num_inputs) * (size_t)layer->num_taps;
    return (size_t)width * (inputs + 2 * sizeof(float));
}

static inline size_t et_panel_nbytes_f32(const et_linear *layer, int32_t width) {
    size_t inputs = (size_t)layer->num_inputs * (size_t)layer->num_taps;
    return (size_t)width * (inputs + 1) * sizeof(float);
}

static inline size_t et_panel_nbytes_bf16(const et_linear *layer, int32_t width) {
    size_t inputs = (size_t)layer->num_inputs * (size_t)layer->num_taps;
    return (size_t)width * (inputs * sizeof(uint16_t) + sizeof(float));
}

/* Groups of inputs that share a scale, of all taps. */
static inline size_t et_num_groups_q4(const et_linear *layer) {
    return (size_t)layer->num_inputs / ET_Q4_GROUP * (size_t)layer->num_taps;
}

static inline size_t et_panel_nbytes_q4(const et_linear *layer, int32_t width) {
    size_t group_nbytes = ET_Q4_GROUP / 2 + sizeof(uint16_t);
    return (size_t)width * (et_num_groups_q4(layer) * group_nbytes + sizeof(float));
}

/* Where output row `row` of the plain weights sits: panel and column within it. */
typedef struct et_place {
    int32_t panel;
    int32_t width;
    int32_t column;
} et_place;

static inline et_place et_place_of(const et_linear *layer, int32_t panel_columns,
                                   int32_t row) {
    int32_t is_gate = row >= layer->num_outputs;
    int32_t output = is_gate ? row - layer->num_outputs : row;
    int32_t per_panel = et_outputs_per_panel(layer, panel_columns);
    et_place p;
    p.panel = output / per_panel;
    p.width = et_panel_width(layer, panel_columns, p.panel);
    p.column = output % per_panel + (is_gate ? p.width / 2 : 0);
    return p;
}

static inline int32_t et_num_weight_rows(const et_linear *layer) {
    return layer->num_outputs * (layer->gated ? 2 : 1);
}

#endif
