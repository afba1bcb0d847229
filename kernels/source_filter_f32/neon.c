#define ET_ISA neon
#include "source_filter_f32/template.h"
