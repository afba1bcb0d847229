/*
 * AVX-512 without VNNI: |a| times w with the sign of a, both within +-127, so that the
 * pair sums of vpmaddubsw (at most 2 * 127 * 127 = 32258) cannot saturate; then vpmaddwd
 * by ones. There is no vpsignb zmm: a mask of the negative bytes of a negates w.
 */
#define ET_ISA avx512
#include "simd/vec_avx512.h"

typedef struct operand {
    __m512i magnitude;
    __mmask64 negative;
} operand;

V_INLINE operand broadcast(const int8_t *q) {
    int32_t four;
    __builtin_memcpy(&four, q, sizeof four);
    __m512i a = _mm512_set1_epi32(four);
    return (operand){_mm512_abs_epi8(a), _mm512_movepi8_mask(a)};
}

V_INLINE void dot(__m512i *sum, __m512i w, operand a) {
    __m512i w_signed = _mm512_mask_sub_epi8(w, a.negative, _mm512_setzero_si512(), w);
    __m512i pairs = _mm512_maddubs_epi16(a.magnitude, w_signed);
    *sum = _mm512_add_epi32(*sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}

V_INLINE __m512i start_value(const int8_t *q, size_t padded) {
    (void)q;
    (void)padded;
    return _mm512_setzero_si512();
}

#include "linear_qs8/tile_avx512.h"

#include "linear_qs8/template.h"
