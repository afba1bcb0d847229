/*
 * Linear layers and dense convolutions of quantised rows: everything but the integer
 * sums. A file per ISA defines, before it includes this,
 *     PANEL_VECTORS, MAX_ROWS    the tile: columns / 16 of a panel, frames
 *     sum_tile(rows, vectors, weights, padded, q, sums)
 * where q[i] is one tap's quantised row of frame i, weights one tap of a panel, and
 * sums[i * PANEL_VECTORS + j] receive the exact dot products.
 */
#include "simd/tile_output.h"

enum { PANEL_COLUMNS = 16 * PANEL_VECTORS };

typedef struct layer_run {
    const et_linear *layer;
    const int8_t *const *q;
    size_t padded;
} layer_run;

/* Frames that share a pass over the weights. A panel and these rows fit the first-level
 * cache together, the layer the second: with more rows each tile would fetch the panel
 * again, and its outputs from further away. */
#ifndef BLOCK_ROWS
#define BLOCK_ROWS 8
#endif

typedef struct row_range {
    int32_t first;
    int32_t end;
} row_range;

V_INLINE float row_scale(const int8_t *row, size_t padded) {
    float scale;
    memcpy(&scale, row + padded, sizeof scale);
    return scale;
}

V_INLINE void run_tile(const int rows, const int vectors, const layer_run *run,
                       const size_t padded, const uint8_t *weights,
                       const tile_place *place) {
    const int32_t num_taps = run->layer->num_taps;
    const int8_t *const *frame = run->q + (size_t)place->first_row * num_taps;
    v16 y[MAX_ROWS * PANEL_VECTORS];
#pragma GCC unroll 32
    for (int at = 0; at < MAX_ROWS * PANEL_VECTORS; at++) {
        y[at] = v_zero();
    }
    for (int32_t tap = 0; tap < num_taps; tap++) {
        const int8_t *q[MAX_ROWS];
        v16i sums[MAX_ROWS * PANEL_VECTORS];
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            q[i] = frame[i * num_taps + tap];
        }
        sum_tile(rows, vectors, weights, padded, q, sums);
        weights += 16 * vectors * padded;
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            v16 scale = v_set1(row_scale(q[i], padded));
#pragma GCC unroll 8
            for (int j = 0; j < vectors; j++) {
                const int at = i * PANEL_VECTORS + j;
                y[at] = v_fma(v_from_int(sums[at]), scale, y[at]);
            }
        }
    }
    const float *column_scale = (const float *)weights;
    const float *bias = column_scale + 16 * vectors;
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            const int at = i * PANEL_VECTORS + j;
            v16 scale = v_load_all(column_scale + 16 * j);
            y[at] = v_fma(y[at], scale, v_load_all(bias + 16 * j));
        }
    }
    store_tile(rows, vectors, PANEL_VECTORS, place, y);
}

/* One function per panel width: a tile of every height within it. */
V_INLINE void run_panel(const int vectors, const layer_run *run, const size_t padded,
                        row_range range, const uint8_t *weights, tile_place *place) {
    for (int32_t t = range.first; t < range.end;) {
        int32_t rows = next_tile_rows(range.end - t, MAX_ROWS);
        place->first_row = t;
        t += rows;
        switch (rows) {
        case 1: run_tile(1, vectors, run, padded, weights, place); break;
        case 2: run_tile(2, vectors, run, padded, weights, place); break;
#if MAX_ROWS >= 3
        case 3: run_tile(3, vectors, run, padded, weights, place); break;
#endif
#if MAX_ROWS >= 4
        case 4: run_tile(4, vectors, run, padded, weights, place); break;
#endif
#if MAX_ROWS >= 5
        case 5: run_tile(5, vectors, run, padded, weights, place); break;
#endif
#if MAX_ROWS >= 6
        case 6: run_tile(6, vectors, run, padded, weights, place); break;
#endif
        }
    }
}

#define PANEL_RUNNER(name, vectors, padded)                                      \
    static __attribute__((noinline)) void run_panel_##name(                      \
        const layer_run *run, row_range range, const uint8_t *weights,           \
        tile_place *place) {                                                     \
        run_panel(vectors, run, padded, range, weights, place);                  \
    }
PANEL_RUNNER(1, 1, run->padded)
PANEL_RUNNER(2, 2, run->padded)
#if PANEL_VECTORS == 4
PANEL_RUNNER(3, 3, run->padded)
PANEL_RUNNER(4, 4, run->padded)
#endif
/* Narrow convolutions, as at audio rate: a tap is a few instructions, and a loop over its
 * inputs would cost as much. */
PANEL_RUNNER(1_of_8, 1, 8)
PANEL_RUNNER(1_of_16, 1, 16)
PANEL_RUNNER(2_of_32, 2, 32)

typedef void panel_runner(const layer_run *run, row_range range, const uint8_t *weights,
                          tile_place *place);

static panel_runner *panel_runner_of(int32_t width, size_t padded) {
    switch (width / 16) {
    case 1:
        return padded == 8 ? run_panel_1_of_8 : padded == 16 ? run_panel_1_of_16 : run_panel_1;
    case 2: return padded == 32 ? run_panel_2_of_32 : run_panel_2;
#if PANEL_VECTORS == 4
    case 3: return run_panel_3;
    default: return run_panel_4;
#else
    default: return run_panel_2;
#endif
    }
}

void ET_NAME(linear_qs8)(const et_linear *layer, int32_t num_rows,
                         const int8_t *const *q, const et_epilogue *epilogue,
                         float *const *out) {
    assert(num_rows >= 1 && layer->num_outputs >= 1 && layer->num_taps >= 1);
    assert((epilogue->gate != ET_GATE_NONE) == (layer->gated != 0));
    layer_run run = {layer, q, et_qs8_padded(layer->num_inputs)};
    const int32_t num_panels = et_num_panels(layer, PANEL_COLUMNS);
    const int32_t per_panel = et_outputs_per_panel(layer, PANEL_COLUMNS);
    const int32_t num_blocks = (num_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    row_range range = {0, 0};
    for (int32_t block = 0; block < num_blocks; block++) {
        const uint8_t *weights = layer->packed;
        range.end += (num_rows - range.first) / (num_blocks - block);
        for (int32_t panel = 0; panel < num_panels; panel++) {
            int32_t width = et_panel_width(layer, PANEL_COLUMNS, panel);
            int32_t rest = layer->num_outputs - panel * per_panel;
            tile_place place = {epilogue, out, 0, panel * per_panel,
                                rest < per_panel ? rest : per_panel};
            panel_runner_of(width, run.padded)(&run, range, weights, &place);
            weights += et_panel_nbytes_qs8(layer, width);
        }
        range.first = range.end;
    }
}
