/* The float product (linear_f32/template.h) with weights of two bytes. */
#define WEIGHT uint16_t
#define load_weights v_load_bf16
#define panel_nbytes et_panel_nbytes_bf16
#define ET_LINEAR ET_NAME(linear_bf16)

#include "linear_f32/template.h"
