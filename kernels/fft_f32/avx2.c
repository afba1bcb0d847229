#define ET_ISA avx2
#include "fft_f32/template.h"
