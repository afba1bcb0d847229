#define ET_ISA neon
#include "simd/vec_neon.h"

#define MAX_ROWS 3
#define MAX_VECTORS 2

#include "attention_f32/template.h"
