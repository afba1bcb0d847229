/*
 * The definition of the elementary functions and of row sums, one float at a time.
 * Only generic.c files include it: it is the specification of the vector versions in
 * vec_math.h, which must give the same bits. Every a * b + c here is fused.
 */
#ifndef ET_SIMD_SCALAR_H
#define ET_SIMD_SCALAR_H

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "declare.h"
#include "simd/constants.h"

#define ET_NUM_PARTIAL_SUMS 32

/* NaN compares false, so that a NaN in the second operand is kept. */
static inline float et_max(float a, float b) { return a > b ? a : b; }
static inline float et_min(float a, float b) { return a < b ? a : b; }

static inline float et_clamp(float x, float low, float high) {
    return et_min(high, et_max(low, x));
}

/* A bfloat16 is the upper half of a float. */
static inline float et_from_bf16(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* n is integral and small; NaN gives 0, the caller's result is NaN anyway. */
static inline int32_t et_to_int(float n) { return n == n ? (int32_t)n : 0; }

static inline float et_power_of_two(int32_t n) { /* -126 <= n <= 127 */
    uint32_t bits = (uint32_t)(n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static inline float et_exp(float x) {
    x = et_clamp(x, ET_EXP_LOW, ET_EXP_HIGH);
    float n = rintf(x * ET_LOG2_E);
    float r = fmaf(-n, ET_LN2_LOW, fmaf(-n, ET_LN2_HIGH, x));
    float p = ET_EXP_4;
    p = fmaf(p, r, ET_EXP_3);
    p = fmaf(p, r, ET_EXP_2);
    p = fmaf(p, r, ET_EXP_1);
    p = fmaf(p, r, ET_EXP_0);
    p = fmaf(p, r * r, r + 1.0f);
    return p * et_power_of_two(et_to_int(n));
}

static inline float et_sigmoid(float x) { return 1.0f / (1.0f + et_exp(-x)); }

static inline float et_silu(float x) { return x / (1.0f + et_exp(-x)); }

static inline float et_tanh(float x) {
    x = et_clamp(x, -ET_TANH_LIMIT, ET_TANH_LIMIT);
    float z = x * x;
    float p = fmaf(z, ET_TANH_P4, ET_TANH_P3);
    p = fmaf(p, z, ET_TANH_P2);
    p = fmaf(p, z, ET_TANH_P1);
    p = fmaf(p, z, 1.0f);
    float q = fmaf(z, ET_TANH_Q4, ET_TANH_Q3);
    q = fmaf(q, z, ET_TANH_Q2);
    q = fmaf(q, z, ET_TANH_Q1);
    q = fmaf(q, z, 1.0f);
    return et_clamp(x * p / q, -1.0f, 1.0f);
}

/* relu(x) - |x| share^8, where share^8 is the normal distribution's share below -|x|. */
static inline float et_gelu(float x) {
    float t = et_min(ET_GELU_LIMIT, fabsf(x));
    float p = fmaf(ET_GELU_7, t, ET_GELU_6);
    p = fmaf(p, t, ET_GELU_5);
    p = fmaf(p, t, ET_GELU_4);
    p = fmaf(p, t, ET_GELU_3);
    p = fmaf(p, t, ET_GELU_2);
    p = fmaf(p, t, ET_GELU_1);
    p = fmaf(p, t, ET_GELU_0);
    p = p * p;
    p = p * p;
    p = p * p;
    return fmaf(-t, p, et_max(0.0f, x));
}

static inline float et_gelu_tanh(float x) {
    float half = 0.5f * x;
    float inner = x * fmaf(x * x, ET_GELU_TANH_B, ET_GELU_TANH_A);
    return fmaf(half, et_tanh(inner), half);
}

/* sin(x + quarter_turns * pi / 2) */
static inline float et_sin_shifted(float x, int32_t quarter_turns) {
    x = et_clamp(x, -ET_SIN_LIMIT, ET_SIN_LIMIT);
    float n = rintf(x * ET_TWO_OVER_PI);
    float r = fmaf(-n, ET_HALF_PI_HIGH, x);
    r = fmaf(-n, ET_HALF_PI_MID, r);
    r = fmaf(-n, ET_HALF_PI_LOW, r);
    float z = r * r;
    float sine = fmaf(fmaf(z, ET_SIN_2, ET_SIN_1), z, ET_SIN_0);
    sine = fmaf(sine, z * r, r);
    float cosine = fmaf(fmaf(z, ET_COS_2, ET_COS_1), z, ET_COS_0);
    cosine = fmaf(cosine, z * z, fmaf(z, -0.5f, 1.0f));
    int32_t quadrant = et_to_int(n) + quarter_turns;
    float value = quadrant & 1 ? cosine : sine;
    return quadrant & 2 ? -value : value;
}

static inline float et_sin(float x) { return et_sin_shifted(x, 0); }
static inline float et_cos(float x) { return et_sin_shifted(x, 1); }

static inline float et_activate(int32_t activation, float alpha, float x) {
    switch (activation) {
    case ET_ACTIVATION_RELU: return et_max(0.0f, x);
    case ET_ACTIVATION_LEAKY_RELU: return 0.0f > x ? alpha * x : x;
    case ET_ACTIVATION_ELU: return 0.0f > x ? alpha * (et_exp(x) - 1.0f) : x;
    case ET_ACTIVATION_TANH: return et_tanh(x);
    case ET_ACTIVATION_SIGMOID: return et_sigmoid(x);
    case ET_ACTIVATION_SILU: return et_silu(x);
    case ET_ACTIVATION_GELU: return et_gelu(x);
    case ET_ACTIVATION_EXP: return et_exp(x);
    case ET_ACTIVATION_SIN: return et_sin(x);
    case ET_ACTIVATION_COS: return et_cos(x);
    case ET_ACTIVATION_GELU_TANH: return et_gelu_tanh(x);
    default: return x;
    }
}

static inline float et_gate_apply(int32_t gate, float a, float b) {
    switch (gate) {
    case ET_GATE_GLU: return a * et_sigmoid(b);
    case ET_GATE_TANH: return et_tanh(a) * et_sigmoid(b);
    default: return a * et_silu(b); /* ET_GATE_SWIGLU */
    }
}

/* Order of every sum over a row: 32 partial sums (element c goes to number c % 32, in
 * order), then number i takes number i + 16, i + 8, i + 4, i + 2, i + 1. */
static inline float et_fold_sums(float sums[ET_NUM_PARTIAL_SUMS]) {
    for (int half = ET_NUM_PARTIAL_SUMS / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
            sums[i] += sums[i + half];
        }
    }
    return sums[0];
}

/* |x| ordered by its bits: the same on every ISA, and a NaN beats everything. */
static inline float et_max_abs(float biggest, float x) {
    uint32_t a, b;
    memcpy(&a, &biggest, sizeof a);
    memcpy(&b, &x, sizeof b);
    b &= 0x7fffffffu;
    b = a > b ? a : b;
    memcpy(&biggest, &b, sizeof b);
    return biggest;
}

/* The epilogue of a linear layer for one number of its result; gate is its gate column. */
static inline float et_finish(const et_epilogue *epilogue, int32_t row, int32_t output,
                              float y, float gate) {
    y = epilogue->gate != ET_GATE_NONE
            ? et_gate_apply(epilogue->gate, y, gate)
            : et_activate(epilogue->activation, epilogue->alpha, y);
    if (epilogue->residual) {
        y += epilogue->residual[row][output];
    }
    if (epilogue->absmax) {
        epilogue->absmax[row] = et_max_abs(epilogue->absmax[row], y);
    }
    return y;
}

#endif
