/*
 * How a finished tile of a linear layer reaches memory: epilogue and store. A tile is
 * `rows` frames by `vectors` times 16 columns, in registers. Plain layers and those that
 * generators consist of (gelu, glu; int8 on AVX-512 only) are finished there, which saves
 * 3 % of a layer of 384 inputs; others go through a small buffer, so that their code
 * exists once per ISA and not once per tile shape.
 */
#ifndef ET_SIMD_TILE_OUTPUT_H
#define ET_SIMD_TILE_OUTPUT_H

#include "linear_layout.h"
#include "simd/vec_math.h"

/* 1: gelu and glu without the buffer; code in every tile for some percent of speed. */
#ifndef FINISH_IN_REGISTERS
#define FINISH_IN_REGISTERS 0
#endif

enum { TILE_MAX_ROWS = 6, TILE_MAX_COLUMNS = 64 };

/* Where a tile belongs in the result. */
typedef struct tile_place {
    const et_epilogue *epilogue;
    float *const *out;
    int32_t first_row;
    int32_t first_output;
    int32_t num_outputs; /* of this panel, without padding */
} tile_place;

V_INLINE v16 add_residual(const tile_place *place, int32_t row, int32_t c, v16 y,
                          int32_t count) {
    const float *const *residual = place->epilogue->residual;
    if (!residual) {
        return y;
    }
    const float *from = residual[place->first_row + row] + place->first_output + c;
    return v_add(y, v_load(from, count));
}

V_INLINE void note_absmax(const tile_place *place, int32_t row, v16 biggest) {
    float *absmax = place->epilogue->absmax + place->first_row + row;
    *absmax = v_fold_max_abs(v_max_abs(v_set1(*absmax), biggest));
}

V_INLINE void finish_row(const int32_t activation, const int32_t gate,
                         const tile_place *place, int32_t row, const float *values,
                         const float *gates) {
    float alpha = place->epilogue->alpha;
    float *out = place->out[place->first_row + row] + place->first_output;
    v16 biggest = v_zero();
    V_EACH_BLOCK(place->num_outputs, {
        v16 y = v_load_all(values + c);
        y = gate == ET_GATE_NONE ? v_activate(activation, alpha, y)
                                 : v_gate(gate, y, v_load_all(gates + c));
        y = add_residual(place, row, c, y, count);
        biggest = v_max_abs(biggest, v_keep(y, count));
        v_store(out + c, y, count);
    });
    if (place->epilogue->absmax) {
        note_absmax(place, row, biggest);
    }
}

static __attribute__((noinline)) void finish_tile(
    const tile_place *place, int32_t rows, int32_t width,
    float (*tile)[TILE_MAX_COLUMNS]) {
    int32_t activation = place->epilogue->activation;
    int32_t gate = place->epilogue->gate;
    for (int32_t row = 0; row < rows; row++) {
        const float *values = tile[row];
        const float *gates = tile[row] + width / 2;
        switch (activation) {
#define STAMP(value)                                                      \
    case value: finish_row(value, ET_GATE_NONE, place, row, values, gates); break;
            V_EACH_ACTIVATION(STAMP)
#undef STAMP
        }
        switch (gate) {
#define STAMP(value)                                                           \
    case value: finish_row(ET_ACTIVATION_NONE, value, place, row, values, gates); break;
            V_EACH_GATE(STAMP)
#undef STAMP
        }
    }
}

/* Finishes a tile in registers; everything but place and y is constant. */
V_INLINE void store_finished(const int rows, const int vectors, const int max_vectors,
                             const int32_t activation, const int32_t gate,
                             const tile_place *place, const v16 *y) {
    const int outputs = gate == ET_GATE_NONE ? vectors : vectors / 2;
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
        float *out = place->out[place->first_row + i] + place->first_output;
        v16 biggest = v_zero();
#pragma GCC unroll 8
        for (int j = 0; j < outputs; j++) {
            const v16 *from = y + i * max_vectors + j;
            int32_t rest = place->num_outputs - 16 * j;
            int32_t count = rest < 16 ? rest : 16;
            v16 value = gate == ET_GATE_NONE ? v_activate(activation, 0.0f, from[0])
                                             : v_gate(gate, from[0], from[outputs]);
            value = add_residual(place, i, 16 * j, value, count);
            biggest = v_max_abs(biggest, v_keep(value, count));
            v_store(out + 16 * j, value, count);
        }
        if (place->epilogue->absmax) {
            note_absmax(place, i, biggest);
        }
    }
}

/* y holds tiles of up to max_vectors columns; rows and vectors are constants. */
V_INLINE void store_tile(const int rows, const int vectors, const int max_vectors,
                         const tile_place *place, const v16 *y) {
    const int32_t activation = place->epilogue->activation;
    const int32_t gate = place->epilogue->gate;
    if (FINISH_IN_REGISTERS && gate == ET_GATE_GLU) {
        store_finished(rows, vectors, max_vectors, ET_ACTIVATION_NONE, ET_GATE_GLU, place,
                       y);
    } else if (FINISH_IN_REGISTERS && activation == ET_ACTIVATION_GELU) {
        store_finished(rows, vectors, max_vectors, ET_ACTIVATION_GELU, ET_GATE_NONE, place,
                       y);
    } else if (activation == ET_ACTIVATION_NONE && gate == ET_GATE_NONE) {
        store_finished(rows, vectors, max_vectors, ET_ACTIVATION_NONE, ET_GATE_NONE, place,
                       y);
    } else {
        float tile[TILE_MAX_ROWS][TILE_MAX_COLUMNS] __attribute__((aligned(64)));
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
#pragma GCC unroll 8
            for (int j = 0; j < vectors; j++) {
                v_store_all(tile[i] + 16 * j, y[i * max_vectors + j]);
            }
        }
        finish_tile(place, rows, 16 * vectors, tile);
    }
}

/* Frames of the next tile when `left` remain: as even a split as tiles of at most
 * max_rows allow, because a tile of one row wastes the weights it loads. */
V_INLINE int32_t next_tile_rows(int32_t left, int32_t max_rows) {
    int32_t tiles = (left + max_rows - 1) / max_rows;
    return (left + tiles - 1) / tiles;
}

#endif
