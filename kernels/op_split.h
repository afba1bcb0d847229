/*
 * When an op is split over threads and how; the one place of that policy. Pure functions.
 *
 *  - Runs of up to ET_SOLO_ROWS input rows stay with the caller: a step of one frame
 *    takes about 100 us, is bound by reading weights, and its p99 matters most.
 *  - An op is split when every chunk has about ET_CHUNK_COST of work, 1-2 us on a core
 *    with AVX-512; handing a chunk over costs 0.1-0.3 us.
 *  - Linear layers are split over output columns, by packed panels, so that a thread
 *    reads its part of the weights only; where there are few panels for the threads and
 *    enough rows, and for all other ops, over rows.
 *  - Ops that may fail, or whose rows depend on each other, are not split.
 *
 * No split changes a number: every column of every row is computed as if alone.
 */
#ifndef EDGE_OP_SPLIT_H
#define EDGE_OP_SPLIT_H

#include "executor.h"
#include "workers.h"

#define ET_SOLO_ROWS 2
#define ET_CHUNK_COST 4096  /* vector operations of sixteen lanes, about */
#define ET_COLUMN_ROWS 64   /* most rows of an op that is split over columns */
#define ET_ROWS_PER_TILE 12 /* a multiple of most tile heights of linear kernels */

typedef struct et_split {
    int32_t num_chunks; /* 1: not split */
    int32_t by_columns; /* 1: chunks are panels of a linear layer; 0: rows */
    int32_t num_units;  /* panels or rows */
    int32_t unit;       /* chunks begin at a multiple of this */
} et_split;

/* chunk_cost is ET_CHUNK_COST, or 1 to split whatever can be split. */
et_split et_split_of(const et_kernel_table *kernels, const et_op *op, int32_t num_rows,
                     int32_t num_channels, int32_t num_threads, int32_t chunk_cost);

/* First unit of a chunk; that of chunk num_chunks is num_units. */
static inline int32_t et_split_start(const et_split *split, int32_t chunk) {
    const int32_t blocks = (split->num_units + split->unit - 1) / split->unit;
    const int64_t start = (int64_t)blocks * chunk / split->num_chunks * split->unit;
    return start < split->num_units ? (int32_t)start : split->num_units;
}

/* Columns first <= c < first + layer.num_outputs of a layer as a layer of its own. */
typedef struct et_columns {
    et_linear layer;
    int32_t first;
} et_columns;

et_columns et_columns_of(const et_kernel_table *kernels, const et_op *op,
                         int32_t first_panel, int32_t last_panel);

#endif
