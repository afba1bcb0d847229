/*
 * Runs a whole network in one call: an interpreter over a list of kernel calls.
 *
 * A program says what to do and is shared by all streams of a network; it and the packed
 * weights it points to never change. A stream is one use of it: memory, position; one
 * thread at a time runs it, others may help (workers.h). All memory comes from the
 * caller; a run allocates nothing and takes no lock. Both structs are filled by
 * edge_tts/backends/native_layout.py and native_run.py, in step with the layouts below.
 */
#ifndef EDGE_EXECUTOR_H
#define EDGE_EXECUTOR_H

#include <stddef.h>
#include <stdint.h>

#include "edge_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the rows of a buffer lie. A ring holds a power of two of rows, time-major, at
 * (position + row) & mask: the past stays where it was written, so that a convolution
 * reads its left context without a copy. */
enum {
    ET_STORAGE_PLAIN = 0,    /* scratch: rows of the current pass only */
    ET_STORAGE_RING = 1,     /* kept from pass to pass */
    ET_STORAGE_EXTERNAL = 2, /* an array of the caller's */
    ET_STORAGE_HELD = 3,     /* written by the caller before a run and kept; rate 0 */
};

typedef struct et_buffer {
    int32_t storage;
    int32_t external;  /* EXTERNAL: index into the arrays of a run; HELD: of held_rows */
    uint32_t ring_mask; /* RING: rows - 1 */
    int32_t rate_num;  /* rows = num_rows * rate_num / rate_den */
    int32_t rate_den;
    int32_t reserved;
    int64_t row_nbytes;
    int64_t offset; /* PLAIN, RING: first byte in the stream's memory */
} et_buffer;

/* A value: some channels of a buffer's rows, perhaps late, perhaps several rows of the
 * value in one row of the buffer. */
typedef struct et_view {
    int32_t buffer;
    int32_t num_channels;
    int32_t delay;       /* rows of this view behind the newest */
    int32_t inner_rows;  /* rows of this view per row of the buffer */
    int64_t inner_nbytes;
    int64_t byte_offset; /* of the first channel */
    int64_t table;       /* first entry in the stream's row tables */
    int64_t lag;         /* rows of this view before that of the signal's first row */
} et_view;

typedef enum et_op_kind {
    ET_OP_QUANTIZE = 0,
    ET_OP_RMS_NORM_QUANTIZE = 1,
    ET_OP_LAYER_NORM_QUANTIZE = 2,
    ET_OP_LINEAR_QS8 = 3,
    ET_OP_LINEAR_F32 = 4,
    ET_OP_DEPTHWISE_CONV = 5,
    ET_OP_RMS_NORM = 6,
    ET_OP_LAYER_NORM = 7,
    ET_OP_ADD = 8,
    ET_OP_MUL = 9,
    ET_OP_SCALE = 10,
    ET_OP_AFFINE = 11,
    ET_OP_FILM = 12,
    ET_OP_CLAMP = 13,
    ET_OP_ACTIVATE = 14,
    ET_OP_GATE = 15,
    ET_OP_SNAKE = 16,
    ET_OP_COPY = 17,
    ET_OP_EMBED = 18,
    ET_OP_EMBED_ADD = 19, /* adds the entries to out */
    ET_OP_STORE_KEYS = 20, /* to a ring in the layout of et_attention's keys */
    ET_OP_ATTENTION = 21,  /* in: queries, keys as stored, values */
    ET_OP_LINEAR_Q4 = 22,
    ET_OP_LINEAR_BF16 = 23,
    ET_OP_ROTARY = 24,     /* tensor: a pair's turn per row, 2^64 being a whole one */
    ET_OP_INVERSE_FFT = 25, /* tensor: twiddles, tensor2: window */
    ET_OP_OVERLAP_ADD = 26, /* sums num_taps windows */
    ET_OP_MATCH_RMS = 27,   /* in: rows, rows whose level they take */
    ET_NUM_OPS
} et_op_kind;

typedef struct et_op {
    int32_t kind;     /* et_op_kind */
    int32_t out;      /* view */
    int32_t in[3];    /* views; unused ones are -1 */
    int32_t residual; /* view or -1: linear and depthwise layers */
    int32_t activation;
    int32_t gate;
    int32_t num_taps; /* windowed layers; rows joined per output row for COPY */
    int32_t dilation;
    int32_t centred;  /* 1: the window lies around the row and zeros lie outside */
    int32_t absmax;   /* 1: linear layers write the row maxima, QUANTIZE reads them */
    float alpha;      /* activation's alpha, epsilon, scale, lower limit */
    float beta;       /* offset, upper limit */
    et_linear linear;
    const void *tensor;  /* gain, weights, frequency, table */
    const void *tensor2; /* bias, strength */
    int64_t num_entries; /* EMBED: rows of the table; ROTARY: pairs of a head */
    int32_t num_heads;   /* ATTENTION, as in et_attention; ROTARY */
    int32_t num_kv_heads;
    int32_t window;      /* 0: all rows of a HELD buffer */
    int32_t shift;       /* OVERLAP_ADD: sample of the newest window at a row's first;
                          * ROTARY: channels between the two of a pair */
} et_op;

static inline int et_is_linear(const et_op *op) {
    return op->kind == ET_OP_LINEAR_QS8 || op->kind == ET_OP_LINEAR_F32 ||
           op->kind == ET_OP_LINEAR_Q4 || op->kind == ET_OP_LINEAR_BF16;
}

typedef struct et_program {
    const et_kernel_table *kernels;
    const et_buffer *buffers;
    const et_view *views;
    const et_op *ops;
    int32_t num_buffers;
    int32_t num_views;
    int32_t num_ops;
    int32_t tile_rows; /* most input rows of one pass */
    /* View of the input, one float a row, that is 0 for rows after the utterance; -1: no
     * such input. With it every op's rows outside the utterance are made zero, so that
     * windows see there what zero padding would give. Rates are then whole numbers. */
    int32_t valid;
    int32_t max_lag; /* input rows after which no view is before the signal any more */
} et_program;

typedef struct et_stream {
    char *memory;          /* 64-byte aligned; rings zeroed */
    char **bases;          /* (num_buffers,) */
    char **tables;         /* row pointers of every view, see et_view.table */
    const char **taps;     /* row pointers of one windowed layer */
    float *absmax;         /* (rows of the fastest view,) */
    const char *zeros;     /* one row of zeros, as long as the longest row */
    const int32_t *held_rows; /* rows written of each HELD buffer, at least 1 */
    float *work;           /* scratch of one op: ATTENTION needs ET_ATTENTION_ROWS rows of
                            * et_scores_stride(most rows seen), INVERSE_FFT two windows,
                            * ROTARY three numbers a pair */
    uint64_t position;     /* input rows so far, plus ET_FIRST_POSITION */
    uint64_t end;          /* position of the first row after the utterance */
    struct et_workers *workers; /* help with runs, see workers.h; or NULL */
} et_stream;

/* The utterance goes on. */
#define ET_NO_END UINT64_MAX

/* Large enough that no delay or context reaches below zero, and a multiple of any sane
 * rate's denominator. */
#define ET_FIRST_POSITION (UINT64_C(720720) << 20)

static inline int32_t et_scores_stride(int32_t num_rows) {
    return (num_rows + 2 * ET_KEY_BLOCK - 1) / ET_KEY_BLOCK * ET_KEY_BLOCK + ET_KEY_BLOCK;
}

/* Fills what depends on addresses only; call once after the structs are filled. */
ET_EXPORT void et_stream_prepare(const et_program *program, et_stream *stream);

/* Runs num_rows input rows, in passes of at most tile_rows. externals[i] holds the rows
 * of external array i, contiguous. Returns 0, or 1 + the index of the op that met an id
 * beyond its table; the stream's state is then undefined until it is reset. */
ET_EXPORT int32_t et_stream_run(const et_program *program, et_stream *stream,
                                int32_t num_rows, void *const *externals);

/* Sizes of the structs, to check the Python side against: buffer, view, op, program,
 * stream, linear. */
ET_EXPORT int32_t et_executor_struct_nbytes(int32_t index);

#ifdef __cplusplus
}
#endif
#endif
