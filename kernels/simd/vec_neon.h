/*
 * The vector vocabulary on NEON: sixteen lanes are four registers.
 * Meaning of the words: vec_avx2.h, vec_avx512.h and this file agree lane by lane.
 *
 *   128-bit operations     Cortex-A72 latency, per cycle   Cortex-A76
 *   fadd, fmul, fmla               4 / 4 / 7, 1              2 / 3 / 4, 2
 *   fdiv                        14-18, 1/12               10, 1/5
 *   fmax, bsl, cmgt                3, 2                    2, 2
 */
#ifndef ET_SIMD_VEC_NEON_H
#define ET_SIMD_VEC_NEON_H

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

#define V_INLINE static inline __attribute__((always_inline))

typedef struct v16 { /* 16 floats: r[0] holds lanes 0-3, and so on */
    float32x4_t r[4];
} v16;
typedef struct v16i { /* 16 int32 */
    int32x4_t r[4];
} v16i;

#define V_UNARY(type, name, f)                                               \
    V_INLINE type name(type a) {                                             \
        return (type){{f(a.r[0]), f(a.r[1]), f(a.r[2]), f(a.r[3])}};         \
    }
#define V_BINARY(type, name, f)                                              \
    V_INLINE type name(type a, type b) {                                     \
        return (type){{f(a.r[0], b.r[0]), f(a.r[1], b.r[1]),                 \
                       f(a.r[2], b.r[2]), f(a.r[3], b.r[3])}};               \
    }

V_INLINE v16 v_set1(float x) {
    float32x4_t a = vdupq_n_f32(x);
    return (v16){{a, a, a, a}};
}
V_INLINE v16 v_zero(void) { return v_set1(0.0f); }
V_INLINE v16 v_load_all(const float *p) {
    return (v16){{vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)}};
}
/* Sixteen bfloat16: the upper halves of floats. */
V_INLINE v16 v_load_bf16(const uint16_t *p) {
    uint16x8_t low = vld1q_u16(p), high = vld1q_u16(p + 8);
    return (v16){{vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(low), 16)),
                  vreinterpretq_f32_u32(vshll_high_n_u16(low, 16)),
                  vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(high), 16)),
                  vreinterpretq_f32_u32(vshll_high_n_u16(high, 16))}};
}
V_INLINE void v_store_all(float *p, v16 a) {
    vst1q_f32(p, a.r[0]);
    vst1q_f32(p + 4, a.r[1]);
    vst1q_f32(p + 8, a.r[2]);
    vst1q_f32(p + 12, a.r[3]);
}
/* Half a vector, for layers of at most eight columns. */
typedef struct v8 {
    float32x4_t r[2];
} v8;
V_INLINE v8 v8_load(const float *p) { return (v8){{vld1q_f32(p), vld1q_f32(p + 4)}}; }
V_INLINE v8 v8_fma1(float x, v8 b, v8 c) {
    float32x4_t a = vdupq_n_f32(x);
    return (v8){{vfmaq_f32(c.r[0], a, b.r[0]), vfmaq_f32(c.r[1], a, b.r[1])}};
}
V_INLINE v16 v8_widen(v8 a) {
    float32x4_t zero = vdupq_n_f32(0.0f);
    return (v16){{a.r[0], a.r[1], zero, zero}};
}
/* The first count lanes, 1 <= count <= 16; the others read as 0. */
V_INLINE v16 v_load(const float *p, int32_t count) {
    if (count == 16) {
        return v_load_all(p);
    }
    float lanes[16] = {0};
    memcpy(lanes, p, (size_t)count * sizeof(float));
    return v_load_all(lanes);
}
V_INLINE void v_store(float *p, v16 a, int32_t count) {
    if (count == 16) {
        v_store_all(p, a);
        return;
    }
    float lanes[16];
    v_store_all(lanes, a);
    memcpy(p, lanes, (size_t)count * sizeof(float));
}
V_INLINE v16 v_keep(v16 a, int32_t count) {
    if (count == 16) {
        return a;
    }
    float lanes[16];
    v_store_all(lanes, a);
    return v_load(lanes, count);
}

V_BINARY(v16, v_add, vaddq_f32)
V_BINARY(v16, v_sub, vsubq_f32)
V_BINARY(v16, v_mul, vmulq_f32)
V_BINARY(v16, v_div, vdivq_f32)
V_INLINE v16 v_fma(v16 a, v16 b, v16 c) {
    return (v16){{vfmaq_f32(c.r[0], a.r[0], b.r[0]), vfmaq_f32(c.r[1], a.r[1], b.r[1]),
                  vfmaq_f32(c.r[2], a.r[2], b.r[2]), vfmaq_f32(c.r[3], a.r[3], b.r[3])}};
}
V_INLINE v16 v_fnma(v16 a, v16 b, v16 c) { /* c - a b */
    return (v16){{vfmsq_f32(c.r[0], a.r[0], b.r[0]), vfmsq_f32(c.r[1], a.r[1], b.r[1]),
                  vfmsq_f32(c.r[2], a.r[2], b.r[2]), vfmsq_f32(c.r[3], a.r[3], b.r[3])}};
}
/* a > b ? a : b; a < b ? a : b; hence b where one is NaN (fmax would differ there). */
V_INLINE float32x4_t v_max_quarter(float32x4_t a, float32x4_t b) {
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}
V_INLINE float32x4_t v_min_quarter(float32x4_t a, float32x4_t b) {
    return vbslq_f32(vcltq_f32(a, b), a, b);
}
V_BINARY(v16, v_max, v_max_quarter)
V_BINARY(v16, v_min, v_min_quarter)
V_UNARY(v16, v_round, vrndnq_f32) /* to nearest, ties to even */
V_UNARY(v16, v_abs, vabsq_f32)
V_UNARY(v16, v_negate, vnegq_f32)
/* a < b ? x : y */
V_INLINE v16 v_select_less(v16 a, v16 b, v16 x, v16 y) {
    return (v16){{vbslq_f32(vcltq_f32(a.r[0], b.r[0]), x.r[0], y.r[0]),
                  vbslq_f32(vcltq_f32(a.r[1], b.r[1]), x.r[1], y.r[1]),
                  vbslq_f32(vcltq_f32(a.r[2], b.r[2]), x.r[2], y.r[2]),
                  vbslq_f32(vcltq_f32(a.r[3], b.r[3]), x.r[3], y.r[3])}};
}

V_INLINE v16i vi_set1(int32_t x) {
    int32x4_t a = vdupq_n_s32(x);
    return (v16i){{a, a, a, a}};
}
V_BINARY(v16i, vi_add, vaddq_s32)
V_INLINE v16i v_to_int(v16 a) { /* ties to even */
    return (v16i){{vcvtnq_s32_f32(a.r[0]), vcvtnq_s32_f32(a.r[1]),
                   vcvtnq_s32_f32(a.r[2]), vcvtnq_s32_f32(a.r[3])}};
}
V_INLINE v16 v_from_int(v16i a) {
    return (v16){{vcvtq_f32_s32(a.r[0]), vcvtq_f32_s32(a.r[1]), vcvtq_f32_s32(a.r[2]),
                  vcvtq_f32_s32(a.r[3])}};
}
V_INLINE float32x4_t v_power_of_two_quarter(float32x4_t n) {
    int32x4_t biased = vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127));
    return vreinterpretq_f32_s32(vshlq_n_s32(biased, 23));
}
V_UNARY(v16, v_power_of_two, v_power_of_two_quarter) /* n integral, -126 <= n <= 127 */
V_INLINE float32x4_t v_quadrant_quarter(int32x4_t quadrant, float32x4_t sine,
                                        float32x4_t cosine) {
    uint32x4_t odd = vtstq_s32(quadrant, vdupq_n_s32(1));
    uint32x4_t value = vreinterpretq_u32_f32(vbslq_f32(odd, cosine, sine));
    int32x4_t sign = vshlq_n_s32(vandq_s32(quadrant, vdupq_n_s32(2)), 30);
    return vreinterpretq_f32_u32(veorq_u32(value, vreinterpretq_u32_s32(sign)));
}
/* The even quadrants take sine, the odd ones cosine; the upper two change sign. */
V_INLINE v16 v_quadrant(v16i quadrant, v16 sine, v16 cosine) {
    return (v16){{v_quadrant_quarter(quadrant.r[0], sine.r[0], cosine.r[0]),
                  v_quadrant_quarter(quadrant.r[1], sine.r[1], cosine.r[1]),
                  v_quadrant_quarter(quadrant.r[2], sine.r[2], cosine.r[2]),
                  v_quadrant_quarter(quadrant.r[3], sine.r[3], cosine.r[3])}};
}
V_INLINE float32x4_t v_max_abs_quarter(float32x4_t m, float32x4_t x) {
    int32x4_t magnitude = vreinterpretq_s32_f32(vabsq_f32(x));
    return vreinterpretq_f32_s32(vmaxq_s32(vreinterpretq_s32_f32(m), magnitude));
}
V_BINARY(v16, v_max_abs, v_max_abs_quarter) /* larger magnitude by its bits; m >= 0 */
/* Sixteen int32 within +-127 as bytes. */
V_INLINE void vi_store_bytes(int8_t *q, v16i a) {
    int16x8_t low = vcombine_s16(vmovn_s32(a.r[0]), vmovn_s32(a.r[1]));
    int16x8_t high = vcombine_s16(vmovn_s32(a.r[2]), vmovn_s32(a.r[3]));
    vst1q_s8(q, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
}

/* Lane i takes lane i + 8, i + 4, i + 2, i + 1. */
V_INLINE float v_fold(v16 a) {
    float32x4_t low = vaddq_f32(a.r[0], a.r[2]);
    float32x4_t high = vaddq_f32(a.r[1], a.r[3]);
    float32x4_t four = vaddq_f32(low, high);
    float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
V_INLINE int32_t vi_fold(v16i a) {
    return vaddvq_s32(
        vaddq_s32(vaddq_s32(a.r[0], a.r[1]), vaddq_s32(a.r[2], a.r[3])));
}
/* The largest lane of an all non-negative (v_max_abs) vector, by its bits. */
V_INLINE float v_fold_max_abs(v16 a) {
    float32x4_t four =
        v_max_abs_quarter(v_max_abs_quarter(a.r[0], a.r[1]),
                          v_max_abs_quarter(a.r[2], a.r[3]));
    int32_t bits = vmaxvq_s32(vreinterpretq_s32_f32(four));
    float largest;
    memcpy(&largest, &bits, sizeof largest);
    return largest;
}

#endif
