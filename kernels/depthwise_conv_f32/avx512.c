#define ET_ISA avx512
#include "simd/vec_avx512.h"

#define VECTORS 4

#include "depthwise_conv_f32/template.h"
