#define ET_ISA neon
#include "simd/vec_neon.h"

#include "activation_f32/template.h"
