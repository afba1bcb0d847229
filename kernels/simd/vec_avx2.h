/*
 * The vector vocabulary on AVX2 with FMA: sixteen lanes are two registers.
 * Meaning of the words: vec_neon.h, vec_avx512.h and this file agree lane by lane.
 *
 *   256-bit operations     Haswell / Skylake latency   per cycle
 *   add, mul, fma                 5 / 4                  2
 *   div (ps)                     17 / 11             1/14 / 1/5
 *   cvtps2dq, roundps           3,6 / 4,8               1 / 2
 */
#ifndef ET_SIMD_VEC_AVX2_H
#define ET_SIMD_VEC_AVX2_H

#include <immintrin.h>
#include <stdint.h>

#define V_INLINE static inline __attribute__((always_inline))

typedef struct v16 { /* 16 floats: lanes 0-7, lanes 8-15 */
    __m256 low, high;
} v16;
typedef struct v16i { /* 16 int32 */
    __m256i low, high;
} v16i;

/* A window into it at 16 - count is the mask of the first count lanes. */
static const int32_t v_masks[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                    -1, -1, -1, -1, -1, 0,  0,  0,  0,  0,  0,
                                    0,  0,  0,  0,  0,  0,  0,  0,  0,  0};
V_INLINE v16i v_first(int32_t count) {
    const int32_t *m = v_masks + 16 - count;
    return (v16i){_mm256_loadu_si256((const __m256i *)m),
                  _mm256_loadu_si256((const __m256i *)(m + 8))};
}

V_INLINE v16 v_set1(float x) { return (v16){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
V_INLINE v16 v_zero(void) { return v_set1(0.0f); }
V_INLINE v16 v_load_all(const float *p) {
    return (v16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}
/* Sixteen bfloat16: the upper halves of floats. */
V_INLINE v16 v_load_bf16(const uint16_t *p) {
    __m256i low = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    __m256i high = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(p + 8)));
    return (v16){_mm256_castsi256_ps(_mm256_slli_epi32(low, 16)),
                 _mm256_castsi256_ps(_mm256_slli_epi32(high, 16))};
}
V_INLINE void v_store_all(float *p, v16 a) {
    _mm256_storeu_ps(p, a.low);
    _mm256_storeu_ps(p + 8, a.high);
}
/* Half a vector, for layers of at most eight columns. */
typedef __m256 v8;
V_INLINE v8 v8_load(const float *p) { return _mm256_loadu_ps(p); }
V_INLINE v8 v8_fma1(float x, v8 b, v8 c) {
    return _mm256_fmadd_ps(_mm256_set1_ps(x), b, c);
}
V_INLINE v16 v8_widen(v8 a) { return (v16){a, _mm256_setzero_ps()}; }
/* The first count lanes, 1 <= count <= 16; the others read as 0. */
V_INLINE v16 v_load(const float *p, int32_t count) {
    if (count == 16) {
        return v_load_all(p);
    }
    v16i first = v_first(count);
    v16 a = {_mm256_maskload_ps(p, first.low), _mm256_setzero_ps()};
    if (count > 8) {
        a.high = _mm256_maskload_ps(p + 8, first.high);
    }
    return a;
}
V_INLINE void v_store(float *p, v16 a, int32_t count) {
    if (count == 16) {
        v_store_all(p, a);
        return;
    }
    v16i first = v_first(count);
    _mm256_maskstore_ps(p, first.low, a.low);
    if (count > 8) {
        _mm256_maskstore_ps(p + 8, first.high, a.high);
    }
}
V_INLINE v16 v_keep(v16 a, int32_t count) {
    if (count == 16) {
        return a;
    }
    v16i first = v_first(count);
    return (v16){_mm256_and_ps(a.low, _mm256_castsi256_ps(first.low)),
                 _mm256_and_ps(a.high, _mm256_castsi256_ps(first.high))};
}

#define V_UNARY(name, f) \
    V_INLINE v16 name(v16 a) { return (v16){f(a.low), f(a.high)}; }
#define V_BINARY(name, f) \
    V_INLINE v16 name(v16 a, v16 b) { return (v16){f(a.low, b.low), f(a.high, b.high)}; }
#define V_TERNARY(name, f)                                             \
    V_INLINE v16 name(v16 a, v16 b, v16 c) {                           \
        return (v16){f(a.low, b.low, c.low), f(a.high, b.high, c.high)}; \
    }
V_BINARY(v_add, _mm256_add_ps)
V_BINARY(v_sub, _mm256_sub_ps)
V_BINARY(v_mul, _mm256_mul_ps)
V_BINARY(v_div, _mm256_div_ps)
V_TERNARY(v_fma, _mm256_fmadd_ps)
V_TERNARY(v_fnma, _mm256_fnmadd_ps) /* c - a b */
/* a > b ? a : b; a < b ? a : b; hence b where one is NaN. */
V_BINARY(v_max, _mm256_max_ps)
V_BINARY(v_min, _mm256_min_ps)
#define V_ROUND(a) _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
V_UNARY(v_round, V_ROUND) /* to nearest, ties to even */
#define V_ABS(a) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a)
V_UNARY(v_abs, V_ABS)
#define V_NEGATE(a) _mm256_xor_ps(a, _mm256_set1_ps(-0.0f))
V_UNARY(v_negate, V_NEGATE)
#define V_LESS(a, b) _mm256_cmp_ps(a, b, _CMP_LT_OQ)
/* a < b ? x : y */
V_INLINE v16 v_select_less(v16 a, v16 b, v16 x, v16 y) {
    return (v16){_mm256_blendv_ps(y.low, x.low, V_LESS(a.low, b.low)),
                 _mm256_blendv_ps(y.high, x.high, V_LESS(a.high, b.high))};
}

V_INLINE v16i vi_set1(int32_t x) {
    return (v16i){_mm256_set1_epi32(x), _mm256_set1_epi32(x)};
}
V_INLINE v16i vi_add(v16i a, v16i b) {
    return (v16i){_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
}
V_INLINE v16i v_to_int(v16 a) { /* ties to even */
    return (v16i){_mm256_cvtps_epi32(a.low), _mm256_cvtps_epi32(a.high)};
}
V_INLINE v16 v_from_int(v16i a) {
    return (v16){_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high)};
}
V_INLINE __m256 v_power_of_two_half(__m256 n) {
    __m256i biased = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(biased, 23));
}
V_UNARY(v_power_of_two, v_power_of_two_half) /* n integral, -126 <= n <= 127 */
V_INLINE __m256 v_quadrant_half(__m256i quadrant, __m256 sine, __m256 cosine) {
    __m256 odd = _mm256_castsi256_ps(_mm256_slli_epi32(quadrant, 31));
    __m256 value = _mm256_blendv_ps(sine, cosine, odd);
    __m256i two = _mm256_and_si256(quadrant, _mm256_set1_epi32(2));
    return _mm256_xor_ps(value, _mm256_castsi256_ps(_mm256_slli_epi32(two, 30)));
}
/* The even quadrants take sine, the odd ones cosine; the upper two change sign. */
V_INLINE v16 v_quadrant(v16i quadrant, v16 sine, v16 cosine) {
    return (v16){v_quadrant_half(quadrant.low, sine.low, cosine.low),
                 v_quadrant_half(quadrant.high, sine.high, cosine.high)};
}
V_INLINE __m256 v_max_abs_half(__m256 m, __m256 x) {
    return _mm256_castsi256_ps(
        _mm256_max_epi32(_mm256_castps_si256(m), _mm256_castps_si256(V_ABS(x))));
}
V_BINARY(v_max_abs, v_max_abs_half) /* larger magnitude by its bits; m >= 0 */
/* Sixteen int32 within +-127 as bytes. */
V_INLINE void vi_store_bytes(int8_t *q, v16i a) {
    __m256i words = _mm256_packs_epi32(a.low, a.high); /* 0-3 8-11 | 4-7 12-15 */
    words = _mm256_permute4x64_epi64(words, 0xd8);
    __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words),
                                    _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128((__m128i *)q, bytes);
}

/* Lane i takes lane i + 8, i + 4, i + 2, i + 1. */
V_INLINE float v_fold(v16 a) {
    __m256 b = _mm256_add_ps(a.low, a.high);
    __m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    c = _mm_add_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}
V_INLINE int32_t vi_fold(v16i a) {
    __m256i b = _mm256_add_epi32(a.low, a.high);
    __m128i c = _mm_add_epi32(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
    c = _mm_add_epi32(c, _mm_shuffle_epi32(c, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(c, _mm_shuffle_epi32(c, 0xb1)));
}
/* The largest lane of an all non-negative (v_max_abs) vector, by its bits. */
V_INLINE float v_fold_max_abs(v16 a) {
    __m256i b = _mm256_max_epi32(_mm256_castps_si256(a.low), _mm256_castps_si256(a.high));
    __m128i c = _mm_max_epi32(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
    c = _mm_max_epi32(c, _mm_shuffle_epi32(c, 0x4e));
    c = _mm_max_epi32(c, _mm_shuffle_epi32(c, 0xb1));
    return _mm_cvtss_f32(_mm_castsi128_ps(c));
}

#endif
