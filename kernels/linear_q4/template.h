/*
 * Linear layers and dense convolutions with weights of four bits: everything but the
 * integer sums. A file per ISA defines, before it includes this,
 *     PANEL_VECTORS, MAX_ROWS    the tile: columns / 16 of a panel, frames
 *     sum_group(rows, vectors, weights, k, q, sums)
 * where q[i] + k are the ET_Q4_GROUP inputs of one group of frame i, weights the group of
 * a panel (linear_layout.h), and sums[i * PANEL_VECTORS + j] receive the exact sums of
 * q * (w + 8). What the 8 adds does not depend on the column and is taken off here.
 */
#include "simd/tile_output.h"

enum {
    PANEL_COLUMNS = 16 * PANEL_VECTORS,
    MAX_OFFSETS = 8192, /* groups of inputs, over rows and taps, that run together */
};

typedef struct layer_run {
    const et_linear *layer;
    const int8_t *const *q;
    const int16_t *offsets; /* (rows, taps, groups): -8 times the sum of the inputs */
    size_t num_groups;      /* per tap */
} layer_run;

V_INLINE void run_tile(const int rows, const int vectors, const layer_run *run,
                       const uint8_t *weights, const tile_place *place) {
    const size_t num_taps = (size_t)run->layer->num_taps;
    const size_t num_groups = run->num_groups;
    const size_t all_groups = num_taps * num_groups;
    const int8_t *const *frame = run->q + (size_t)place->first_row * num_taps;
    const int16_t *offsets = run->offsets + (size_t)place->first_row * all_groups;
    const size_t group_nbytes = (size_t)(16 * vectors * ET_Q4_GROUP / 2);
    const uint16_t *scales = (const uint16_t *)(weights + all_groups * group_nbytes);
    v16 y[MAX_ROWS * PANEL_VECTORS];
#pragma GCC unroll 32
    for (int at = 0; at < MAX_ROWS * PANEL_VECTORS; at++) {
        y[at] = v_zero();
    }
    for (size_t tap = 0; tap < num_taps; tap++) {
        const int8_t *q[MAX_ROWS];
        v16 total[MAX_ROWS * PANEL_VECTORS];
#pragma GCC unroll 32
        for (int at = 0; at < MAX_ROWS * PANEL_VECTORS; at++) {
            total[at] = v_zero();
        }
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            q[i] = frame[(size_t)i * num_taps + tap];
        }
        for (size_t group = 0; group < num_groups; group++) {
            v16i sums[MAX_ROWS * PANEL_VECTORS];
            sum_group(rows, vectors, weights, group * ET_Q4_GROUP, q, sums);
            weights += group_nbytes;
#pragma GCC unroll 8
            for (int j = 0; j < vectors; j++) {
                v16 scale = v_load_bf16(scales + 16 * j);
#pragma GCC unroll 8
                for (int i = 0; i < rows; i++) {
                    const int at = i * PANEL_VECTORS + j;
                    int32_t offset = offsets[(size_t)i * all_groups + group];
                    v16i sum = vi_add(sums[at], vi_set1(offset));
                    total[at] = v_fma(v_from_int(sum), scale, total[at]);
                }
            }
            scales += 16 * vectors;
        }
        offsets += num_groups;
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            float row_scale;
            memcpy(&row_scale, q[i] + num_groups * ET_Q4_GROUP, sizeof row_scale);
            v16 scale = v_set1(row_scale);
#pragma GCC unroll 8
            for (int j = 0; j < vectors; j++) {
                const int at = i * PANEL_VECTORS + j;
                y[at] = v_fma(total[at], scale, y[at]);
            }
        }
    }
    const float *bias = (const float *)scales;
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            const int at = i * PANEL_VECTORS + j;
            y[at] = v_add(y[at], v_load_all(bias + 16 * j));
        }
    }
    store_tile(rows, vectors, PANEL_VECTORS, place, y);
}

/* One function per panel width: a tile of every height within it. */
V_INLINE void run_panel(const int vectors, const layer_run *run, int32_t num_rows,
                        const uint8_t *weights, tile_place *place) {
    for (int32_t t = 0; t < num_rows;) {
        int32_t rows = next_tile_rows(num_rows - t, MAX_ROWS);
        place->first_row = t;
        t += rows;
        switch (rows) {
        case 1: run_tile(1, vectors, run, weights, place); break;
        case 2: run_tile(2, vectors, run, weights, place); break;
#if MAX_ROWS >= 3
        case 3: run_tile(3, vectors, run, weights, place); break;
#endif
#if MAX_ROWS >= 4
        case 4: run_tile(4, vectors, run, weights, place); break;
#endif
        }
    }
}

#define PANEL_RUNNER(vectors)                                                    \
    static __attribute__((noinline)) void run_panel_##vectors(                   \
        const layer_run *run, int32_t num_rows, const uint8_t *weights,          \
        tile_place *place) {                                                     \
        run_panel(vectors, run, num_rows, weights, place);                       \
    }
PANEL_RUNNER(1)
PANEL_RUNNER(2)
#if PANEL_VECTORS == 4
PANEL_RUNNER(3)
PANEL_RUNNER(4)
#endif

/* Rows few enough for the offsets; their pointers are those of the whole call. */
static void run_rows(const layer_run *run, int32_t num_rows, const et_epilogue *epilogue,
                     float *const *out) {
    const et_linear *layer = run->layer;
    const uint8_t *weights = layer->packed;
    int32_t num_panels = et_num_panels(layer, PANEL_COLUMNS);
    int32_t per_panel = et_outputs_per_panel(layer, PANEL_COLUMNS);
    for (int32_t panel = 0; panel < num_panels; panel++) {
        int32_t width = et_panel_width(layer, PANEL_COLUMNS, panel);
        int32_t rest = layer->num_outputs - panel * per_panel;
        tile_place place = {epilogue, out, 0, panel * per_panel,
                            rest < per_panel ? rest : per_panel};
        switch (width / 16) {
        case 1: run_panel_1(run, num_rows, weights, &place); break;
        case 2: run_panel_2(run, num_rows, weights, &place); break;
#if PANEL_VECTORS == 4
        case 3: run_panel_3(run, num_rows, weights, &place); break;
        case 4: run_panel_4(run, num_rows, weights, &place); break;
#endif
        }
        weights += et_panel_nbytes_q4(layer, width);
    }
}

V_INLINE int16_t offset_of(const int8_t *inputs) {
    int32_t sum = 0;
    for (int k = 0; k < ET_Q4_GROUP; k++) {
        sum += inputs[k];
    }
    return (int16_t)(-8 * sum); /* at most 8 * 32 * 127 = 32512 */
}

void ET_NAME(linear_q4)(const et_linear *layer, int32_t num_rows, const int8_t *const *q,
                        const et_epilogue *epilogue, float *const *out) {
    assert(num_rows >= 1 && layer->num_outputs >= 1 && layer->num_taps >= 1);
    assert((epilogue->gate != ET_GATE_NONE) == (layer->gated != 0));
    assert(layer->num_inputs % ET_Q4_GROUP == 0);
    const int32_t num_taps = layer->num_taps;
    const int32_t num_groups = layer->num_inputs / ET_Q4_GROUP;
    const int32_t most_rows = MAX_OFFSETS / (num_taps * num_groups); /* at least 4 */
    int16_t offsets[MAX_OFFSETS];
    for (int32_t first = 0; first < num_rows; first += most_rows) {
        int32_t rows = num_rows - first < most_rows ? num_rows - first : most_rows;
        const int8_t *const *taps = q + (size_t)first * (size_t)num_taps;
        int16_t *offset = offsets;
        for (int32_t row = 0; row < rows * num_taps; row++) {
            for (int32_t group = 0; group < num_groups; group++) {
                *offset++ = offset_of(taps[row] + group * ET_Q4_GROUP);
            }
        }
        layer_run run = {layer, taps, offsets, (size_t)num_groups};
        et_epilogue part = *epilogue;
        part.residual = part.residual ? part.residual + first : NULL;
        part.absmax = part.absmax ? part.absmax + first : NULL;
        run_rows(&run, rows, &part, out + first);
    }
}
