#define ET_ISA neon
#include "simd/vec_neon.h"

#include "elementwise_f32/template.h"
