/*
 * Attention over the vector vocabulary. Both products are small matrix products whose
 * lanes are keys (scores) or channels (output), so that each lane adds one product after
 * the other, as generic.c does. A file per ISA defines MAX_ROWS and MAX_VECTORS, the
 * largest tile whose accumulators fit; one row alone may have ONE_ROW_VECTORS.
 */
#include <math.h>

#include "simd/vec_math.h"

enum { ONE_ROW_VECTORS = 6 };

/* sums[i][j] += factors[i][k] * columns[j][k * step ...], k = 0 .. count - 1 */
V_INLINE void multiply(const int rows, const int vectors, const int32_t width,
                       int32_t count, const float *const *factors,
                       const float *const *columns, size_t step, v16 *sums) {
    v16 y[MAX_ROWS * ONE_ROW_VECTORS];
#pragma GCC unroll 24
    for (int i = 0; i < rows * vectors; i++) {
        y[i] = sums[i];
    }
    for (int32_t k = 0; k < count; k++) {
        const size_t at = (size_t)k * step;
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            v16 column = width == 16 ? v_load_all(columns[j] + at)
                                     : v_load(columns[j] + at, width);
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                y[i * vectors + j] =
                    v_fma(v_set1(factors[i][k]), column, y[i * vectors + j]);
            }
        }
    }
#pragma GCC unroll 24
    for (int i = 0; i < rows * vectors; i++) {
        sums[i] = y[i];
    }
}

typedef void multiplier(int32_t count, const float *const *factors,
                        const float *const *columns, size_t step, v16 *sums);

#define MULTIPLIER(rows, vectors)                                                      \
    static void multiply_##rows##_##vectors(int32_t count, const float *const *factors, \
                                            const float *const *columns, size_t step,  \
                                            v16 *sums) {                               \
        multiply(rows, vectors, 16, count, factors, columns, step, sums);              \
    }

MULTIPLIER(1, 1)
MULTIPLIER(1, 2)
MULTIPLIER(1, 3)
MULTIPLIER(1, 4)
MULTIPLIER(1, 5)
MULTIPLIER(1, 6)
MULTIPLIER(2, 1)
MULTIPLIER(2, 2)
MULTIPLIER(3, 1)
MULTIPLIER(3, 2)
#if MAX_VECTORS == 6
MULTIPLIER(2, 3)
MULTIPLIER(2, 4)
MULTIPLIER(2, 5)
MULTIPLIER(2, 6)
MULTIPLIER(3, 3)
MULTIPLIER(3, 4)
MULTIPLIER(3, 5)
MULTIPLIER(3, 6)
MULTIPLIER(4, 1)
MULTIPLIER(4, 2)
MULTIPLIER(4, 3)
MULTIPLIER(4, 4)
MULTIPLIER(4, 5)
MULTIPLIER(4, 6)
#endif

#define FEW(rows) multiply_##rows##_1, multiply_##rows##_2
#define MANY(rows)                                                                     \
    FEW(rows), multiply_##rows##_3, multiply_##rows##_4, multiply_##rows##_5,          \
        multiply_##rows##_6

static multiplier *const multipliers[MAX_ROWS][ONE_ROW_VECTORS] = {
    {MANY(1)},
#if MAX_VECTORS == 6
    {MANY(2)},
    {MANY(3)},
    {MANY(4)},
#else
    {FEW(2)},
    {FEW(3)},
#endif
};

/* The last, uneven vector of a head's channels. */
static void multiply_tail(int rows, int32_t width, int32_t count,
                          const float *const *factors, const float *column, size_t step,
                          v16 *sums) {
    for (int i = 0; i < rows; i++) {
        multiply(1, 1, width, count, factors + i, &column, step, sums + i);
    }
}

/* Some rows of one head, and the keys that any of them sees. */
typedef struct tile {
    const et_attention *attention;
    int rows;
    int vectors; /* most at a time */
    int32_t head;
    uint64_t begins[MAX_ROWS]; /* first key of each row, and the one after its last */
    uint64_t ends[MAX_ROWS];
    uint64_t first_block;
    int32_t num_blocks;
    const float *queries[MAX_ROWS];
    float *scores[MAX_ROWS]; /* of the keys from the first block on */
    float inverse[MAX_ROWS]; /* 1 / sum of the shares */
} tile;

static int32_t kv_channel(const tile *tile) {
    const et_attention *a = tile->attention;
    return tile->head / (a->num_heads / a->num_kv_heads) * a->head_dim;
}

static void find_scores(const tile *tile) {
    const et_attention *a = tile->attention;
    const size_t block_floats =
        (size_t)a->num_kv_heads * (size_t)a->head_dim * ET_KEY_BLOCK;
    const float *keys = a->keys + (size_t)kv_channel(tile) * ET_KEY_BLOCK;
    const uint64_t block_mask = a->row_mask / ET_KEY_BLOCK;
    const v16 scale = v_set1(a->scale);
    for (int32_t b = 0, count; b < tile->num_blocks; b += count) {
        /* An even split: a block alone would wait for the latency of its sums. */
        const int32_t left = tile->num_blocks - b;
        const int32_t parts = (left + tile->vectors - 1) / tile->vectors;
        count = (left + parts - 1) / parts;
        const float *columns[ONE_ROW_VECTORS];
        v16 sums[MAX_ROWS * ONE_ROW_VECTORS];
        for (int32_t j = 0; j < count; j++) {
            uint64_t block = (tile->first_block + (uint64_t)(b + j)) & block_mask;
            columns[j] = keys + (size_t)block * block_floats;
        }
        for (int32_t i = 0; i < tile->rows * count; i++) {
            sums[i] = v_zero();
        }
        multipliers[tile->rows - 1][count - 1](a->head_dim, tile->queries, columns,
                                               ET_KEY_BLOCK, sums);
        for (int32_t i = 0; i < tile->rows; i++) {
            for (int32_t j = 0; j < count; j++) {
                v_store_all(tile->scores[i] + (b + j) * ET_KEY_BLOCK,
                            v_mul(sums[i * count + j], scale));
            }
        }
    }
}

static void fill(float *scores, int64_t first, int64_t end, float value) {
    for (int64_t n = first; n < end; n++) {
        scores[n] = value;
    }
}

/* Scores to shares before their division by the sum, of which 1 / sum is returned. */
static float find_shares(const tile *tile, int row) {
    float *scores = tile->scores[row];
    const int32_t count = tile->num_blocks * ET_KEY_BLOCK;
    const uint64_t first = tile->first_block * ET_KEY_BLOCK;
    const int64_t low = (int64_t)(tile->begins[row] - first);
    const int64_t high = (int64_t)(tile->ends[row] - first);
    fill(scores, 0, low, -INFINITY);
    fill(scores, high, count, -INFINITY);
    v16 biggest = v_set1(-INFINITY);
    for (int32_t n = 0; n < count; n += 16) {
        biggest = v_max(v_load_all(scores + n), biggest);
    }
    float lanes[16];
    v_store_all(lanes, biggest);
    for (int32_t i = 1; i < 16; i++) {
        lanes[0] = lanes[i] > lanes[0] ? lanes[i] : lanes[0];
    }
    const v16 largest = v_set1(lanes[0]);
    for (int32_t n = 0; n < count; n += 16) {
        v_store_all(scores + n, v_exp(v_sub(v_load_all(scores + n), largest)));
    }
    fill(scores, 0, low, 0.0f);
    fill(scores, high, count, 0.0f);
    v16 sum = v_zero();
    for (int32_t n = 0; n < count; n += 16) {
        sum = v_add(sum, v_load_all(scores + n));
    }
    return 1.0f / v_fold(sum);
}

/* Adds shares * values of the keys from begin to end to `rows` rows of the tile, for the
 * vectors from channel c on; a ring may wrap once. */
static void add_values(const tile *tile, int first_row, int rows, uint64_t begin,
                       uint64_t end, int32_t c, int32_t vectors, int32_t width,
                       v16 *sums) {
    const et_attention *a = tile->attention;
    const float *values = a->values + kv_channel(tile) + c;
    for (uint64_t row = begin; row < end;) {
        const uint64_t slot = row & a->row_mask;
        const uint64_t room = a->row_mask - slot, left = end - row - 1;
        const int32_t count = (int32_t)(room < left ? room : left) + 1;
        const float *factors[MAX_ROWS], *columns[ONE_ROW_VECTORS];
        for (int32_t i = 0; i < rows; i++) {
            factors[i] = tile->scores[first_row + i] +
                         (row - tile->first_block * ET_KEY_BLOCK);
        }
        for (int32_t j = 0; j < vectors; j++) {
            columns[j] = values + slot * (uint64_t)a->value_stride + 16 * j;
        }
        if (width == 16) {
            multipliers[rows - 1][vectors - 1](count, factors, columns,
                                               (size_t)a->value_stride, sums);
        } else {
            multiply_tail(rows, width, count, factors, columns[0],
                          (size_t)a->value_stride, sums);
        }
        row += (uint64_t)count;
    }
}

/* Each row adds the values that it sees and no others, not even times zero: that could
 * change the sign of a zero. What all rows see is added for all at once. */
static void add_seen_values(const tile *tile, int32_t c, int32_t vectors, int32_t width,
                            v16 *sums) {
    const int last = tile->rows - 1;
    uint64_t begin = tile->begins[last], end = tile->ends[0];
    if (end < begin) {
        end = begin = tile->ends[last];
    }
    for (int i = 0; i <= last; i++) {
        const uint64_t stop = tile->ends[i] < begin ? tile->ends[i] : begin;
        add_values(tile, i, 1, tile->begins[i], stop, c, vectors, width, sums + i * vectors);
    }
    add_values(tile, 0, tile->rows, begin, end, c, vectors, width, sums);
    for (int i = 0; i <= last; i++) {
        add_values(tile, i, 1, end, tile->ends[i], c, vectors, width, sums + i * vectors);
    }
}

static void mix_values(const tile *tile, float *const *out) {
    const int32_t head_dim = tile->attention->head_dim;
    for (int32_t c = 0; c < head_dim;) {
        const int32_t left = head_dim - c;
        const int32_t whole = left / 16 < tile->vectors ? left / 16 : tile->vectors;
        const int32_t vectors = whole ? whole : 1, width = whole ? 16 : left;
        v16 sums[MAX_ROWS * ONE_ROW_VECTORS];
        for (int32_t i = 0; i < tile->rows * vectors; i++) {
            sums[i] = v_zero();
        }
        add_seen_values(tile, c, vectors, width, sums);
        for (int32_t i = 0; i < tile->rows; i++) {
            float *to = out[i] + tile->head * head_dim + c;
            for (int32_t j = 0; j < vectors; j++) {
                v16 y = v_mul(sums[i * vectors + j], v_set1(tile->inverse[i]));
                v_store(to + 16 * j, y, width);
            }
        }
        c += vectors * width;
    }
}

void ET_NAME(attention_f32)(const et_attention *attention, int32_t num_rows,
                            const float *const *queries, float *const *out) {
    assert(num_rows >= 1 && attention->num_heads % attention->num_kv_heads == 0);
    for (int32_t head = 0; head < attention->num_heads; head++) {
        for (int32_t t = 0; t < num_rows;) {
            const int32_t left = num_rows - t;
            tile tile = {.attention = attention, .head = head};
            tile.rows = left < MAX_ROWS ? left : MAX_ROWS;
            tile.vectors = tile.rows == 1 ? ONE_ROW_VECTORS : MAX_VECTORS;
            for (int i = 0; i < tile.rows; i++) {
                tile.begins[i] = et_first_key(attention, t + i);
                tile.ends[i] = et_last_key(attention, t + i) + 1;
                tile.queries[i] = queries[t + i] + head * attention->head_dim;
                tile.scores[i] = attention->scores + i * attention->scores_stride;
            }
            tile.first_block = tile.begins[0] / ET_KEY_BLOCK;
            const uint64_t last = (tile.ends[tile.rows - 1] - 1) / ET_KEY_BLOCK;
            tile.num_blocks = (int32_t)(last - tile.first_block + 1);
            assert(tile.num_blocks * ET_KEY_BLOCK <= attention->scores_stride);
            find_scores(&tile);
            for (int i = 0; i < tile.rows; i++) {
                tile.inverse[i] = find_shares(&tile, i);
            }
            mix_values(&tile, out + t);
            t += tile.rows;
        }
    }
}
