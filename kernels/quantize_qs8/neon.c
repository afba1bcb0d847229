#define ET_ISA neon
#include "simd/vec_neon.h"

#include "quantize_qs8/template.h"
