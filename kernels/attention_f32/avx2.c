#define ET_ISA avx2
#include "simd/vec_avx2.h"

#define MAX_ROWS 3
#define MAX_VECTORS 2

#include "attention_f32/template.h"
