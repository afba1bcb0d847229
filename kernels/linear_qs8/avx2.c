/*
 * AVX2: |a| times w with the sign of a, both within +-127, so that the pair sums of
 * vpmaddubsw (at most 2 * 127 * 127 = 32258) cannot saturate; then vpmaddwd by ones.
 *
 *   per 32 multiply-adds: vpsignb, vpmaddubsw, vpmaddwd, vpaddd; the two multiplies run
 *   two per cycle on Skylake and Zen, one per cycle on Haswell: 32 or 16 per cycle.
 */
#define ET_ISA avx2
#include "simd/vec_avx2.h"

#define MAX_ROWS 2
typedef struct operand {
    __m256i magnitude;
    __m256i value;
} operand;

V_INLINE operand broadcast(const int8_t *q) {
    int32_t four;
    __builtin_memcpy(&four, q, sizeof four);
    __m256i a = _mm256_set1_epi32(four);
    return (operand){_mm256_abs_epi8(a), a};
}

V_INLINE void dot(__m256i *sum, __m256i w, operand a) {
    __m256i pairs = _mm256_maddubs_epi16(a.magnitude, _mm256_sign_epi8(w, a.value));
    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

V_INLINE __m256i start_value(const int8_t *q, size_t padded) {
    (void)q;
    (void)padded;
    return _mm256_setzero_si256();
}

#include "linear_qs8/tile_avx2.h"

#include "linear_qs8/template.h"
