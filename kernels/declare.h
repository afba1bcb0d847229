/*
 * Declares every variant of kernels.inc with the type of its entry in the table, so that
 * the compiler compares each definition with the contract.
 */
#ifndef ET_DECLARE_H
#define ET_DECLARE_H

#include "edge_kernels.h"

#define ET_KERNEL(op, dtype, isa) \
    extern __typeof__(*((et_kernel_table *)0)->op##_##dtype) et_##op##_##dtype##__##isa;
#include "kernels.inc"
#undef ET_KERNEL

/* ET_NAME(add_f32) is et_add_f32__<isa> in a file that defines ET_ISA. */
#define ET_JOIN(kernel, isa) et_##kernel##__##isa
#define ET_JOIN_EXPANDED(kernel, isa) ET_JOIN(kernel, isa)
#define ET_NAME(kernel) ET_JOIN_EXPANDED(kernel, ET_ISA)

#endif
