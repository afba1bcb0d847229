#define ET_ISA neon
#include "simd/vec_neon.h"

#define VECTORS 1

#include "depthwise_conv_f32/template.h"
