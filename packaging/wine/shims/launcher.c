/* python.exe: hands its command line to the Python DLL, as CPython's own launcher does. */
#include <wchar.h>

__declspec(dllimport) int Py_Main(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv) {
    return Py_Main(argc, argv);
}
