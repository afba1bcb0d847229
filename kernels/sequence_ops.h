/*
 * Ops that need to know which row of the utterance a row is, or many rows at once; for the
 * executor alone. They use the stream's work memory, so one thread runs each. Matching
 * levels is here because it is rare and needs no variant per ISA.
 */
#ifndef EDGE_SEQUENCE_OPS_H
#define EDGE_SEQUENCE_OPS_H

#include "executor.h"
#include "stream_rows.h"

void et_store_keys(const et_pass *pass, const et_op *op, int32_t rows);
void et_run_attention(const et_pass *pass, const et_op *op, int32_t rows);
void et_run_rotary(const et_pass *pass, const et_op *op, int32_t rows);
void et_run_overlap_add(const et_pass *pass, const et_op *op, int32_t rows);
void et_run_match_rms(const et_pass *pass, const et_op *op, int32_t rows);

#endif
