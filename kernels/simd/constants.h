/*
 * Coefficients of the elementary functions, shared by the scalar definition and the
 * vector versions. Rational and polynomial fits are minimax in relative error over the
 * range named (reweighted least squares in double precision, then rounded to float).
 */
#ifndef ET_SIMD_CONSTANTS_H
#define ET_SIMD_CONSTANTS_H

/* exp: x = n ln 2 + r, |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 (E0 + E1 r + ... + E4 r^4),
 * error 3e-9 before rounding. ln 2 is split so that n * LN2_HIGH is exact. */
#define ET_EXP_LOW -87.0f
#define ET_EXP_HIGH 88.0f
#define ET_LOG2_E 1.442695041f
#define ET_LN2_HIGH 6.928710938e-01f
#define ET_LN2_LOW 2.760868229e-04f
#define ET_EXP_0 4.999999404e-01f
#define ET_EXP_1 1.666652113e-01f
#define ET_EXP_2 4.166838899e-02f
#define ET_EXP_3 8.368724026e-03f
#define ET_EXP_4 1.381458365e-03f

/* tanh(x) = x P(x^2) / Q(x^2) for |x| <= 8.5, where it is 1 - 8e-8; error 1.2e-8. */
#define ET_TANH_LIMIT 8.5f
#define ET_TANH_P1 1.341324896e-01f
#define ET_TANH_P2 3.534029936e-03f
#define ET_TANH_P3 2.125109313e-05f
#define ET_TANH_P4 1.426929153e-08f
#define ET_TANH_Q1 4.674657285e-01f
#define ET_TANH_Q2 2.602276392e-02f
#define ET_TANH_Q3 3.348869795e-04f
#define ET_TANH_Q4 8.145150332e-07f

/* gelu(x) = max(0, x) - t P(t)^8 with t = min(|x|, 5.6): P^8 is the share of the normal
 * distribution below -t, and its eighth root a tame function. Error 1.4e-7. No division:
 * it would take as long as the rest. */
#define ET_GELU_LIMIT 5.6f
#define ET_GELU_0 9.170042276e-01f
#define ET_GELU_1 -9.146471322e-02f
#define ET_GELU_2 -3.188734502e-02f
#define ET_GELU_3 -7.643935387e-04f
#define ET_GELU_4 1.610308536e-03f
#define ET_GELU_5 -3.218921847e-05f
#define ET_GELU_6 -3.720778841e-05f
#define ET_GELU_7 3.355885610e-06f

/* tanh form of gelu: x (1 + tanh(x (A + B x^2))) / 2. */
#define ET_GELU_TANH_A 7.978845608e-01f
#define ET_GELU_TANH_B 3.567740814e-02f

/* sin and cos: x = n pi/2 + r in three parts of pi/2, |r| <= pi/4;
 * sin r = r + r^3 (S0 + S1 r^2 + S2 r^4), cos r = 1 - r^2/2 + r^4 (C0 + ...), 4e-9.
 * Larger |x| than the limit counts as the limit: its quadrant would mean nothing. */
#define ET_SIN_LIMIT 1e5f
#define ET_TWO_OVER_PI 6.366197724e-01f
#define ET_HALF_PI_HIGH 1.570796371e+00f
#define ET_HALF_PI_MID -4.371138829e-08f
#define ET_HALF_PI_LOW -1.776356839e-15f
#define ET_SIN_0 -1.666665524e-01f
#define ET_SIN_1 8.332160302e-03f
#define ET_SIN_2 -1.951519807e-04f
#define ET_COS_0 4.166664556e-02f
#define ET_COS_1 -1.388736651e-03f
#define ET_COS_2 2.443835547e-05f

/* Below this a row counts as zeros: 127 / absmax must not overflow. */
#define ET_ABSMAX_FLOOR 1e-30f

#endif
