#define ET_ISA avx2
#include "simd/vec_avx2.h"

#define VECTORS 1

#include "depthwise_conv_f32/template.h"
