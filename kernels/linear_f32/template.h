/*
 * Linear layers and dense convolutions in float. Lanes are columns and each lane adds
 * its products one after the other, so the order of sums is that of generic.c on every
 * ISA. A file per ISA defines PANEL_VECTORS and MAX_ROWS (accumulators must fit).
 * linear_bf16/template.h stamps it for weights of two bytes.
 */
#include "simd/tile_output.h"

#ifndef WEIGHT
#define WEIGHT float
#define load_weights v_load_all
#define panel_nbytes et_panel_nbytes_f32
#define ET_LINEAR ET_NAME(linear_f32)
#define NARROW_COLUMNS 8 /* layers up to this width have a tile of their own */
#endif

enum { PANEL_COLUMNS = 16 * PANEL_VECTORS };

V_INLINE void run_tile(const int rows, const int vectors, const et_linear *layer,
                       const float *const *x, const WEIGHT *weights,
                       const tile_place *place) {
    const int32_t num_taps = layer->num_taps;
    const size_t num_inputs = (size_t)layer->num_inputs;
    const float *const *frame = x + (size_t)place->first_row * num_taps;
    const float *bias =
        (const float *)(weights + num_inputs * num_taps * 16 * vectors);
    v16 y[MAX_ROWS * PANEL_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
        for (int j = 0; j < vectors; j++) {
            y[i * PANEL_VECTORS + j] = v_load_all(bias + 16 * j);
        }
    }
    for (int32_t tap = 0; tap < num_taps; tap++) {
        const float *row[MAX_ROWS];
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            row[i] = frame[i * num_taps + tap];
        }
        for (size_t k = 0; k < num_inputs; k++, weights += 16 * vectors) {
#pragma GCC unroll 8
            for (int j = 0; j < vectors; j++) {
                v16 w = load_weights(weights + 16 * j);
#pragma GCC unroll 8
                for (int i = 0; i < rows; i++) {
                    const int at = i * PANEL_VECTORS + j;
                    y[at] = v_fma(v_set1(row[i][k]), w, y[at]);
                }
            }
        }
    }
    store_tile(rows, vectors, PANEL_VECTORS, place, y);
}

V_INLINE void run_panel(const int vectors, const et_linear *layer, int32_t num_rows,
                        const float *const *x, const WEIGHT *weights,
                        tile_place *place) {
    for (int32_t t = 0; t < num_rows;) {
        int32_t rows = next_tile_rows(num_rows - t, MAX_ROWS);
        place->first_row = t;
        t += rows;
        switch (rows) {
        case 1: run_tile(1, vectors, layer, x, weights, place); break;
        case 2: run_tile(2, vectors, layer, x, weights, place); break;
#if MAX_ROWS >= 3
        case 3: run_tile(3, vectors, layer, x, weights, place); break;
#endif
#if MAX_ROWS >= 4
        case 4: run_tile(4, vectors, layer, x, weights, place); break;
#endif
#if MAX_ROWS >= 5
        case 5: run_tile(5, vectors, layer, x, weights, place); break;
#endif
#if MAX_ROWS >= 6
        case 6: run_tile(6, vectors, layer, x, weights, place); break;
#endif
        }
    }
}

#ifdef NARROW_COLUMNS
enum { NARROW_ROWS = 8 };

/* Half vectors and more rows: with whole ones half of the products would be of padding,
 * and too few sums would be under way to hide the latency of one. */
V_INLINE void run_narrow_tile(const int rows, const et_linear *layer,
                              const float *const *x, const float *weights,
                              const tile_place *place) {
    const int32_t num_taps = layer->num_taps;
    const size_t num_inputs = (size_t)layer->num_inputs;
    const float *const *frame = x + (size_t)place->first_row * num_taps;
    const float *bias = weights + num_inputs * num_taps * 16;
    v8 y[NARROW_ROWS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
        y[i] = v8_load(bias);
    }
    for (int32_t tap = 0; tap < num_taps; tap++) {
        const float *row[NARROW_ROWS];
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            row[i] = frame[i * num_taps + tap];
        }
        for (size_t k = 0; k < num_inputs; k++, weights += 16) {
            const v8 w = v8_load(weights);
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                y[i] = v8_fma1(row[i][k], w, y[i]);
            }
        }
    }
    const int half = rows > 4 ? 4 : rows;
    for (int first = 0; first < rows; first += half) {
        v16 wide[4];
        tile_place part = *place;
        part.first_row += first;
#pragma GCC unroll 4
        for (int i = 0; i < half; i++) {
            wide[i] = v8_widen(y[first + i]);
        }
        store_tile(half, 1, 1, &part, wide);
    }
}

static __attribute__((noinline)) void run_narrow(const et_linear *layer,
                                                 int32_t num_rows, const float *const *x,
                                                 const float *weights,
                                                 tile_place *place) {
    int32_t *t = &place->first_row;
    for (; num_rows - *t >= 8; *t += 8) {
        run_narrow_tile(8, layer, x, weights, place);
    }
    for (; num_rows - *t >= 2; *t += 2) {
        run_narrow_tile(2, layer, x, weights, place);
    }
    for (; num_rows - *t >= 1; *t += 1) {
        run_narrow_tile(1, layer, x, weights, place);
    }
}
#endif

#define PANEL_RUNNER(vectors)                                                      \
    static __attribute__((noinline)) void run_panel_##vectors(                     \
        const et_linear *layer, int32_t num_rows, const float *const *x,           \
        const WEIGHT *weights, tile_place *place) {                                \
        run_panel(vectors, layer, num_rows, x, weights, place);                    \
    }
PANEL_RUNNER(1)
PANEL_RUNNER(2)
#if PANEL_VECTORS == 4
PANEL_RUNNER(3)
PANEL_RUNNER(4)
#endif

void ET_LINEAR(const et_linear *layer, int32_t num_rows, const float *const *x,
               const et_epilogue *epilogue, float *const *out) {
    assert(num_rows >= 1 && layer->num_outputs >= 1 && layer->num_taps >= 1);
    assert((epilogue->gate != ET_GATE_NONE) == (layer->gated != 0));
    const char *weights = layer->packed;
    int32_t num_panels = et_num_panels(layer, PANEL_COLUMNS);
    int32_t per_panel = et_outputs_per_panel(layer, PANEL_COLUMNS);
    for (int32_t panel = 0; panel < num_panels; panel++) {
        int32_t width = et_panel_width(layer, PANEL_COLUMNS, panel);
        int32_t rest = layer->num_outputs - panel * per_panel;
        tile_place place = {epilogue, out, 0, panel * per_panel,
                            rest < per_panel ? rest : per_panel};
#ifdef NARROW_COLUMNS
        if (place.num_outputs <= NARROW_COLUMNS && !layer->gated && width == 16) {
            run_narrow(layer, num_rows, x, (const float *)weights, &place);
            weights += panel_nbytes(layer, width);
            continue;
        }
#endif
        switch (width / 16) {
        case 1: run_panel_1(layer, num_rows, x, (const WEIGHT *)weights, &place); break;
        case 2: run_panel_2(layer, num_rows, x, (const WEIGHT *)weights, &place); break;
#if PANEL_VECTORS == 4
        case 3: run_panel_3(layer, num_rows, x, (const WEIGHT *)weights, &place); break;
        case 4: run_panel_4(layer, num_rows, x, (const WEIGHT *)weights, &place); break;
#endif
        }
        weights += panel_nbytes(layer, width);
    }
}
