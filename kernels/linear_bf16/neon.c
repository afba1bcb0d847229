#define ET_ISA neon
#include "simd/vec_neon.h"

#define PANEL_VECTORS 2
#define MAX_ROWS 3

#include "linear_bf16/template.h"
