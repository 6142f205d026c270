/* A DLL of nothing but forwarders. */
#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
    (void)library, (void)reason, (void)reserved;
    return TRUE;
}
