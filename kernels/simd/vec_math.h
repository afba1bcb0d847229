/*
 * Elementary functions and row loops over the vector vocabulary; the same bits as
 * scalar.h, which is their definition. Include one vec_<isa>.h first.
 */
#ifndef ET_SIMD_VEC_MATH_H
#define ET_SIMD_VEC_MATH_H

#include <assert.h>
#include <string.h>

#include "declare.h"
#include "simd/constants.h"

/* Runs the body for blocks of 16 channels: `c` is the first, `count` their number,
 * a constant 16 in the loop, so that masks cost only where a row ends unevenly. */
#define V_EACH_BLOCK(num_channels, ...)              \
    do {                                             \
        int32_t c = 0;                               \
        for (; c + 16 <= (num_channels); c += 16) {  \
            const int32_t count = 16;                \
            __VA_ARGS__                              \
        }                                            \
        if (c < (num_channels)) {                    \
            const int32_t count = (num_channels)-c;  \
            __VA_ARGS__                              \
        }                                            \
    } while (0)

/* The same in the order of row sums: even blocks have half 0, odd blocks half 1; two
 * partial sums indexed by `half` are the 32 of scalar.h, and v_fold_row adds them up. */
#define V_EACH_HALF(num_channels, ...)                                   \
    do {                                                                 \
        int32_t c = 0;                                                   \
        for (; c + 32 <= (num_channels); c += 16) {                      \
            const int32_t count = 16;                                    \
            {                                                            \
                const int32_t half = 0;                                  \
                __VA_ARGS__                                              \
            }                                                            \
            c += 16;                                                     \
            {                                                            \
                const int32_t half = 1;                                  \
                __VA_ARGS__                                              \
            }                                                            \
        }                                                                \
        if (c < (num_channels)) {                                        \
            const int32_t half = 0;                                      \
            const int32_t rest = (num_channels)-c;                       \
            const int32_t count = rest < 16 ? rest : 16;                 \
            __VA_ARGS__                                                  \
            c += 16;                                                     \
        }                                                                \
        if (c < (num_channels)) {                                        \
            const int32_t half = 1;                                      \
            const int32_t count = (num_channels)-c;                      \
            __VA_ARGS__                                                  \
        }                                                                \
    } while (0)

V_INLINE float v_fold_row(const v16 sums[2]) { return v_fold(v_add(sums[0], sums[1])); }

V_INLINE v16 v_clamp(v16 x, float low, float high) {
    return v_min(v_set1(high), v_max(v_set1(low), x));
}

/* p * x + coefficient */
V_INLINE v16 v_horner(v16 p, v16 x, float coefficient) {
    return v_fma(p, x, v_set1(coefficient));
}

V_INLINE v16 v_exp(v16 x) {
    x = v_clamp(x, ET_EXP_LOW, ET_EXP_HIGH);
    v16 n = v_round(v_mul(x, v_set1(ET_LOG2_E)));
    v16 r = v_fnma(n, v_set1(ET_LN2_HIGH), x);
    r = v_fnma(n, v_set1(ET_LN2_LOW), r);
    v16 p = v_horner(v_set1(ET_EXP_4), r, ET_EXP_3);
    p = v_horner(p, r, ET_EXP_2);
    p = v_horner(p, r, ET_EXP_1);
    p = v_horner(p, r, ET_EXP_0);
    p = v_fma(p, v_mul(r, r), v_add(r, v_set1(1.0f)));
    return v_mul(p, v_power_of_two(n));
}

V_INLINE v16 v_one_plus_exp_negative(v16 x) {
    return v_add(v_set1(1.0f), v_exp(v_negate(x)));
}
V_INLINE v16 v_sigmoid(v16 x) { return v_div(v_set1(1.0f), v_one_plus_exp_negative(x)); }
V_INLINE v16 v_silu(v16 x) { return v_div(x, v_one_plus_exp_negative(x)); }

V_INLINE v16 v_tanh(v16 x) {
    x = v_clamp(x, -ET_TANH_LIMIT, ET_TANH_LIMIT);
    v16 z = v_mul(x, x);
    v16 p = v_horner(v_set1(ET_TANH_P4), z, ET_TANH_P3);
    v16 q = v_horner(v_set1(ET_TANH_Q4), z, ET_TANH_Q3);
    p = v_horner(p, z, ET_TANH_P2);
    q = v_horner(q, z, ET_TANH_Q2);
    p = v_horner(p, z, ET_TANH_P1);
    q = v_horner(q, z, ET_TANH_Q1);
    p = v_horner(p, z, 1.0f);
    q = v_horner(q, z, 1.0f);
    return v_clamp(v_div(v_mul(x, p), q), -1.0f, 1.0f);
}

V_INLINE v16 v_gelu(v16 x) {
    v16 t = v_min(v_set1(ET_GELU_LIMIT), v_abs(x));
    v16 p = v_horner(v_set1(ET_GELU_7), t, ET_GELU_6);
    p = v_horner(p, t, ET_GELU_5);
    p = v_horner(p, t, ET_GELU_4);
    p = v_horner(p, t, ET_GELU_3);
    p = v_horner(p, t, ET_GELU_2);
    p = v_horner(p, t, ET_GELU_1);
    p = v_horner(p, t, ET_GELU_0);
    p = v_mul(p, p);
    p = v_mul(p, p);
    p = v_mul(p, p);
    return v_fnma(t, p, v_max(v_zero(), x));
}

V_INLINE v16 v_gelu_tanh(v16 x) {
    v16 half = v_mul(v_set1(0.5f), x);
    v16 slope = v_fma(v_mul(x, x), v_set1(ET_GELU_TANH_B), v_set1(ET_GELU_TANH_A));
    return v_fma(half, v_tanh(v_mul(x, slope)), half);
}

/* sin(x + quarter_turns * pi / 2) */
V_INLINE v16 v_sin_shifted(v16 x, int32_t quarter_turns) {
    x = v_clamp(x, -ET_SIN_LIMIT, ET_SIN_LIMIT);
    v16 n = v_round(v_mul(x, v_set1(ET_TWO_OVER_PI)));
    v16 r = v_fnma(n, v_set1(ET_HALF_PI_HIGH), x);
    r = v_fnma(n, v_set1(ET_HALF_PI_MID), r);
    r = v_fnma(n, v_set1(ET_HALF_PI_LOW), r);
    v16 z = v_mul(r, r);
    v16 sine = v_horner(v_horner(v_set1(ET_SIN_2), z, ET_SIN_1), z, ET_SIN_0);
    sine = v_fma(sine, v_mul(z, r), r);
    v16 cosine = v_horner(v_horner(v_set1(ET_COS_2), z, ET_COS_1), z, ET_COS_0);
    cosine = v_fma(cosine, v_mul(z, z), v_horner(z, v_set1(-0.5f), 1.0f));
    return v_quadrant(vi_add(v_to_int(n), vi_set1(quarter_turns)), sine, cosine);
}

V_INLINE v16 v_negative_branch(v16 x, v16 negative) { /* x < 0 ? negative : x */
    return v_select_less(x, v_zero(), negative, x);
}

/* With a constant activation the switch disappears. */
V_INLINE v16 v_activate(int32_t activation, float alpha, v16 x) {
    switch (activation) {
    case ET_ACTIVATION_RELU: return v_max(v_zero(), x);
    case ET_ACTIVATION_LEAKY_RELU: return v_negative_branch(x, v_mul(v_set1(alpha), x));
    case ET_ACTIVATION_ELU:
        return v_negative_branch(
            x, v_mul(v_set1(alpha), v_sub(v_exp(x), v_set1(1.0f))));
    case ET_ACTIVATION_TANH: return v_tanh(x);
    case ET_ACTIVATION_SIGMOID: return v_sigmoid(x);
    case ET_ACTIVATION_SILU: return v_silu(x);
    case ET_ACTIVATION_GELU: return v_gelu(x);
    case ET_ACTIVATION_EXP: return v_exp(x);
    case ET_ACTIVATION_SIN: return v_sin_shifted(x, 0);
    case ET_ACTIVATION_COS: return v_sin_shifted(x, 1);
    case ET_ACTIVATION_GELU_TANH: return v_gelu_tanh(x);
    default: return x;
    }
}

V_INLINE v16 v_gate(int32_t gate, v16 a, v16 b) {
    switch (gate) {
    case ET_GATE_GLU: return v_mul(a, v_sigmoid(b));
    case ET_GATE_TANH: return v_mul(v_tanh(a), v_sigmoid(b));
    default: return v_mul(a, v_silu(b)); /* ET_GATE_SWIGLU */
    }
}

/* For each known value of an enumeration: STAMP(value), so that loops are compiled for it. */
#define V_EACH_ACTIVATION(STAMP)       \
    STAMP(ET_ACTIVATION_RELU)          \
    STAMP(ET_ACTIVATION_LEAKY_RELU)    \
    STAMP(ET_ACTIVATION_ELU)           \
    STAMP(ET_ACTIVATION_TANH)          \
    STAMP(ET_ACTIVATION_SIGMOID)       \
    STAMP(ET_ACTIVATION_SILU)          \
    STAMP(ET_ACTIVATION_GELU)          \
    STAMP(ET_ACTIVATION_EXP)           \
    STAMP(ET_ACTIVATION_SIN)           \
    STAMP(ET_ACTIVATION_COS)           \
    STAMP(ET_ACTIVATION_GELU_TANH)

#define V_EACH_GATE(STAMP) \
    STAMP(ET_GATE_GLU)     \
    STAMP(ET_GATE_TANH)    \
    STAMP(ET_GATE_SWIGLU)

#endif
