/* The arithmetic behind op_split.h. */
#include "op_split.h"

#include "linear_layout.h"

/* Vector operations per 64 numbers of output, about; 0 for ops that are not split. */
static const int32_t op_weight[ET_NUM_OPS] = {
    [ET_OP_QUANTIZE] = 24,
    [ET_OP_RMS_NORM_QUANTIZE] = 36,
    [ET_OP_LAYER_NORM_QUANTIZE] = 48,
    [ET_OP_LINEAR_QS8] = 1,  /* per input */
    [ET_OP_LINEAR_F32] = 4,  /* per input */
    [ET_OP_LINEAR_Q4] = 1,   /* per input */
    [ET_OP_LINEAR_BF16] = 4, /* per input */
    [ET_OP_DEPTHWISE_CONV] = 6, /* per tap */
    [ET_OP_RMS_NORM] = 24,
    [ET_OP_LAYER_NORM] = 36,
    [ET_OP_ADD] = 8,
    [ET_OP_MUL] = 8,
    [ET_OP_SCALE] = 8,
    [ET_OP_AFFINE] = 8,
    [ET_OP_FILM] = 12,
    [ET_OP_CLAMP] = 8,
    [ET_OP_ACTIVATE] = 96,
    [ET_OP_GATE] = 128,
    [ET_OP_SNAKE] = 128,
    [ET_OP_COPY] = 8, /* per joined row */
};

static int32_t panel_columns(const et_kernel_table *kernels, const et_op *op) {
    return op->kind == ET_OP_LINEAR_QS8 || op->kind == ET_OP_LINEAR_Q4
               ? kernels->qs8_panel_columns
               : kernels->f32_panel_columns;
}

static size_t panel_nbytes(const et_op *op, int32_t columns) {
    switch (op->kind) {
    case ET_OP_LINEAR_QS8: return et_panel_nbytes_qs8(&op->linear, columns);
    case ET_OP_LINEAR_Q4: return et_panel_nbytes_q4(&op->linear, columns);
    case ET_OP_LINEAR_BF16: return et_panel_nbytes_bf16(&op->linear, columns);
    default: return et_panel_nbytes_f32(&op->linear, columns);
    }
}

static int64_t cost_of(const et_op *op, int32_t num_rows, int32_t num_channels) {
    int64_t weight = op_weight[op->kind];
    int64_t numbers = (int64_t)num_rows * num_channels;
    if (et_is_linear(op)) {
        const et_linear *layer = &op->linear;
        numbers = (int64_t)num_rows * layer->num_outputs;
        weight *= (int64_t)layer->num_inputs * layer->num_taps * (1 + layer->gated);
        if (op->activation != ET_ACTIVATION_NONE || op->gate != ET_GATE_NONE)
            weight += 96;
    } else if (op->kind == ET_OP_DEPTHWISE_CONV || op->kind == ET_OP_COPY) {
        weight *= op->num_taps;
    }
    return numbers * weight / 64;
}

et_split et_split_of(const et_kernel_table *kernels, const et_op *op, int32_t num_rows,
                     int32_t num_channels, int32_t num_threads, int32_t chunk_cost) {
    et_split split = {1, 0, num_rows, 1};
    int64_t most = cost_of(op, num_rows, num_channels) / chunk_cost;
    if (num_threads < 2 || most < 2)
        return split;
    if (et_is_linear(op)) {
        const int32_t panels = et_num_panels(&op->linear, panel_columns(kernels, op));
        const int32_t tiles = num_rows / ET_ROWS_PER_TILE;
        if (num_rows <= ET_COLUMN_ROWS && (panels >= 3 * num_threads || panels >= tiles)) {
            split.by_columns = 1;
            split.num_units = panels;
        } else {
            split.unit = ET_ROWS_PER_TILE;
        }
    }
    const int32_t blocks = (split.num_units + split.unit - 1) / split.unit;
    if (most > blocks)
        most = blocks;
    /* More chunks than threads, so that a late thread takes fewer. */
    if (most > 4 * num_threads)
        most = 4 * num_threads;
    split.num_chunks = most > ET_MAX_CHUNKS ? ET_MAX_CHUNKS : (int32_t)most;
    if (split.num_chunks < 1)
        split.num_chunks = 1;
    return split;
}

et_columns et_columns_of(const et_kernel_table *kernels, const et_op *op,
                         int32_t first_panel, int32_t last_panel) {
    const et_linear *layer = &op->linear;
    const int32_t columns = panel_columns(kernels, op);
    const int32_t per_panel = et_outputs_per_panel(layer, columns);
    const int32_t end = last_panel * per_panel;
    /* All panels before the last are of full width. */
    const size_t nbytes = panel_nbytes(op, columns);
    et_columns part = {*layer, first_panel * per_panel};
    part.layer.num_outputs =
        (end < layer->num_outputs ? end : layer->num_outputs) - part.first;
    part.layer.packed = (const char *)layer->packed + (size_t)first_panel * nbytes;
    return part;
}
