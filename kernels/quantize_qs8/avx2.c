#define ET_ISA avx2
#include "simd/vec_avx2.h"

#include "quantize_qs8/template.h"
