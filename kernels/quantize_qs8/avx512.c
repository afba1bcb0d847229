#define ET_ISA avx512
#include "simd/vec_avx512.h"

#include "quantize_qs8/template.h"
