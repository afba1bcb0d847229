/* The interpreter behind executor.h: resolves row pointers, calls kernels. */
#include "executor.h"
#include "op_split.h"
#include "sequence_ops.h"
#include "stream_rows.h"
#include "workers.h"

#include <assert.h>
#include <string.h>

static inline float *absmax_of(const et_pass *pass, const et_op *op) {
    return op->absmax ? pass->stream->absmax + pass->first : NULL;
}

static inline et_epilogue epilogue_of(const et_pass *pass, const et_op *op) {
    return (et_epilogue){
        .activation = op->activation,
        .gate = op->gate,
        .alpha = op->alpha,
        .residual = float_in(pass, op->residual),
        .absmax = absmax_of(pass, op),
    };
}

static void call_linear(const et_pass *pass, const et_op *op, const et_linear *layer,
                        int32_t rows, const et_epilogue *epilogue, mutable_float_rows out) {
    const et_kernel_table *kernels = pass->program->kernels;
    const char *const *window = window_rows(pass, op);
    if (epilogue->absmax)
        memset(epilogue->absmax, 0, (size_t)rows * sizeof(float));
    const int8_t *const *q = (const int8_t *const *)window;
    float_rows x = (float_rows)(const void *)window;
    if (op->kind == ET_OP_LINEAR_QS8)
        kernels->linear_qs8(layer, rows, q, epilogue, out);
    else if (op->kind == ET_OP_LINEAR_Q4)
        kernels->linear_q4(layer, rows, q, epilogue, out);
    else if (op->kind == ET_OP_LINEAR_BF16)
        kernels->linear_bf16(layer, rows, x, epilogue, out);
    else
        kernels->linear_f32(layer, rows, x, epilogue, out);
}

static void run_linear(const et_pass *pass, const et_op *op, int32_t rows) {
    const et_epilogue epilogue = epilogue_of(pass, op);
    call_linear(pass, op, &op->linear, rows, &epilogue, float_out(pass, op->out));
}

/* Some panels of a linear layer; absmax (rows,) receives the maxima of their columns. */
static void run_columns(const et_pass *pass, const et_op *op, int32_t rows,
                        const et_columns *columns, float *absmax) {
    const float *residual[ET_COLUMN_ROWS];
    float *out[ET_COLUMN_ROWS];
    et_epilogue epilogue = epilogue_of(pass, op);
    assert(rows <= ET_COLUMN_ROWS);
    for (int32_t t = 0; t < rows; t++) {
        out[t] = float_out(pass, op->out)[t] + columns->first;
        residual[t] = epilogue.residual ? epilogue.residual[t] + columns->first : NULL;
    }
    if (epilogue.residual)
        epilogue.residual = residual;
    if (epilogue.absmax)
        epilogue.absmax = absmax;
    call_linear(pass, op, &columns->layer, rows, &epilogue, out);
}

/* out row t gets num_taps rows of the input side by side. */
static void run_copy(const et_pass *pass, const et_op *op, int32_t rows) {
    const int32_t channels = pass->program->views[op->in[0]].num_channels;
    const size_t nbytes = (size_t)channels * sizeof(float);
    char *const *in = rows_of(pass, op->in[0]) + (int64_t)pass->first * (op->num_taps - 1);
    char *const *out = rows_of(pass, op->out);
    for (int32_t t = 0; t < rows; t++)
        for (int32_t part = 0; part < op->num_taps; part++)
            memcpy(out[t] + (size_t)part * nbytes, *in++, nbytes);
}

static int run_embed(const et_pass *pass, const et_op *op, int32_t rows) {
    const int32_t channels = pass->program->views[op->out].num_channels;
    const float *table = op->tensor;
    char *const *ids = rows_of(pass, op->in[0]);
    mutable_float_rows out = float_out(pass, op->out);
    for (int32_t t = 0; t < rows; t++) {
        int64_t id;
        memcpy(&id, ids[t], sizeof id);
        if (id < 0 || id >= op->num_entries)
            return -1;
        const float *entry = table + id * channels;
        if (op->kind == ET_OP_EMBED)
            memcpy(out[t], entry, (size_t)channels * sizeof(float));
        else
            for (int32_t c = 0; c < channels; c++)
                out[t][c] += entry[c];
    }
    return 0;
}

/* Runs `rows` rows of an op, from row pass->first on. */
static int run_rows(const et_pass *pass, const et_op *op, int32_t rows) {
    const et_kernel_table *k = pass->program->kernels;
    const int32_t channels = pass->program->views[op->out].num_channels;
    float_rows x = float_in(pass, op->in[0]);
    mutable_float_rows out = float_out(pass, op->out);
    int8_t *const *q = (int8_t *const *)rows_of(pass, op->out);
    switch ((et_op_kind)op->kind) {
    case ET_OP_QUANTIZE:
        k->quantize_rows_qs8(rows, channels, x, absmax_of(pass, op), q);
        return 0;
    case ET_OP_RMS_NORM_QUANTIZE:
        k->rms_norm_quantize_qs8(rows, channels, x, op->alpha, q);
        return 0;
    case ET_OP_LAYER_NORM_QUANTIZE:
        k->layer_norm_quantize_qs8(rows, channels, x, op->alpha, q);
        return 0;
    case ET_OP_LINEAR_QS8:
    case ET_OP_LINEAR_Q4:
    case ET_OP_LINEAR_F32:
    case ET_OP_LINEAR_BF16:
        run_linear(pass, op, rows);
        return 0;
    case ET_OP_DEPTHWISE_CONV:
        k->depthwise_conv_f32(rows, channels, op->num_taps,
                              (float_rows)(const void *)window_rows(pass, op),
                              op->tensor, op->tensor2, float_in(pass, op->residual), out);
        return 0;
    case ET_OP_RMS_NORM:
        k->rms_norm_f32(rows, channels, x, op->tensor, op->tensor2, op->alpha, out);
        return 0;
    case ET_OP_LAYER_NORM:
        k->layer_norm_f32(rows, channels, x, op->tensor, op->tensor2, op->alpha, out);
        return 0;
    case ET_OP_ADD:
        k->add_f32(rows, channels, x, float_in(pass, op->in[1]), out);
        return 0;
    case ET_OP_MUL:
        k->mul_f32(rows, channels, x, float_in(pass, op->in[1]), out);
        return 0;
    case ET_OP_SCALE:
        k->scale_f32(rows, channels, x, op->alpha, op->beta, out);
        return 0;
    case ET_OP_AFFINE:
        k->affine_f32(rows, channels, x, op->tensor, op->tensor2, out);
        return 0;
    case ET_OP_FILM:
        k->film_f32(rows, channels, x, float_in(pass, op->in[1]),
                    float_in(pass, op->in[2]), out);
        return 0;
    case ET_OP_CLAMP:
        k->clamp_f32(rows, channels, x, op->alpha, op->beta, out);
        return 0;
    case ET_OP_ACTIVATE:
        k->activate_f32(rows, channels, op->activation, op->alpha, x, out);
        return 0;
    case ET_OP_GATE:
        k->gate_f32(rows, channels, op->gate, x, float_in(pass, op->in[1]), out);
        return 0;
    case ET_OP_SNAKE:
        k->snake_f32(rows, channels, x, op->tensor, op->tensor2, out);
        return 0;
    case ET_OP_COPY:
        run_copy(pass, op, rows);
        return 0;
    case ET_OP_EMBED:
    case ET_OP_EMBED_ADD:
        return run_embed(pass, op, rows);
    case ET_OP_STORE_KEYS:
        et_store_keys(pass, op, rows);
        return 0;
    case ET_OP_ATTENTION:
        et_run_attention(pass, op, rows);
        return 0;
    case ET_OP_ROTARY:
        et_run_rotary(pass, op, rows);
        return 0;
    case ET_OP_INVERSE_FFT:
        k->inverse_fft_f32(rows, channels, x, op->tensor, op->tensor2, pass->stream->work,
                           out);
        return 0;
    case ET_OP_OVERLAP_ADD:
        et_run_overlap_add(pass, op, rows);
        return 0;
    case ET_OP_MATCH_RMS:
        et_run_match_rms(pass, op, rows);
        return 0;
    case ET_NUM_OPS:
        break;
    }
    assert(!"unknown op");
    return -1;
}

/* One op that several threads share. */
typedef struct shared_op {
    const et_pass *pass;
    const et_op *op;
    const et_split *split;
    int32_t num_rows;
    float absmax[ET_MAX_CHUNKS][ET_COLUMN_ROWS]; /* of the columns of a chunk */
} shared_op;

static void run_chunk(void *context, int32_t chunk) {
    shared_op *shared = context;
    const int32_t first = et_split_start(shared->split, chunk);
    const int32_t last = et_split_start(shared->split, chunk + 1);
    if (shared->split->by_columns) {
        const et_columns columns =
            et_columns_of(shared->pass->program->kernels, shared->op, first, last);
        run_columns(shared->pass, shared->op, shared->num_rows, &columns,
                    shared->absmax[chunk]);
    } else if (last > first) {
        et_pass part = *shared->pass;
        part.first = first;
        run_rows(&part, shared->op, last - first);
    }
}

/* Both are absolute values: NaN has the largest bits. */
static inline float larger(float a, float b) {
    uint32_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x > y ? a : b;
}

static void share_op(const et_pass *pass, const et_op *op, int32_t rows,
                     const et_split *split) {
    shared_op shared;
    shared.pass = pass;
    shared.op = op;
    shared.split = split;
    shared.num_rows = rows;
    et_workers_share(pass->stream->workers, run_chunk, &shared, split->num_chunks);
    if (!split->by_columns || !op->absmax)
        return;
    float *absmax = pass->stream->absmax;
    memcpy(absmax, shared.absmax[0], (size_t)rows * sizeof *absmax);
    for (int32_t chunk = 1; chunk < split->num_chunks; chunk++)
        for (int32_t t = 0; t < rows; t++)
            absmax[t] = larger(absmax[t], shared.absmax[chunk][t]);
}

static int run_op(const et_pass *pass, const et_op *op) {
    const int32_t rows = view_rows(pass, op->out);
    const int32_t channels = pass->program->views[op->out].num_channels;
    if (has_window(op))
        fill_window(pass, op, rows);
    if (pass->num_threads > 1) {
        const et_split split = et_split_of(pass->program->kernels, op, rows, channels,
                                           pass->num_threads, pass->chunk_cost);
        if (split.num_chunks > 1) {
            share_op(pass, op, rows, &split);
            return 0;
        }
    }
    return run_rows(pass, op, rows);
}

/* Zeroes the rows of an op's output that lie outside the utterance. */
static void zero_outside(const et_pass *pass, const et_op *op) {
    if (op->kind == ET_OP_STORE_KEYS)
        return; /* no rows; none after the end is seen by a row before it */
    const et_view *v = &pass->program->views[op->out];
    const et_buffer *b = &pass->program->buffers[v->buffer];
    const uint64_t rate = (uint64_t)b->rate_num * (uint64_t)v->inner_rows;
    const uint64_t start = ET_FIRST_POSITION * rate + (uint64_t)v->lag;
    const uint64_t end = pass->stream->end;
    const uint64_t stop = end == ET_NO_END ? end : end * rate + (uint64_t)v->lag;
    const size_t nbytes = op->kind <= ET_OP_LAYER_NORM_QUANTIZE
                              ? (size_t)b->row_nbytes
                              : (size_t)v->num_channels * sizeof(float);
    char *const *out = rows_of(pass, op->out);
    const int32_t rows = view_rows(pass, op->out);
    uint64_t row = pass->stream->position * rate;
    for (int32_t t = 0; t < rows; t++, row++)
        if (row < start || row >= stop)
            memset(out[t], 0, nbytes);
}

/* Finds the end of the utterance in the rows to come. */
static void find_end(const et_program *program, et_stream *stream, int32_t num_rows,
                     void *const *externals) {
    const et_buffer *b = &program->buffers[program->views[program->valid].buffer];
    const float *valid = externals[b->external];
    for (int32_t t = 0; t < num_rows && stream->end == ET_NO_END; t++)
        if (valid[t] == 0.0f)
            stream->end = stream->position + (uint64_t)t;
}

void et_stream_prepare(const et_program *program, et_stream *stream) {
    stream->position = ET_FIRST_POSITION;
    stream->end = ET_NO_END;
    for (int32_t i = 0; i < program->num_buffers; i++)
        stream->bases[i] = program->buffers[i].storage == ET_STORAGE_EXTERNAL
                               ? NULL
                               : stream->memory + program->buffers[i].offset;
    /* Scratch stays where it is: its tables are filled here, once. */
    const et_pass pass = {program, stream, program->tile_rows, 0, 0, 1, 0};
    for (int32_t i = 0; i < program->num_views; i++)
        if (program->buffers[program->views[i].buffer].storage == ET_STORAGE_PLAIN)
            fill_table(&pass, i);
}

static int32_t run_pass(const et_pass *pass, int32_t done, void *const *externals) {
    const et_program *program = pass->program;
    et_stream *stream = pass->stream;
    for (int32_t i = 0; i < program->num_buffers; i++) {
        const et_buffer *b = &program->buffers[i];
        if (b->storage == ET_STORAGE_EXTERNAL)
            stream->bases[i] = (char *)externals[b->external] +
                               (int64_t)done * b->rate_num / b->rate_den * b->row_nbytes;
    }
    for (int32_t i = 0; i < program->num_views; i++)
        if (program->buffers[program->views[i].buffer].storage != ET_STORAGE_PLAIN)
            fill_table(pass, i);
    for (int32_t i = 0; i < program->num_ops; i++) {
        if (run_op(pass, &program->ops[i]))
            return i + 1;
        if (pass->at_edge)
            zero_outside(pass, &program->ops[i]);
    }
    stream->position += (uint64_t)pass->num_rows;
    return 0;
}

int32_t et_stream_run(const et_program *program, et_stream *stream, int32_t num_rows,
                      void *const *externals) {
    const int32_t eager = et_workers_eager(stream->workers);
    const int32_t num_threads =
        num_rows > ET_SOLO_ROWS || eager ? et_workers_enter(stream->workers) : 1;
    int32_t status = 0;
    if (program->valid >= 0)
        find_end(program, stream, num_rows, externals);
    for (int32_t done = 0; done < num_rows && !status;) {
        const int32_t left = num_rows - done;
        const int32_t rows = left < program->tile_rows ? left : program->tile_rows;
        const int32_t at_edge =
            program->valid >= 0 &&
            (stream->position < ET_FIRST_POSITION + (uint64_t)program->max_lag ||
             stream->position + (uint64_t)rows > stream->end);
        const et_pass pass = {program, stream, rows, at_edge, 0, num_threads,
                              eager ? 1 : ET_CHUNK_COST};
        status = run_pass(&pass, done, externals);
        done += rows;
    }
    if (num_threads > 1)
        et_workers_leave(stream->workers);
    return status;
}

int32_t et_executor_struct_nbytes(int32_t index) {
    static const int32_t sizes[] = {sizeof(et_buffer),  sizeof(et_view),
                                    sizeof(et_op),      sizeof(et_program),
                                    sizeof(et_stream),  sizeof(et_linear)};
    return index < 0 || index >= (int32_t)(sizeof sizes / sizeof *sizes) ? -1
                                                                         : sizes[index];
}
