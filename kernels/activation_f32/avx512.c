#define ET_ISA avx512
#include "simd/vec_avx512.h"

#include "activation_f32/template.h"
