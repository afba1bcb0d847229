#define ET_ISA neon
#include "simd/vec_neon.h"

#include "norm_f32/template.h"
