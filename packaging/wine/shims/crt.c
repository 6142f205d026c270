/* What the C runtime of Windows 10 has and Wine 8's lacks.

   numpy imports the C99 complex functions, which Wine exports as stubs that abort. Microsoft's _Fcomplex and
   _Dcomplex are plain structs of two numbers, and its long double is a double. */
#include <complex.h>
#include <errno.h>
#include <windows.h>

typedef struct { float re, im; } single_pair;
typedef struct { double re, im; } double_pair;

static float complex single_in(single_pair p) { return __builtin_complex(p.re, p.im); }
static double complex double_in(double_pair p) { return __builtin_complex(p.re, p.im); }
static single_pair single_out(float complex z) { single_pair p = {crealf(z), cimagf(z)}; return p; }
static double_pair double_out(double complex z) { double_pair p = {creal(z), cimag(z)}; return p; }

#define TO_COMPLEX(name)                                                                        \
    double_pair moa_##name(double_pair p) { return double_out(name(double_in(p))); }            \
    double_pair moa_##name##l(double_pair p) { return double_out(name(double_in(p))); }         \
    single_pair moa_##name##f(single_pair p) { return single_out(name##f(single_in(p))); }
#define TO_REAL(name)                                                                           \
    double moa_##name(double_pair p) { return name(double_in(p)); }                             \
    double moa_##name##l(double_pair p) { return name(double_in(p)); }                          \
    float moa_##name##f(single_pair p) { return name##f(single_in(p)); }

TO_COMPLEX(cacos) TO_COMPLEX(cacosh) TO_COMPLEX(casin) TO_COMPLEX(casinh) TO_COMPLEX(catan)
TO_COMPLEX(catanh) TO_COMPLEX(ccos) TO_COMPLEX(ccosh) TO_COMPLEX(cexp) TO_COMPLEX(clog)
TO_COMPLEX(conj) TO_COMPLEX(cproj) TO_COMPLEX(csin) TO_COMPLEX(csinh) TO_COMPLEX(csqrt)
TO_COMPLEX(ctan) TO_COMPLEX(ctanh)
TO_REAL(cabs) TO_REAL(carg) TO_REAL(creal) TO_REAL(cimag)

double_pair moa_cpow(double_pair a, double_pair b) { return double_out(cpow(double_in(a), double_in(b))); }
double_pair moa_cpowl(double_pair a, double_pair b) { return moa_cpow(a, b); }
single_pair moa_cpowf(single_pair a, single_pair b) { return single_out(cpowf(single_in(a), single_in(b))); }

/* Wine's fails without an errno; Windows' says EACCES where another process holds the lock. */
int moa__locking(int file, int mode, long bytes) {
    HMODULE wine = GetModuleHandleA("ucrtwine.dll");
    int (*locking)(int, int, long) = (void *)GetProcAddress(wine, "_locking");
    int *(*error)(void) = (void *)GetProcAddress(wine, "_errno");
    SetLastError(ERROR_SUCCESS);
    int result = locking(file, mode, bytes);
    if (result) {
        DWORD reason = GetLastError();
        *error() = reason == ERROR_LOCK_VIOLATION || reason == ERROR_ACCESS_DENIED ? EACCES : EINVAL;
    }
    return result;
}

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
    (void)library, (void)reason, (void)reserved;
    return TRUE;
}
