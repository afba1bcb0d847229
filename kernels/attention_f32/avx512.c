#define ET_ISA avx512
#include "simd/vec_avx512.h"

#define MAX_ROWS 4
#define MAX_VECTORS 6

#include "attention_f32/template.h"
