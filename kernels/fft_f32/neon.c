#define ET_ISA neon
#include "fft_f32/template.h"
