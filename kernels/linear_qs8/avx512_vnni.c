/*
 * vpdpbusd zmm: 64 multiply-adds of u8 by s8 without saturation, latency 4, one per cycle
 * on Zen 4 (two on Ice Lake servers). Weights are stored as w + 128; 128 * sum(q) is
 * taken off in the starting value. Inline assembly, because gcc 12 spills accumulators
 * around the intrinsic.
 */
#define ET_ISA avx512_vnni
#include "simd/vec_avx512.h"

typedef __m512i operand;

V_INLINE operand broadcast(const int8_t *q) {
    int32_t four;
    __builtin_memcpy(&four, q, sizeof four);
    return _mm512_set1_epi32(four);
}

V_INLINE void dot(__m512i *sum, __m512i w, operand a) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(w), "v"(a));
}

V_INLINE __m512i start_value(const int8_t *q, size_t padded) {
    int32_t offset;
    __builtin_memcpy(&offset, q + padded + sizeof(float), sizeof offset);
    return _mm512_set1_epi32(offset);
}

#include "linear_qs8/tile_avx512.h"

#include "linear_qs8/template.h"
