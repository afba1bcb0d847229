/*
 * vpdpbusd ymm in its VEX encoding: 32 multiply-adds of u8 by s8 without saturation,
 * latency 5, two per cycle on Alder Lake P cores, one on Gracemont (N100). Weights are
 * stored as w + 128; 128 * sum(q) is taken off in the starting value. A test build
 * (ET_AVX_VNNI_AS_EVEX) has the same instruction in AVX-512's encoding.
 */
#define ET_ISA avx_vnni
#include "simd/vec_avx2.h"

#define MAX_ROWS 3
typedef __m256i operand;

V_INLINE operand broadcast(const int8_t *q) {
    int32_t four;
    __builtin_memcpy(&four, q, sizeof four);
    return _mm256_set1_epi32(four);
}

V_INLINE void dot(__m256i *sum, __m256i w, operand a) {
#ifdef ET_AVX_VNNI_AS_EVEX
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(w), "v"(a));
#else
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(*sum) : "x"(w), "x"(a));
#endif
}

V_INLINE __m256i start_value(const int8_t *q, size_t padded) {
    int32_t sum;
    __builtin_memcpy(&sum, q + padded + sizeof(float), sizeof sum);
    return _mm256_set1_epi32(-128 * sum);
}

#include "linear_qs8/tile_avx2.h"

#include "linear_qs8/template.h"
