/*
 * The vector vocabulary on AVX-512 (F, BW, DQ, VL): sixteen lanes are one register.
 * Meaning of the words: vec_neon.h, vec_avx2.h and this file agree lane by lane.
 *
 *   Zen 4, 512-bit operations      latency   per cycle
 *   add, mul, fma                     3-4         1
 *   div (ps)                           11       1/10
 *   cvtps2dq, roundscale                4         1
 *   max, blend, logic                   1         1
 */
#ifndef ET_SIMD_VEC_AVX512_H
#define ET_SIMD_VEC_AVX512_H

#include <immintrin.h>
#include <stdint.h>

#define V_INLINE static inline __attribute__((always_inline))

typedef __m512 v16;  /* 16 floats */
typedef __m512i v16i; /* 16 int32 */

V_INLINE __mmask16 v_first(int32_t count) { return (__mmask16)((1u << count) - 1u); }

V_INLINE v16 v_set1(float x) { return _mm512_set1_ps(x); }
V_INLINE v16 v_zero(void) { return _mm512_setzero_ps(); }
V_INLINE v16 v_load_all(const float *p) { return _mm512_loadu_ps(p); }
/* Sixteen bfloat16: the upper halves of floats. */
V_INLINE v16 v_load_bf16(const uint16_t *p) {
    v16i halves = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(halves, 16));
}
V_INLINE void v_store_all(float *p, v16 a) { _mm512_storeu_ps(p, a); }
/* Half a vector, for layers of at most eight columns. */
typedef __m256 v8;
V_INLINE v8 v8_load(const float *p) { return _mm256_loadu_ps(p); }
V_INLINE v8 v8_fma1(float x, v8 b, v8 c) {
    return _mm256_fmadd_ps(_mm256_set1_ps(x), b, c);
}
V_INLINE v16 v8_widen(v8 a) { return _mm512_zextps256_ps512(a); }
/* The first count lanes, 1 <= count <= 16; the others read as 0. */
V_INLINE v16 v_load(const float *p, int32_t count) {
    return count == 16 ? _mm512_loadu_ps(p) : _mm512_maskz_loadu_ps(v_first(count), p);
}
V_INLINE void v_store(float *p, v16 a, int32_t count) {
    if (count == 16) {
        _mm512_storeu_ps(p, a);
    } else {
        _mm512_mask_storeu_ps(p, v_first(count), a);
    }
}
V_INLINE v16 v_keep(v16 a, int32_t count) {
    return count == 16 ? a : _mm512_maskz_mov_ps(v_first(count), a);
}

V_INLINE v16 v_add(v16 a, v16 b) { return _mm512_add_ps(a, b); }
V_INLINE v16 v_sub(v16 a, v16 b) { return _mm512_sub_ps(a, b); }
V_INLINE v16 v_mul(v16 a, v16 b) { return _mm512_mul_ps(a, b); }
V_INLINE v16 v_div(v16 a, v16 b) { return _mm512_div_ps(a, b); }
V_INLINE v16 v_fma(v16 a, v16 b, v16 c) { return _mm512_fmadd_ps(a, b, c); }
V_INLINE v16 v_fnma(v16 a, v16 b, v16 c) { return _mm512_fnmadd_ps(a, b, c); } /* c - a b */
/* a > b ? a : b; a < b ? a : b; hence b where one is NaN. */
V_INLINE v16 v_max(v16 a, v16 b) { return _mm512_max_ps(a, b); }
V_INLINE v16 v_min(v16 a, v16 b) { return _mm512_min_ps(a, b); }
V_INLINE v16 v_round(v16 a) { /* to nearest, ties to even */
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
V_INLINE v16 v_abs(v16 a) { return _mm512_abs_ps(a); }
V_INLINE v16 v_negate(v16 a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }
/* a < b ? x : y */
V_INLINE v16 v_select_less(v16 a, v16 b, v16 x, v16 y) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}

V_INLINE v16i vi_set1(int32_t x) { return _mm512_set1_epi32(x); }
V_INLINE v16i vi_add(v16i a, v16i b) { return _mm512_add_epi32(a, b); }
V_INLINE v16i v_to_int(v16 a) { return _mm512_cvtps_epi32(a); } /* ties to even */
V_INLINE v16 v_from_int(v16i a) { return _mm512_cvtepi32_ps(a); }
V_INLINE v16 v_power_of_two(v16 n) { /* n integral, -126 <= n <= 127 */
    v16i biased = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
    return _mm512_castsi512_ps(_mm512_slli_epi32(biased, 23));
}
/* The even quadrants take sine, the odd ones cosine; the upper two change sign. */
V_INLINE v16 v_quadrant(v16i quadrant, v16 sine, v16 cosine) {
    __mmask16 odd = _mm512_test_epi32_mask(quadrant, _mm512_set1_epi32(1));
    v16 value = _mm512_mask_blend_ps(odd, sine, cosine);
    v16i sign = _mm512_slli_epi32(_mm512_and_si512(quadrant, _mm512_set1_epi32(2)), 30);
    return _mm512_xor_ps(value, _mm512_castsi512_ps(sign));
}
/* Larger magnitude by its bits; m >= 0. */
V_INLINE v16 v_max_abs(v16 m, v16 x) {
    v16i bits = _mm512_castps_si512(_mm512_abs_ps(x));
    return _mm512_castsi512_ps(_mm512_max_epi32(_mm512_castps_si512(m), bits));
}
/* Sixteen int32 within +-127 as bytes. */
V_INLINE void vi_store_bytes(int8_t *q, v16i a) {
    _mm_storeu_si128((__m128i *)q, _mm512_cvtepi32_epi8(a));
}

/* Lane i takes lane i + 8, i + 4, i + 2, i + 1. */
V_INLINE float v_fold(v16 a) {
    __m256 b = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    __m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    c = _mm_add_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}
V_INLINE int32_t vi_fold(v16i a) { return _mm512_reduce_add_epi32(a); }
/* The largest lane of an all non-negative (v_max_abs) vector, by its bits. */
V_INLINE float v_fold_max_abs(v16 a) {
    int32_t bits = _mm512_reduce_max_epi32(_mm512_castps_si512(a));
    return _mm_cvtss_f32(_mm_castsi128_ps(_mm_cvtsi32_si128(bits)));
}

#endif
