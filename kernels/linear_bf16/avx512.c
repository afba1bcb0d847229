#define ET_ISA avx512
#include "simd/vec_avx512.h"

#define PANEL_VECTORS 4
#define MAX_ROWS 6

#include "linear_bf16/template.h"
