/*
 * Runs every kernel of the named instruction sets on made-up rows and prints one checksum
 * per kernel: "<kernel> <checksum>" lines, the same on every instruction set and CPU.
 * usage: selftest ISA
 *
 * Rows live in blocks of their exact size, so that a sanitizer sees a step beyond them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge_kernels.h"

enum { MAX_ROWS = 13 };

static uint32_t state;

static uint32_t next_bits(void) {
    uint32_t x = state++;
    x = (x ^ (x >> 16)) * 0x21f0aaadu;
    x = (x ^ (x >> 15)) * 0xd35a2d97u;
    return x ^ (x >> 15);
}

/* Mostly numbers of ordinary size; some zeros, tiny and huge ones; `wild` adds NaN. */
static float next_float(int wild) {
    uint32_t bits = next_bits();
    float value = (float)(int32_t)next_bits() * 0x1p-29f;
    switch (bits % 64) {
    case 0: return 0.0f;
    case 1: return -0.0f;
    case 2: return value * 0x1p-130f;
    case 3: return value * 0x1p+20f;
    case 4: return wild ? NAN : value;
    case 5: return wild ? INFINITY : value;
    default: return value;
    }
}

typedef struct rows {
    int32_t count;
    size_t nbytes;
    void *row[MAX_ROWS * 5];
} rows;

static rows new_rows(int32_t count, size_t nbytes) {
    rows r = {count, nbytes, {NULL}};
    for (int32_t t = 0; t < count; t++) {
        r.row[t] = malloc(nbytes);
        memset(r.row[t], 0x5a, nbytes);
    }
    return r;
}

static rows new_floats(int32_t count, int32_t channels, int wild) {
    rows r = new_rows(count, (size_t)channels * sizeof(float));
    int32_t kind = (int32_t)(next_bits() % 16);
    for (int32_t t = 0; t < count; t++) {
        for (int32_t c = 0; c < channels; c++) {
            float value = next_float(wild);
            /* Some rows of one extreme: zeros, denormals, one value. */
            if (kind == 1) {
                value = 0.0f;
            } else if (kind == 2) {
                value *= 0x1p-128f;
            } else if (kind == 3) {
                value = c % 2 ? 1.0f : -1.0f;
            }
            ((float *)r.row[t])[c] = value;
        }
    }
    return r;
}

static void free_rows(rows *r) {
    for (int32_t t = 0; t < r->count; t++) {
        free(r->row[t]);
    }
}

static uint64_t checksum;

static void add_bytes(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        checksum = (checksum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    }
}

/* Any NaN counts as the same NaN: its payload is not part of the contract. */
static void add_floats(const rows *r) {
    for (int32_t t = 0; t < r->count; t++) {
        for (size_t c = 0; c < r->nbytes / sizeof(float); c++) {
            float value = ((float *)r->row[t])[c];
            uint32_t bits = 0x7fc00000u;
            if (value == value) {
                memcpy(&bits, &value, sizeof bits);
            }
            add_bytes(&bits, sizeof bits);
        }
    }
}

static void begin(uint32_t seed) {
    checksum = 0xcbf29ce484222325u;
    state = seed * 0x9e3779b9u;
}

static void report(const char *name) {
    printf("%s %016llx\n", name, (unsigned long long)checksum);
}

static const int32_t channel_counts[] = {1,  2,  3,  5,  7,  8,  9,  15, 16, 17,
                                         24, 31, 32, 33, 48, 63, 64, 65, 97, 192};
static const int32_t row_counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 11, 13};
enum {
    NUM_CHANNEL_COUNTS = sizeof channel_counts / sizeof channel_counts[0],
    NUM_ROW_COUNTS = sizeof row_counts / sizeof row_counts[0]
};

#define FLOATS(r) ((const float *const *)(r).row)
#define OUT(r) ((float *const *)(r).row)
#define QUANTIZED(r) ((int8_t *const *)(r).row)

/* The statement runs for many shapes with three inputs of `num_rows`, `channels`. */
#define FOR_SHAPES(name, statement)                                               \
    do {                                                                          \
        begin((uint32_t)strlen(name));                                            \
        for (int32_t i = 0; i < 2 * NUM_CHANNEL_COUNTS; i++) {                    \
            int32_t channels = channel_counts[i / 2];                             \
            int32_t num_rows = row_counts[i % NUM_ROW_COUNTS];                    \
            rows a = new_floats(num_rows, channels, i % 5 == 4);                  \
            rows b = new_floats(num_rows, channels, 0);                           \
            rows c = new_floats(5 * num_rows, channels, 0);                       \
            rows out = new_rows(num_rows, (size_t)channels * sizeof(float));      \
            statement;                                                            \
            add_floats(&out);                                                     \
            free_rows(&a), free_rows(&b), free_rows(&c), free_rows(&out);         \
        }                                                                         \
        report(name);                                                             \
    } while (0)

static void check_rows(const et_kernel_table *k) {
    char name[64];
    FOR_SHAPES("add_f32", k->add_f32(num_rows, channels, FLOATS(a), FLOATS(b), OUT(out)));
    FOR_SHAPES("mul_f32", k->mul_f32(num_rows, channels, FLOATS(a), FLOATS(b), OUT(out)));
    FOR_SHAPES("scale_f32", k->scale_f32(num_rows, channels, FLOATS(a), 1.7f, -0.3f, OUT(out)));
    FOR_SHAPES("affine_f32",
               k->affine_f32(num_rows, channels, FLOATS(a), b.row[0], c.row[0], OUT(out)));
    FOR_SHAPES("film_f32",
               k->film_f32(num_rows, channels, FLOATS(a), FLOATS(b), FLOATS(c), OUT(out)));
    FOR_SHAPES("clamp_f32", k->clamp_f32(num_rows, channels, FLOATS(a), -1.0f, 2.5f, OUT(out)));
    FOR_SHAPES("snake_f32",
               k->snake_f32(num_rows, channels, FLOATS(a), b.row[0], c.row[0], OUT(out)));
    for (int32_t kind = 0; kind < ET_NUM_ACTIVATIONS; kind++) {
        snprintf(name, sizeof name, "activate_f32.%d", kind);
        FOR_SHAPES(name, k->activate_f32(num_rows, channels, kind, 0.3f, FLOATS(a), OUT(out)));
    }
    for (int32_t kind = 1; kind < ET_NUM_GATES; kind++) {
        snprintf(name, sizeof name, "gate_f32.%d", kind);
        FOR_SHAPES(name, k->gate_f32(num_rows, channels, kind, FLOATS(a), FLOATS(b), OUT(out)));
    }
    FOR_SHAPES("rms_norm_f32", k->rms_norm_f32(num_rows, channels, FLOATS(a), b.row[0],
                                               i % 3 ? c.row[0] : NULL, 1e-6f, OUT(out)));
    FOR_SHAPES("layer_norm_f32", k->layer_norm_f32(num_rows, channels, FLOATS(a), b.row[0],
                                                   i % 3 ? c.row[0] : NULL, 1e-5f, OUT(out)));
    FOR_SHAPES("softmax_f32", k->softmax_f32(num_rows, channels, FLOATS(a), OUT(out)));
    FOR_SHAPES("depthwise_conv_f32", {
        float *weights = malloc((size_t)channels * 5 * sizeof(float));
        for (int32_t w = 0; w < 5 * channels; w++) {
            weights[w] = next_float(0);
        }
        k->depthwise_conv_f32(num_rows, channels, 5, FLOATS(c), weights,
                              i % 3 ? b.row[0] : NULL, i % 2 ? FLOATS(a) : NULL, OUT(out));
        free(weights);
    });
}

static void check_quantizers(const et_kernel_table *k) {
    static const char *const names[] = {"quantize_rows_qs8", "rms_norm_quantize_qs8",
                                        "layer_norm_quantize_qs8"};
    for (int32_t kind = 0; kind < 3; kind++) {
        begin(100);
        for (int32_t i = 0; i < 3 * NUM_CHANNEL_COUNTS; i++) {
            int32_t channels = channel_counts[i / 3];
            int32_t num_rows = row_counts[i % NUM_ROW_COUNTS];
            rows x = new_floats(num_rows, channels, i % 7 == 6);
            rows q = new_rows(num_rows, et_qs8_padded(channels) + 8);
            if (kind == 0) {
                k->quantize_rows_qs8(num_rows, channels, FLOATS(x), NULL, QUANTIZED(q));
            } else if (kind == 1) {
                k->rms_norm_quantize_qs8(num_rows, channels, FLOATS(x), 1e-6f, QUANTIZED(q));
            } else {
                k->layer_norm_quantize_qs8(num_rows, channels, FLOATS(x), 1e-5f,
                                           QUANTIZED(q));
            }
            for (int32_t t = 0; t < num_rows; t++) {
                size_t padded = et_qs8_padded(channels);
                rows scale = {1, sizeof(float), {(char *)q.row[t] + padded}};
                add_bytes(q.row[t], padded);
                add_floats(&scale);
                add_bytes((char *)q.row[t] + padded + 4, 4);
            }
            free_rows(&x), free_rows(&q);
        }
        report(names[kind]);
    }
}

typedef struct shape {
    int32_t outputs, inputs, taps, gated;
} shape;

typedef enum format { FORMAT_QS8, FORMAT_Q4, FORMAT_F32, FORMAT_BF16 } format;

static size_t packed_nbytes(const et_kernel_table *k, const et_linear *layer, format f) {
    switch (f) {
    case FORMAT_QS8: return et_packed_nbytes_qs8(k, layer);
    case FORMAT_Q4: return et_packed_nbytes_q4(k, layer);
    case FORMAT_F32: return et_packed_nbytes_f32(k, layer);
    default: return et_packed_nbytes_bf16(k, layer);
    }
}

static void check_linear(const et_kernel_table *k, format f) {
    static const shape shapes[] = {{1, 1, 1, 0},    {5, 7, 2, 0},   {16, 8, 1, 0},
                                   {17, 30, 1, 1},  {33, 17, 3, 0}, {40, 20, 2, 1},
                                   {64, 64, 1, 1},  {65, 48, 1, 0}, {100, 65, 1, 0},
                                   {164, 40, 5, 0}, {130, 24, 1, 0}};
    begin(200);
    for (size_t i = 0; i < NUM_ROW_COUNTS * sizeof shapes / sizeof shapes[0]; i++) {
        shape s = shapes[i / NUM_ROW_COUNTS];
        int32_t num_rows = row_counts[i % NUM_ROW_COUNTS];
        int32_t weight_rows = s.outputs * (1 + s.gated);
        if (f == FORMAT_Q4) {
            s.inputs = (s.inputs + ET_Q4_GROUP - 1) / ET_Q4_GROUP * ET_Q4_GROUP;
        }
        int32_t count = weight_rows * s.taps * s.inputs;
        et_linear layer = {s.outputs, s.inputs, s.taps, s.gated, NULL};
        size_t nbytes = packed_nbytes(k, &layer, f);
        void *packed = aligned_alloc(64, (nbytes + 63) / 64 * 64);
        int8_t *integers = malloc((size_t)count);
        float *floats = malloc((size_t)count * sizeof(float));
        uint16_t *halves = malloc((size_t)count * sizeof(uint16_t));
        for (int32_t w = 0; w < count; w++) {
            int32_t value = (int32_t)(next_bits() % 255) - 127;
            integers[w] = (int8_t)(i % 4 == 3 ? (value < 0 ? -127 : 127) : value);
            floats[w] = next_float(0);
            if (f == FORMAT_Q4) {
                integers[w] = (int8_t)(value < 0 ? -(-value % 9) : value % 8);
            }
            memcpy(&halves[w], (const char *)&floats[w] + 2, sizeof halves[w]);
        }
        rows ends = new_floats(2, weight_rows, 0);
        layer.packed = packed;
        switch (f) {
        case FORMAT_QS8:
            et_pack_linear_qs8(k, &layer, integers, ends.row[0], ends.row[1], packed);
            break;
        case FORMAT_Q4:
            et_pack_linear_q4(k, &layer, integers, halves, ends.row[1], packed);
            break;
        case FORMAT_F32: et_pack_linear_f32(k, &layer, floats, ends.row[1], packed); break;
        default: et_pack_linear_bf16(k, &layer, halves, ends.row[1], packed);
        }
        rows x = new_floats(num_rows * s.taps, s.inputs, i % 9 == 8);
        rows q = new_rows(num_rows * s.taps, et_qs8_padded(s.inputs) + 8);
        rows residual = new_floats(num_rows, s.outputs, 0);
        rows out = new_rows(num_rows, (size_t)s.outputs * sizeof(float));
        rows absmax = new_rows(1, (size_t)num_rows * sizeof(float));
        memset(absmax.row[0], 0, absmax.nbytes);
        k->quantize_rows_qs8(num_rows * s.taps, s.inputs, FLOATS(x), NULL, QUANTIZED(q));
        et_epilogue epilogue = {
            .activation = s.gated ? 0 : (int32_t)(i % 3 ? 0 : i % ET_NUM_ACTIVATIONS),
            .gate = s.gated ? 1 + (int32_t)(i % (ET_NUM_GATES - 1)) : 0,
            .alpha = 0.2f,
            .residual = i % 2 ? FLOATS(residual) : NULL,
            .absmax = i % 5 ? absmax.row[0] : NULL};
        const int8_t *const *integer_rows = (const int8_t *const *)q.row;
        switch (f) {
        case FORMAT_QS8:
            k->linear_qs8(&layer, num_rows, integer_rows, &epilogue, OUT(out));
            break;
        case FORMAT_Q4:
            k->linear_q4(&layer, num_rows, integer_rows, &epilogue, OUT(out));
            break;
        case FORMAT_F32:
            k->linear_f32(&layer, num_rows, FLOATS(x), &epilogue, OUT(out));
            break;
        default: k->linear_bf16(&layer, num_rows, FLOATS(x), &epilogue, OUT(out));
        }
        add_floats(&out);
        add_floats(&absmax);
        free_rows(&x), free_rows(&q), free_rows(&residual), free_rows(&out);
        free_rows(&ends), free_rows(&absmax);
        free(packed), free(integers), free(floats), free(halves);
    }
    static const char *const names[] = {"linear_qs8", "linear_q4", "linear_f32",
                                        "linear_bf16"};
    report(names[f]);
}

/* Held keys and rings that wrap; blocks of exactly the rows that may be read. */
static void check_attention(const et_kernel_table *k) {
    static const int32_t widths[] = {1, 5, 16, 24, 33, 64, 96, 112};
    begin(300);
    for (int32_t i = 0; i < 80; i++) {
        const int32_t width = widths[i % 8], kv_heads = 1 + i % 2, heads = 2 * kv_heads;
        const int32_t num_rows = row_counts[i % NUM_ROW_COUNTS];
        const int32_t window = i % 3 ? 1 + i : 0;
        const int32_t num_keys = window ? 128 : 1 + i; /* a ring, or all there are */
        const int32_t slots = (num_keys + 15) / 16 * 16, channels = kv_heads * width;
        const int32_t stride = (window + num_keys + 15) / 16 * 16 + 32;
        rows keys = new_floats(1, slots * channels, 0);
        rows values = new_floats(1, num_keys * channels, 0);
        rows scores = new_rows(1, (size_t)(ET_ATTENTION_ROWS * stride) * sizeof(float));
        rows queries = new_floats(num_rows, heads * width, i % 20 == 19);
        rows out = new_rows(num_rows, (size_t)(heads * width) * sizeof(float));
        const et_attention attention = {
            .num_heads = heads,
            .num_kv_heads = kv_heads,
            .head_dim = width,
            .window = window,
            .scale = 0.1f,
            .value_stride = channels,
            .scores_stride = stride,
            .row_mask = window ? (uint64_t)slots - 1 : UINT64_MAX,
            .first_key = window ? 1000 : 0,
            .last_key = (uint64_t)num_keys - 1,
            .position = 1000 + (uint64_t)(next_bits() % 200),
            .keys = keys.row[0],
            .values = values.row[0],
            .scores = scores.row[0],
        };
        k->attention_f32(&attention, num_rows, FLOATS(queries), OUT(out));
        add_floats(&out);
        free_rows(&keys), free_rows(&values), free_rows(&scores);
        free_rows(&queries), free_rows(&out);
    }
    report("attention_f32");
}

static void check_inverse_fft(const et_kernel_table *k) {
    begin(400);
    for (int32_t size = 4; size <= 2048; size *= 2) {
        rows twiddles = new_floats(1, 2 * size, 0), window = new_floats(1, size, 0);
        rows work = new_rows(1, (size_t)(2 * size) * sizeof(float));
        rows x = new_floats(3, size + 2, 0);
        rows out = new_rows(3, (size_t)size * sizeof(float));
        k->inverse_fft_f32(3, size, FLOATS(x), twiddles.row[0], window.row[0], work.row[0],
                           OUT(out));
        add_floats(&out);
        free_rows(&twiddles), free_rows(&window), free_rows(&work);
        free_rows(&x), free_rows(&out);
    }
    report("inverse_fft_f32");
}

int main(int argc, char **argv) {
    const et_kernel_table *k = argc == 2 ? et_kernel_table_of(argv[1]) : NULL;
    if (!k) {
        fprintf(stderr, "usage: selftest ISA   (an instruction set that was built)\n");
        return 2;
    }
    check_rows(k);
    check_quantizers(k);
    check_linear(k, FORMAT_QS8);
    check_linear(k, FORMAT_Q4);
    check_linear(k, FORMAT_F32);
    check_linear(k, FORMAT_BF16);
    check_attention(k);
    check_inverse_fft(k);
    return 0;
}
