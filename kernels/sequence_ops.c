/* The ops of sequence_ops.h. */
#include "sequence_ops.h"

#include <math.h>
#include <string.h>

/* Row of a buffer, counted since ET_FIRST_POSITION input rows before the first. */
static uint64_t row_at(uint64_t position, const et_buffer *b) {
    return position / (uint64_t)b->rate_den * (uint64_t)b->rate_num;
}

/* The first row of this pass, or of the part of it that is run. */
static uint64_t current_row(const et_pass *pass, const et_buffer *b) {
    return row_at(pass->stream->position, b) + (uint64_t)pass->first;
}

void et_store_keys(const et_pass *pass, const et_op *op, int32_t rows) {
    const et_view *v = &pass->program->views[op->out];
    const et_buffer *b = &pass->program->buffers[v->buffer];
    const size_t channels = (size_t)v->num_channels;
    float *keys = (float *)(void *)pass->stream->bases[v->buffer];
    const uint64_t first = current_row(pass, b);
    float_rows x = float_in(pass, op->in[0]);
    for (int32_t t = 0; t < rows; t++) {
        const size_t slot = (size_t)((first + (uint64_t)t) & b->ring_mask);
        float *to = keys + slot / ET_KEY_BLOCK * channels * ET_KEY_BLOCK;
        to += slot % ET_KEY_BLOCK;
        for (size_t c = 0; c < channels; c++)
            to[c * ET_KEY_BLOCK] = x[t][c];
    }
}

void et_run_attention(const et_pass *pass, const et_op *op, int32_t rows) {
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
        .scores = stream->work,
    };
    if (op->window) {
        attention.scores_stride = et_scores_stride(op->window);
        attention.row_mask = keys->ring_mask;
        attention.position = current_row(pass, keys);
        attention.first_key = row_at(ET_FIRST_POSITION, keys);
    } else {
        const int32_t held = stream->held_rows[keys->external];
        attention.scores_stride = et_scores_stride(held);
        attention.last_key = (uint64_t)held - 1;
    }
    program->kernels->attention_f32(&attention, rows, float_in(pass, op->in[0]),
                                    float_out(pass, op->out));
}

/* Phases are whole numbers, so that no row is late enough to lose precision. */
void et_run_rotary(const et_pass *pass, const et_op *op, int32_t rows) {
    const float turn = 0x1.921fb6p-30f; /* 2 pi / 2^32 */
    const et_kernel_table *k = pass->program->kernels;
    const et_view *v = &pass->program->views[op->out];
    const et_buffer *b = &pass->program->buffers[v->buffer];
    const int32_t pairs = (int32_t)op->num_entries;
    const int32_t width = v->num_channels / op->num_heads;
    const int32_t step = op->shift == 1 ? 2 : 1;
    const uint64_t *turns = op->tensor;
    float *angle = pass->stream->work, *cosine = angle + pairs, *sine = cosine + pairs;
    const float *const angles[] = {angle};
    const uint64_t first = current_row(pass, b) - row_at(ET_FIRST_POSITION, b);
    float_rows x = float_in(pass, op->in[0]);
    mutable_float_rows out = float_out(pass, op->out);
    for (int32_t t = 0; t < rows; t++) {
        for (int32_t i = 0; i < pairs; i++) {
            const uint64_t phase = turns[i] * (first + (uint64_t)t);
            angle[i] = (float)(int32_t)(uint32_t)(phase >> 32) * turn;
        }
        k->activate_f32(1, pairs, ET_ACTIVATION_COS, 0.0f, angles, &cosine);
        k->activate_f32(1, pairs, ET_ACTIVATION_SIN, 0.0f, angles, &sine);
        if (out[t] != x[t])
            memcpy(out[t], x[t], (size_t)v->num_channels * sizeof(float));
        for (int32_t head = 0; head < op->num_heads; head++) {
            float *row = out[t] + head * width;
            for (int32_t i = 0; i < pairs; i++) {
                float *left = row + i * step, *right = left + op->shift;
                const float a = *left, c = *right;
                *left = a * cosine[i] - c * sine[i];
                *right = c * cosine[i] + a * sine[i];
            }
        }
    }
}

/* Oldest window first. */
void et_run_overlap_add(const et_pass *pass, const et_op *op, int32_t rows) {
    const int32_t hop = pass->program->views[op->out].num_channels;
    const int32_t size = pass->program->views[op->in[0]].num_channels;
    const char *const *windows = window_rows(pass, op);
    mutable_float_rows out = float_out(pass, op->out);
    for (int32_t t = 0; t < rows; t++) {
        memset(out[t], 0, (size_t)hop * sizeof(float));
        for (int32_t tap = 0; tap < op->num_taps; tap++) {
            const float *window = (const float *)(const void *)*windows++;
            const int32_t first = (op->num_taps - 1 - tap) * hop + op->shift;
            const int32_t end = size - first < hop ? size - first : hop;
            for (int32_t i = first < 0 ? -first : 0; i < end; i++)
                out[t][i] += window[first + i];
        }
    }
}

#define NUM_SUMS 16 /* one vector of the widest ISA; the order is the same on all */

static float root_mean_square(int32_t num_channels, const float *x, float epsilon) {
    float sums[NUM_SUMS] = {0};
    int32_t c = 0;
    for (; c + NUM_SUMS <= num_channels; c += NUM_SUMS)
        for (int32_t lane = 0; lane < NUM_SUMS; lane++)
            sums[lane] += x[c + lane] * x[c + lane];
    for (; c < num_channels; c++)
        sums[c % NUM_SUMS] += x[c] * x[c];
    for (int32_t width = NUM_SUMS / 2; width; width /= 2)
        for (int32_t lane = 0; lane < width; lane++)
            sums[lane] += sums[lane + width];
    return sqrtf(sums[0] / (float)num_channels + epsilon);
}

void et_run_match_rms(const et_pass *pass, const et_op *op, int32_t rows) {
    const int32_t channels = pass->program->views[op->out].num_channels;
    float_rows x = float_in(pass, op->in[0]);
    float_rows like = float_in(pass, op->in[1]);
    mutable_float_rows out = float_out(pass, op->out);
    for (int32_t t = 0; t < rows; t++) {
        float factor = root_mean_square(channels, like[t], op->alpha) /
                       root_mean_square(channels, x[t], op->alpha);
        if (op->beta > 0.0f && factor > op->beta)
            factor = op->beta;
        for (int32_t c = 0; c < channels; c++)
            out[t][c] = x[t][c] * factor;
    }
}
