#define ET_ISA avx2
#include "simd/vec_avx2.h"

#define PANEL_VECTORS 2
#define MAX_ROWS 2

#include "linear_bf16/template.h"
