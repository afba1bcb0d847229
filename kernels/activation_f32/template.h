/* Activations and gates on whole rows, over the vector vocabulary. */
#include "simd/vec_math.h"

V_INLINE void activate_row(const int32_t activation, float alpha, int32_t num_channels,
                           const float *x, float *out) {
    V_EACH_BLOCK(num_channels, {
        v_store(out + c, v_activate(activation, alpha, v_load(x + c, count)), count);
    });
}

static void copy_row(int32_t num_channels, const float *x, float *out) {
    if (out != x) {
        memcpy(out, x, (size_t)num_channels * sizeof(float));
    }
}

void ET_NAME(activate_f32)(int32_t num_rows, int32_t num_channels, int32_t activation,
                           float alpha, const float *const *x, float *const *out) {
    assert(activation >= 0 && activation < ET_NUM_ACTIVATIONS);
    for (int32_t t = 0; t < num_rows; t++) {
        switch (activation) {
#define STAMP(value)                                            \
    case value:                                                 \
        activate_row(value, alpha, num_channels, x[t], out[t]); \
        break;
            V_EACH_ACTIVATION(STAMP)
#undef STAMP
        default: copy_row(num_channels, x[t], out[t]);
        }
    }
}

V_INLINE void gate_row(const int32_t gate, int32_t num_channels, const float *a,
                       const float *b, float *out) {
    V_EACH_BLOCK(num_channels, {
        v16 y = v_gate(gate, v_load(a + c, count), v_load(b + c, count));
        v_store(out + c, y, count);
    });
}

void ET_NAME(gate_f32)(int32_t num_rows, int32_t num_channels, int32_t gate,
                       const float *const *a, const float *const *b,
                       float *const *out) {
    assert(gate > ET_GATE_NONE && gate < ET_NUM_GATES);
    for (int32_t t = 0; t < num_rows; t++) {
        switch (gate) {
#define STAMP(value)                                           \
    case value:                                                \
        gate_row(value, num_channels, a[t], b[t], out[t]);     \
        break;
            V_EACH_GATE(STAMP)
#undef STAMP
        }
    }
}

void ET_NAME(snake_f32)(int32_t num_rows, int32_t num_channels, const float *const *x,
                        const float *alpha, const float *inverse_beta,
                        float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        V_EACH_BLOCK(num_channels, {
            v16 value = v_load(x[t] + c, count);
            v16 sine = v_sin_shifted(v_mul(v_load(alpha + c, count), value), 0);
            v16 y = v_fma(v_mul(sine, sine), v_load(inverse_beta + c, count), value);
            v_store(out[t] + c, y, count);
        });
    }
}
