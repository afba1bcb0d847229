/*
 * Addresses of the rows that an op reads and writes in a pass; for the executor alone.
 * Tables of row pointers are filled by the one thread that runs the stream, then read by
 * all that share an op.
 */
#ifndef EDGE_STREAM_ROWS_H
#define EDGE_STREAM_ROWS_H

#include "executor.h"

typedef const float *const *float_rows;
typedef float *const *mutable_float_rows;

/* One pass: at most tile_rows input rows through all ops. */
typedef struct et_pass {
    const et_program *program;
    et_stream *stream;
    int32_t num_rows;    /* input rows of this pass */
    int32_t at_edge;     /* 1: some rows of some view lie outside the utterance */
    int32_t first;       /* row of each view where a part of an op begins */
    int32_t num_threads; /* that may share an op */
    int32_t chunk_cost;  /* least work of a part */
} et_pass;

static inline int32_t view_rows(const et_pass *pass, int32_t view) {
    const et_view *v = &pass->program->views[view];
    const et_buffer *b = &pass->program->buffers[v->buffer];
    return (int32_t)((int64_t)pass->num_rows * b->rate_num / b->rate_den * v->inner_rows);
}

/* Address of row `index` of a view, counted from the first row of this pass; a ring
 * answers for negative indices as well. */
static inline char *row_address(const et_program *program, const et_stream *stream,
                                const et_view *v, int64_t index) {
    const et_buffer *b = &program->buffers[v->buffer];
    int64_t row = index - v->delay, inner = 0;
    if (b->storage == ET_STORAGE_RING) {
        uint64_t first = stream->position / (uint64_t)b->rate_den * (uint64_t)b->rate_num;
        uint64_t absolute = first * (uint64_t)v->inner_rows + (uint64_t)row;
        if (v->inner_rows > 1) {
            inner = (int64_t)(absolute % (uint64_t)v->inner_rows);
            absolute /= (uint64_t)v->inner_rows;
        }
        row = (int64_t)(absolute & b->ring_mask);
    } else if (v->inner_rows > 1) {
        inner = row % v->inner_rows;
        row /= v->inner_rows;
    }
    return stream->bases[v->buffer] + row * b->row_nbytes + inner * v->inner_nbytes +
           v->byte_offset;
}

static inline void fill_table(const et_pass *pass, int32_t view) {
    const et_view *v = &pass->program->views[view];
    char **table = pass->stream->tables + v->table;
    int32_t rows = view_rows(pass, view);
    for (int32_t t = 0; t < rows; t++)
        table[t] = row_address(pass->program, pass->stream, v, t);
}

/* Rows of a view from row pass->first on. */
static inline char *const *rows_of(const et_pass *pass, int32_t view) {
    return pass->stream->tables + pass->program->views[view].table + pass->first;
}

static inline float_rows float_in(const et_pass *pass, int32_t view) {
    return view < 0 ? NULL : (float_rows)(const void *)rows_of(pass, view);
}

static inline mutable_float_rows float_out(const et_pass *pass, int32_t view) {
    return (mutable_float_rows)(const void *)rows_of(pass, view);
}

static inline int has_window(const et_op *op) {
    return op->num_taps > 1 && (et_is_linear(op) || op->kind == ET_OP_DEPTHWISE_CONV ||
                                op->kind == ET_OP_OVERLAP_ADD);
}

/* Row pointers of a window, (num_rows, num_taps), oldest tap first. */
static inline const char *const *window_rows(const et_pass *pass, const et_op *op) {
    if (!has_window(op))
        return (const char *const *)rows_of(pass, op->in[0]);
    return pass->stream->taps + (size_t)pass->first * op->num_taps;
}

/* Fills the row pointers of a window for all rows of an op. */
static inline void fill_window(const et_pass *pass, const et_op *op, int32_t rows) {
    const et_stream *stream = pass->stream;
    const et_view *v = &pass->program->views[op->in[0]];
    const et_buffer *b = &pass->program->buffers[v->buffer];
    const char **taps = stream->taps;
    const int32_t reach = (op->num_taps - 1) * op->dilation;
    if (op->centred) {
        char *const *table = rows_of(pass, op->in[0]);
        for (int32_t t = 0; t < rows; t++) {
            int32_t index = t - reach / 2;
            for (int32_t tap = 0; tap < op->num_taps; tap++, index += op->dilation)
                *taps++ = index < 0 || index >= rows ? stream->zeros : table[index];
        }
    } else if (v->inner_rows == 1 && b->storage == ET_STORAGE_RING) {
        const char *base = stream->bases[v->buffer] + v->byte_offset;
        uint64_t first = stream->position / (uint64_t)b->rate_den * (uint64_t)b->rate_num;
        first -= (uint64_t)(v->delay + reach);
        for (int32_t t = 0; t < rows; t++, first++) {
            uint64_t row = first;
            for (int32_t tap = 0; tap < op->num_taps; tap++, row += (uint64_t)op->dilation)
                *taps++ = base + (int64_t)(row & b->ring_mask) * b->row_nbytes;
        }
    } else {
        for (int32_t t = 0; t < rows; t++)
            for (int32_t tap = 0; tap < op->num_taps; tap++)
                *taps++ = row_address(pass->program, stream, v,
                                      (int64_t)t - reach + (int64_t)tap * op->dilation);
    }
}

#endif
