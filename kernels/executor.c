/* The interpreter behind executor.h: resolves row pointers, calls kernels. */
#include "executor.h"

#include <assert.h>
#include <string.h>

typedef const float *const *float_rows;
typedef float *const *mutable_float_rows;

/* One pass: at most tile_rows input rows through all ops. */
typedef struct et_pass {
    const et_program *program;
    et_stream *stream;
    int32_t num_rows; /* input rows of this pass */
    int32_t at_edge;  /* 1: some rows of some view lie outside the utterance */
} et_pass;

static int32_t view_rows(const et_pass *pass, int32_t view) {
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

static void fill_table(const et_pass *pass, int32_t view) {
    const et_view *v = &pass->program->views[view];
    char **table = pass->stream->tables + v->table;
    int32_t rows = view_rows(pass, view);
    for (int32_t t = 0; t < rows; t++)
        table[t] = row_address(pass->program, pass->stream, v, t);
}

static inline char *const *rows_of(const et_pass *pass, int32_t view) {
    return pass->stream->tables + pass->program->views[view].table;
}

static inline float_rows float_in(const et_pass *pass, int32_t view) {
    return view < 0 ? NULL : (float_rows)(const void *)rows_of(pass, view);
}

static inline mutable_float_rows float_out(const et_pass *pass, int32_t view) {
    return (mutable_float_rows)(const void *)rows_of(pass, view);
}

/* Row pointers of a window, (num_rows, num_taps), oldest tap first. */
static const char *const *window_rows(const et_pass *pass, const et_op *op, int32_t rows) {
    if (op->num_taps == 1)
        return (const char *const *)rows_of(pass, op->in[0]);
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
    return stream->taps;
}

static void run_linear(const et_pass *pass, const et_op *op, int32_t rows) {
    const et_kernel_table *kernels = pass->program->kernels;
    float *absmax = op->absmax ? pass->stream->absmax : NULL;
    if (absmax)
        memset(absmax, 0, (size_t)rows * sizeof *absmax);
    const et_epilogue epilogue = {
        .activation = op->activation,
        .gate = op->gate,
        .alpha = op->alpha,
        .residual = float_in(pass, op->residual),
        .absmax = absmax,
    };
    const char *const *window = window_rows(pass, op, rows);
    mutable_float_rows out = float_out(pass, op->out);
    if (op->kind == ET_OP_LINEAR_QS8)
        kernels->linear_qs8(&op->linear, rows, (const int8_t *const *)window, &epilogue,
                            out);
    else
        kernels->linear_f32(&op->linear, rows, (float_rows)(const void *)window, &epilogue,
                            out);
}

/* out row t gets num_taps rows of the input side by side. */
static void run_copy(const et_pass *pass, const et_op *op, int32_t rows) {
    const int32_t channels = pass->program->views[op->in[0]].num_channels;
    const size_t nbytes = (size_t)channels * sizeof(float);
    char *const *in = rows_of(pass, op->in[0]);
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

/* Row of a ring's newest rows that the first row of this pass takes. */
static uint64_t first_ring_row(const et_pass *pass, const et_buffer *b) {
    return pass->stream->position / (uint64_t)b->rate_den * (uint64_t)b->rate_num;
}

static void run_store_keys(const et_pass *pass, const et_op *op, int32_t rows) {
    const et_view *v = &pass->program->views[op->out];
    const et_buffer *b = &pass->program->buffers[v->buffer];
    const size_t channels = (size_t)v->num_channels;
    float *keys = (float *)(void *)pass->stream->bases[v->buffer];
    const uint64_t first = first_ring_row(pass, b);
    float_rows x = float_in(pass, op->in[0]);
    for (int32_t t = 0; t < rows; t++) {
        const size_t slot = (size_t)((first + (uint64_t)t) & b->ring_mask);
        float *to = keys + slot / ET_KEY_BLOCK * channels * ET_KEY_BLOCK;
        to += slot % ET_KEY_BLOCK;
        for (size_t c = 0; c < channels; c++)
            to[c * ET_KEY_BLOCK] = x[t][c];
    }
}

static void run_attention(const et_pass *pass, const et_op *op, int32_t rows) {
    const et_stream *stream = pass->stream;
    const et_program *program = pass->program;
    const et_buffer *keys = &program->buffers[program->views[op->in[1]].buffer];
    const et_buffer *values = &program->buffers[program->views[op->in[2]].buffer];
    et_attention attention = {
        .num_heads = op->num_heads,
        .num_kv_heads = op->num_kv_heads,
        .head_dim = program->views[op->in[0]].num_channels / op->num_heads,
        .window = op->window,
        .scale = op->alpha,
        .value_stride = (int32_t)(values->row_nbytes / (int64_t)sizeof(float)),
        .row_mask = UINT64_MAX,
        .keys = (const float *)(const void *)stream->bases[program->views[op->in[1]].buffer],
        .values = (const float *)(const void *)stream->bases[program->views[op->in[2]].buffer],
        .scores = stream->scores,
    };
    if (op->window) {
        attention.scores_stride = et_scores_stride(op->window);
        attention.row_mask = keys->ring_mask;
        attention.position = first_ring_row(pass, keys);
        attention.first_key =
            ET_FIRST_POSITION / (uint64_t)keys->rate_den * (uint64_t)keys->rate_num;
    } else {
        const int32_t held = stream->held_rows[keys->external];
        attention.scores_stride = et_scores_stride(held);
        attention.last_key = (uint64_t)held - 1;
    }
    program->kernels->attention_f32(&attention, rows, float_in(pass, op->in[0]),
                                    float_out(pass, op->out));
}

static int run_op(const et_pass *pass, const et_op *op) {
    const et_kernel_table *k = pass->program->kernels;
    const int32_t rows = view_rows(pass, op->out);
    const int32_t channels = pass->program->views[op->out].num_channels;
    float_rows x = float_in(pass, op->in[0]);
    mutable_float_rows out = float_out(pass, op->out);
    int8_t *const *q = (int8_t *const *)rows_of(pass, op->out);
    switch ((et_op_kind)op->kind) {
    case ET_OP_QUANTIZE:
        k->quantize_rows_qs8(rows, channels, x, op->absmax ? pass->stream->absmax : NULL,
                             q);
        return 0;
    case ET_OP_RMS_NORM_QUANTIZE:
        k->rms_norm_quantize_qs8(rows, channels, x, op->alpha, q);
        return 0;
    case ET_OP_LAYER_NORM_QUANTIZE:
        k->layer_norm_quantize_qs8(rows, channels, x, op->alpha, q);
        return 0;
    case ET_OP_LINEAR_QS8:
    case ET_OP_LINEAR_F32:
        run_linear(pass, op, rows);
        return 0;
    case ET_OP_DEPTHWISE_CONV:
        k->depthwise_conv_f32(rows, channels, op->num_taps,
                              (float_rows)(const void *)window_rows(pass, op, rows),
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
        run_store_keys(pass, op, rows);
        return 0;
    case ET_OP_ATTENTION:
        run_attention(pass, op, rows);
        return 0;
    case ET_NUM_OPS:
        break;
    }
    assert(!"unknown op");
    return -1;
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
    const et_pass pass = {program, stream, program->tile_rows, 0};
    for (int32_t i = 0; i < program->num_views; i++)
        if (program->buffers[program->views[i].buffer].storage == ET_STORAGE_PLAIN)
            fill_table(&pass, i);
}

int32_t et_stream_run(const et_program *program, et_stream *stream, int32_t num_rows,
                      void *const *externals) {
    if (program->valid >= 0)
        find_end(program, stream, num_rows, externals);
    for (int32_t done = 0; done < num_rows;) {
        const int32_t left = num_rows - done;
        const int32_t rows = left < program->tile_rows ? left : program->tile_rows;
        const int32_t at_edge =
            program->valid >= 0 &&
            (stream->position < ET_FIRST_POSITION + (uint64_t)program->max_lag ||
             stream->position + (uint64_t)rows > stream->end);
        const et_pass pass = {program, stream, rows, at_edge};
        for (int32_t i = 0; i < program->num_buffers; i++) {
            const et_buffer *b = &program->buffers[i];
            if (b->storage == ET_STORAGE_EXTERNAL)
                stream->bases[i] = (char *)externals[b->external] +
                                   (int64_t)done * b->rate_num / b->rate_den * b->row_nbytes;
        }
        for (int32_t i = 0; i < program->num_views; i++)
            if (program->buffers[program->views[i].buffer].storage != ET_STORAGE_PLAIN)
                fill_table(&pass, i);
        for (int32_t i = 0; i < program->num_ops; i++) {
            if (run_op(&pass, &program->ops[i]))
                return i + 1;
            if (at_edge)
                zero_outside(&pass, &program->ops[i]);
        }
        stream->position += (uint64_t)pass.num_rows;
        done += pass.num_rows;
    }
    return 0;
}

int32_t et_executor_struct_nbytes(int32_t index) {
    static const int32_t sizes[] = {sizeof(et_buffer),  sizeof(et_view),
                                    sizeof(et_op),      sizeof(et_program),
                                    sizeof(et_stream),  sizeof(et_linear)};
    return index < 0 || index >= (int32_t)(sizeof sizes / sizeof *sizes) ? -1
                                                                         : sizes[index];
}
