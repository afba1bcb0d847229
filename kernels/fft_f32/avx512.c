#define ET_ISA avx512
#include "fft_f32/template.h"
