#define ET_ISA avx2
#include "simd/vec_avx2.h"

#include "elementwise_f32/template.h"
