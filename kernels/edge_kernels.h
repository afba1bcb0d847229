/*
 * Contracts of the native kernels: signatures, shapes, alignment, aliasing, numerics.
 *
 * Rows. Data is time-major. Every tensor is given as an array of row pointers, one per
 * frame, so that scratch memory and ring buffers (whose rows wrap around) look the same:
 *     const float *const *x      x[t] points to num_channels floats, 0 <= t < num_rows
 * Kernels with taps (convolutions) take x[t * num_taps + tap], oldest tap first.
 * Rows of floats need the alignment of a float; 64 bytes are faster. Nothing is read or
 * written beyond num_channels floats of a row.
 *
 * Aliasing. out[t] may be x[t] (or a, b, residual [t]) exactly, for element-wise kernels,
 * norms, activations and the residual of a linear; else rows must not overlap.
 *
 * Numerics. Each result is defined by kernels/<operation>/generic.c and is the same, bit
 * for bit, on every ISA and for every num_rows: float sums have one fixed order, products
 * that are added are fused (fmaf), exp/tanh/sin are our polynomials, no libm is called.
 * Default rounding mode, denormals kept. A NaN gives NaN (its payload is unspecified).
 *
 * Preconditions (sizes >= 1, known enum values) are asserted at entry.
 * No kernel allocates, locks, or keeps state; all are safe to call from any thread.
 */
#ifndef EDGE_KERNELS_H
#define EDGE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ET_EXPORT __attribute__((visibility("default")))

/* ---- quantised rows ------------------------------------------------------------------
 *
 * One quantised row is one block of bytes:
 *     int8_t q[num_padded]      num_padded = num_channels rounded up to 8, padding is 0
 *     float  scale              x is about q * scale;  scale = max|x| / 127
 *     int32_t offset            -128 times the sum of q: where a dot product of weights that
 *                               are stored with 128 added to them starts
 * so that a conv state is a plain ring of such blocks, and zeroed memory is a row of zeros.
 * q = round-half-even(x * (127 / max|x|)), hence -127 <= q <= 127.
 * max|x| < 1e-30 gives zeros and scale 0; a NaN or infinity gives q = 0 and scale NaN, so
 * that it stays visible. Rows start at multiples of 8 bytes; use the stride below (64).
 */
#define ET_QS8_PADDING 8

static inline size_t et_qs8_padded(int32_t num_channels) {
    return ((size_t)num_channels + ET_QS8_PADDING - 1) / ET_QS8_PADDING * ET_QS8_PADDING;
}
static inline size_t et_qs8_row_nbytes(int32_t num_channels) { /* stride between rows */
    return (et_qs8_padded(num_channels) + 8 + 63) / 64 * 64;
}

/* ---- activations ---------------------------------------------------------------------
 * Values are part of the file format of compiled stages: append, never renumber.
 * alpha is the negative slope of LEAKY_RELU, the scale of ELU; else ignored.
 */
typedef enum et_activation {
    ET_ACTIVATION_NONE = 0,
    ET_ACTIVATION_RELU = 1,
    ET_ACTIVATION_LEAKY_RELU = 2, /* x > 0 ? x : alpha * x */
    ET_ACTIVATION_ELU = 3,        /* x > 0 ? x : alpha * (exp(x) - 1) */
    ET_ACTIVATION_TANH = 4,
    ET_ACTIVATION_SIGMOID = 5,
    ET_ACTIVATION_SILU = 6, /* x * sigmoid(x) */
    ET_ACTIVATION_GELU = 7, /* x * (1 + erf(x / sqrt 2)) / 2, the exact form */
    ET_ACTIVATION_EXP = 8,  /* clamped to x in [-87, 88] */
    ET_ACTIVATION_SIN = 9,  /* clamped to |x| <= 1e5 */
    ET_ACTIVATION_COS = 10,
    ET_ACTIVATION_GELU_TANH = 11, /* the tanh form, x * (1 + tanh(...)) / 2 */
    ET_NUM_ACTIVATIONS
} et_activation;

typedef enum et_gate {
    ET_GATE_NONE = 0,
    ET_GATE_GLU = 1,  /* a * sigmoid(b) */
    ET_GATE_TANH = 2, /* tanh(a) * sigmoid(b) */
    ET_GATE_SWIGLU = 3, /* a * silu(b) */
    ET_NUM_GATES
} et_gate;

/* ---- linear layers and dense convolutions --------------------------------------------
 *
 * A layer is a packed copy of its weights in the layout of one kernel table; it must be
 * run by that table. Weights come as (num_outputs * (gated ? 2 : 1), num_taps, num_inputs),
 * row-major, |w| <= 127; a gated layer has the value rows first, then the gate rows.
 * num_inputs * num_taps <= 65536. Packed memory is 64-byte aligned.
 *
 * Weights of four bits (q4) lie within -8..7. ET_Q4_GROUP inputs of a column share a scale,
 * a bfloat16; num_inputs is a multiple of ET_Q4_GROUP.
 */
typedef struct et_linear {
    int32_t num_outputs; /* columns of the result */
    int32_t num_inputs;  /* per tap */
    int32_t num_taps;    /* 1 for a linear layer */
    int32_t gated;       /* 0 | 1: the epilogue's gate halves the columns */
    const void *packed;  /* et_pack_linear_{qs8,q4,bf16,f32} */
} et_linear;

#define ET_Q4_GROUP 32

/* What happens to y before it is stored:
 *     y = gate or activation (y);   y = y + residual;   absmax[t] = max(absmax[t], max|y|)
 * absmax (num_rows floats, the caller sets them to 0) feeds quantize_rows. */
typedef struct et_epilogue {
    int32_t activation; /* et_activation; NONE when gated */
    int32_t gate;       /* et_gate; not NONE exactly when the layer is gated */
    float alpha;
    int32_t reserved;                /* 0 */
    const float *const *residual;    /* num_rows rows, or NULL */
    float *absmax;                   /* (num_rows,) or NULL */
} et_epilogue;

/* ---- attention -----------------------------------------------------------------------
 *
 * Keys lie in blocks of 16 rows, a channel's 16 numbers side by side: channel c of row r is
 *     keys[(r / 16 * num_channels + c) * 16 + r % 16]    num_channels = kv heads * head_dim
 * so that 16 scores are one vector. Values lie row by row. Row r of either is at slot
 * r & row_mask; blocks are whole, with anything finite where no row is.
 */
#define ET_KEY_BLOCK 16
#define ET_ATTENTION_ROWS 4 /* rows of scores that a call may need */

typedef struct et_attention {
    int32_t num_heads;
    int32_t num_kv_heads; /* divides num_heads; head h reads kv head h / (their ratio) */
    int32_t head_dim;
    int32_t window;       /* rows that a query sees, up to its own; 0: those of `first_key`
                           * to `last_key` for every query */
    float scale;          /* of the scores */
    int32_t value_stride; /* floats between rows of values */
    int32_t scores_stride; /* a multiple of 16, at least the rows seen + 32 */
    int32_t reserved;
    uint64_t row_mask;  /* a multiple of 16, minus 1; UINT64_MAX where nothing wraps */
    uint64_t first_key; /* no query sees earlier rows */
    uint64_t last_key;  /* window 0: no query sees later rows */
    uint64_t position;  /* window > 0: row of the first query, >= first_key */
    const float *keys;
    const float *values;
    float *scores; /* scratch, (ET_ATTENTION_ROWS, scores_stride) */
} et_attention;

static inline uint64_t et_first_key(const et_attention *attention, int32_t query) {
    if (!attention->window)
        return attention->first_key;
    const uint64_t end = attention->position + (uint64_t)query + 1;
    const uint64_t window = (uint64_t)attention->window;
    return end > attention->first_key + window ? end - window : attention->first_key;
}
static inline uint64_t et_last_key(const et_attention *attention, int32_t query) {
    return attention->window ? attention->position + (uint64_t)query : attention->last_key;
}

/* ---- the table: one function per kernel, all of one ISA ------------------------------ */

struct et_source_filter;
struct et_source_frame;

typedef struct et_kernel_table {
    const char *isa;

    /* Layout of packed weights; only et_pack_linear_* look at it. */
    int32_t qs8_panel_columns; /* output columns per panel */
    int32_t qs8_inputs_group;  /* consecutive inputs of a column kept together: 4 | 8 */
    int32_t qs8_offset;        /* 0: weights are s8; 128: u8 = w + 128 */
    int32_t f32_panel_columns; /* of bf16 as well; q4 has the panels of qs8 */

    /* x (num_rows, num_channels) -> q rows. absmax: (num_rows,) from an epilogue, or NULL. */
    void (*quantize_rows_qs8)(int32_t num_rows, int32_t num_channels,
                              const float *const *x, const float *absmax,
                              int8_t *const *q);
    /* The same after x / rms(x), or after (x - mean) / deviation; gain and bias of the norm
     * are folded into the next layer's weights. Epsilon is added to the mean square. */
    void (*rms_norm_quantize_qs8)(int32_t num_rows, int32_t num_channels,
                                  const float *const *x, float epsilon,
                                  int8_t *const *q);
    void (*layer_norm_quantize_qs8)(int32_t num_rows, int32_t num_channels,
                                    const float *const *x, float epsilon,
                                    int8_t *const *q);

    /* q[t * num_taps + tap] quantised rows -> out (num_rows, num_outputs).
     * sum_tap = exact int32 dot product, scale_tap of its row; s = 0, then for each tap
     * s = fmaf((float)sum_tap, scale_tap, s); y = fmaf(s, weight_scale, bias). */
    void (*linear_qs8)(const et_linear *layer, int32_t num_rows, const int8_t *const *q,
                       const et_epilogue *epilogue, float *const *out);
    /* The same rows, weights of four bits. y = 0; for each tap: s = 0, for each group
     * s = fmaf((float)sum_group, group_scale, s), then y = fmaf(s, scale_tap, y);
     * last y = y + bias. */
    void (*linear_q4)(const et_linear *layer, int32_t num_rows, const int8_t *const *q,
                      const et_epilogue *epilogue, float *const *out);
    /* y = bias; for each tap, each input in order: y = fmaf(x, w, y). */
    void (*linear_f32)(const et_linear *layer, int32_t num_rows, const float *const *x,
                       const et_epilogue *epilogue, float *const *out);
    /* The same with weights in bfloat16. */
    void (*linear_bf16)(const et_linear *layer, int32_t num_rows, const float *const *x,
                        const et_epilogue *epilogue, float *const *out);

    /* y = bias (+ residual); for each tap: y = fmaf(x, w, y).  weights (num_taps,
     * num_channels), bias (num_channels,) or NULL = 0, residual num_rows rows or NULL. */
    void (*depthwise_conv_f32)(int32_t num_rows, int32_t num_channels, int32_t num_taps,
                               const float *const *x, const float *weights,
                               const float *bias, const float *const *residual,
                               float *const *out);

    /* gain and bias (num_channels,) or NULL. Sums in 32 partial sums, see norm_f32. */
    void (*rms_norm_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                         const float *gain, const float *bias, float epsilon,
                         float *const *out);
    void (*layer_norm_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                           const float *gain, const float *bias, float epsilon,
                           float *const *out);
    void (*softmax_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                        float *const *out);

    /* Element-wise over (num_rows, num_channels). */
    void (*add_f32)(int32_t num_rows, int32_t num_channels, const float *const *a,
                    const float *const *b, float *const *out); /* a + b */
    void (*mul_f32)(int32_t num_rows, int32_t num_channels, const float *const *a,
                    const float *const *b, float *const *out); /* a * b */
    void (*scale_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                      float scale, float offset, float *const *out); /* fma(x,scale,offset) */
    void (*affine_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                       const float *gain, const float *bias,
                       float *const *out); /* fma(x, gain[c], bias[c]); per channel */
    void (*film_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                     const float *const *gain, const float *const *bias,
                     float *const *out); /* fma(x, gain[t][c], bias[t][c]) */
    void (*clamp_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                      float low, float high, float *const *out);

    void (*activate_f32)(int32_t num_rows, int32_t num_channels, int32_t activation,
                         float alpha, const float *const *x, float *const *out);
    void (*gate_f32)(int32_t num_rows, int32_t num_channels, int32_t gate,
                     const float *const *a, const float *const *b, float *const *out);
    /* x + sin(alpha x)^2 * inverse_beta; alpha, inverse_beta (num_channels,). */
    void (*snake_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                      const float *alpha, const float *inverse_beta, float *const *out);

    /* out[t] = sum of values of the rows that t sees, weighted by
     * softmax(query . key * scale). Products are added from 0, channel by channel or row by
     * row; the softmax's sum has one partial sum per row % 16, folded in halves, and
     * divides at the end. */
    void (*attention_f32)(const et_attention *attention, int32_t num_rows,
                          const float *const *queries, float *const *out);

    /* Real signals of fft_size (a power of two, at least 4) samples from their spectra:
     * x (num_rows, fft_size + 2), real parts, then imaginary parts, those of the first and
     * last bin ignored. out (num_rows, fft_size) = sum * window; the sum is not divided by
     * fft_size. twiddles (2, fft_size): cos, then -sin of 2 pi k / fft_size; work: scratch
     * of 2 * fft_size floats. */
    void (*inverse_fft_f32)(int32_t num_rows, int32_t fft_size, const float *const *x,
                            const float *twiddles, const float *window, float *work,
                            float *const *out);

    /* One frame of source-filter synthesis, or NULL after the last; out (256,). See
     * source_filter.h. */
    void (*source_filter_f32)(const struct et_kernel_table *table,
                              struct et_source_filter *state,
                              const struct et_source_frame *frame, float *out);
} et_kernel_table;

/* The table of an ISA by its one spelling ("generic", "neon", "neon_dotprod", "neon_i8mm",
 * "avx2", "avx_vnni", "avx512", "avx512_vnni"), or NULL when it was not built. Says nothing
 * about this CPU: running a table the CPU lacks ends in SIGILL; cpu_features.h knows. */
ET_EXPORT const et_kernel_table *et_kernel_table_of(const char *isa);

/* Counts up whenever a signature, a struct or a kind of op that Python knows changes. */
#define ET_ABI_VERSION 4
ET_EXPORT int32_t et_abi_version(void);

/* Name of built table number `index`, lowest rung first, or NULL past the end. */
ET_EXPORT const char *et_kernel_isa_name(int32_t index);

/* "op_dtype__isa" of registered variant number `index`, or NULL past the end. */
ET_EXPORT const char *et_kernel_variant_name(int32_t index);

/* exp of `count` floats, the bits of activate_f32; clamped to [-87, 88] before. The few
 * elementary functions outside the networks go through here: NumPy's differ between CPUs. */
ET_EXPORT void et_exp_f32(const et_kernel_table *table, int32_t count, const float *x,
                          float *out);

/* ---- packing (not time critical) ----------------------------------------------------- */

ET_EXPORT size_t et_packed_nbytes_qs8(const et_kernel_table *table, const et_linear *layer);
/* weights int8 (rows, num_taps, num_inputs), scale (rows,) float: w = weight * scale[row],
 * bias (rows,) or NULL; rows = num_outputs * (1 + gated). Writes layer->packed's memory.
 * Returns 0, or -1 when a weight is -128 (nothing useful was written). */
ET_EXPORT int32_t et_pack_linear_qs8(const et_kernel_table *table, const et_linear *layer,
                           const int8_t *weights, const float *scale, const float *bias,
                           void *packed);
/* The inverse, for tests; any pointer may be NULL. */
ET_EXPORT void et_unpack_linear_qs8(const et_kernel_table *table, const et_linear *layer,
                          int8_t *weights, float *scale, float *bias);

/* weights (rows, num_taps, num_inputs) within -8..7, scale bfloat16 (rows, num_taps,
 * num_inputs / ET_Q4_GROUP). Returns 0, or -1 when a weight or num_inputs does not fit. */
ET_EXPORT size_t et_packed_nbytes_q4(const et_kernel_table *table, const et_linear *layer);
ET_EXPORT int32_t et_pack_linear_q4(const et_kernel_table *table, const et_linear *layer,
                          const int8_t *weights, const uint16_t *scale, const float *bias,
                          void *packed);

ET_EXPORT size_t et_packed_nbytes_bf16(const et_kernel_table *table, const et_linear *layer);
ET_EXPORT void et_pack_linear_bf16(const et_kernel_table *table, const et_linear *layer,
                         const uint16_t *weights, const float *bias, void *packed);

ET_EXPORT size_t et_packed_nbytes_f32(const et_kernel_table *table, const et_linear *layer);
ET_EXPORT void et_pack_linear_f32(const et_kernel_table *table, const et_linear *layer,
                        const float *weights, const float *bias, void *packed);

#ifdef __cplusplus
}
#endif
#endif
