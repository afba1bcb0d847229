/* Activations and gates on whole rows: the definition (the functions: simd/scalar.h). */
#include "simd/scalar.h"

void et_activate_f32__generic(int32_t num_rows, int32_t num_channels,
                              int32_t activation, float alpha, const float *const *x,
                              float *const *out) {
    assert(activation >= 0 && activation < ET_NUM_ACTIVATIONS);
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = et_activate(activation, alpha, x[t][c]);
        }
    }
}

void et_gate_f32__generic(int32_t num_rows, int32_t num_channels, int32_t gate,
                          const float *const *a, const float *const *b,
                          float *const *out) {
    assert(gate > ET_GATE_NONE && gate < ET_NUM_GATES);
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            out[t][c] = et_gate_apply(gate, a[t][c], b[t][c]);
        }
    }
}

void et_snake_f32__generic(int32_t num_rows, int32_t num_channels,
                           const float *const *x, const float *alpha,
                           const float *inverse_beta, float *const *out) {
    for (int32_t t = 0; t < num_rows; t++) {
        for (int32_t c = 0; c < num_channels; c++) {
            float sine = et_sin(alpha[c] * x[t][c]);
            out[t][c] = fmaf(sine * sine, inverse_beta[c], x[t][c]);
        }
    }
}
