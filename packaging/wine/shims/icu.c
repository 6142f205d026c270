/* icuuc.dll: Windows 10 has one, Wine 8 has none. Qt opens a converter of it for encodings that it has not built
   in; here no converter opens, which Qt takes as an unknown encoding, and so nothing else is ever called. */
#include <windows.h>

enum { FILE_ACCESS_ERROR = 4 };
#define EXPORT __declspec(dllexport)
#define NOT_CALLED(name) EXPORT void *name(void) { return 0; }

EXPORT void *ucnv_open(const char *name, int *error) {
    (void)name;
    *error = FILE_ACCESS_ERROR;
    return 0;
}

EXPORT int ucnv_countAvailable(void) { return 0; }

NOT_CALLED(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
NOT_CALLED(UCNV_TO_U_CALLBACK_SUBSTITUTE)
NOT_CALLED(ucnv_cbFromUWriteUChars)
NOT_CALLED(ucnv_cbToUWriteUChars)
NOT_CALLED(ucnv_close)
NOT_CALLED(ucnv_fromUCountPending)
NOT_CALLED(ucnv_fromUnicode)
NOT_CALLED(ucnv_getAvailableName)
NOT_CALLED(ucnv_getFromUCallBack)
NOT_CALLED(ucnv_getMaxCharSize)
NOT_CALLED(ucnv_getName)
NOT_CALLED(ucnv_getStandardName)
NOT_CALLED(ucnv_getToUCallBack)
NOT_CALLED(ucnv_reset)
NOT_CALLED(ucnv_setFromUCallBack)
NOT_CALLED(ucnv_setToUCallBack)
NOT_CALLED(ucnv_toUCountPending)
NOT_CALLED(ucnv_toUnicode)

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
    (void)library, (void)reason, (void)reserved;
    return TRUE;
}
