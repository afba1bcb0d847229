#define ET_ISA neon
#include "simd/vec_neon.h"

#include "depthwise_conv_f32/template.h"
