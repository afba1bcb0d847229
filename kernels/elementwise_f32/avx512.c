#define ET_ISA avx512
#include "simd/vec_avx512.h"

#include "elementwise_f32/template.h"
