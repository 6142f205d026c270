; The installer for Windows: for one user, without an administrator.
;
;   makensis -DVERSION=0.1.0 -DSOURCE=dist/moa -DKILOBYTES=120000 -DICON=packaging/moa.ico
;            -DOUTPUT=moa-setup.exe packaging/installer/moa.nsi
;
; Silent: /S, with /DESKTOP and /STARTUP for the two options, and /D=FOLDER last. Exit codes: 0 done, 1 given up by
; the user, 2 the program would not close.

Target amd64-unicode
RequestExecutionLevel user
ManifestDPIAware true
ManifestLongPathAware true
!ifdef QUICK ; compiled in a tenth of the time, and for tests alone
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64 ; two programs with one archive in each: the second costs nothing
!endif
SetDatablockOptimize on
SetDateSave off ; two builds of one commit are then the same

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include Sections.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Moa"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"

Name "$(LINK_NAME)"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Moa"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
BrandingText "Moa ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Moa"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Moa setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\moa.exe"
!define MUI_WELCOMEFINISHPAGE_BITMAP "side.bmp"
!define MUI_LANGDLL_ALLLANGUAGES
; An upgrade and the removal speak the language of the first time.
!define MUI_LANGDLL_REGISTRY_ROOT HKCU
!define MUI_LANGDLL_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MUI_LANGDLL_REGISTRY_VALUENAME "Language"
!define MUI_LANGDLL_WINDOWTITLE "모아 · Moa"
!define MUI_LANGDLL_INFO "설치할 때 쓸 언어를 선택하세요. / Select a language."

!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "Korean"
!insertmacro MUI_LANGUAGE "English"

LangString PROGRAM ${LANG_KOREAN} "모아 (필수)"
LangString PROGRAM ${LANG_ENGLISH} "Moa (required)"
LangString DESKTOP ${LANG_KOREAN} "바탕 화면 바로 가기"
LangString DESKTOP ${LANG_ENGLISH} "Desktop shortcut"
LangString STARTUP ${LANG_KOREAN} "Windows를 시작할 때 실행"
LangString STARTUP ${LANG_ENGLISH} "Start with Windows"
LangString PROFILE ${LANG_KOREAN} "설정과 기록도 삭제"
LangString PROFILE ${LANG_ENGLISH} "Delete settings and history too"
LangString CLOSE ${LANG_KOREAN} "모아가 실행 중입니다. 모아를 닫고 계속할까요?"
LangString CLOSE ${LANG_ENGLISH} "Moa is running. Close it and continue?"
LangString STILL ${LANG_KOREAN} "모아가 닫히지 않았습니다. 강제로 종료할까요?$\r$\n저장된 설정과 기록은 그대로 남습니다."
LangString STILL ${LANG_ENGLISH} "Moa did not close. End it now?$\r$\nSaved settings and history are kept."
LangString LINK_NAME ${LANG_KOREAN} "모아"
LangString LINK_NAME ${LANG_ENGLISH} "Moa"

; Whether no program runs from the folder: Windows lets nobody write to a program that runs.
!macro IS_CLOSED UN
Function ${UN}IsClosed
  ${IfNot} ${FileExists} "$INSTDIR\moa.exe"
    Push 1
    Return
  ${EndIf}
  ClearErrors
  FileOpen $0 "$INSTDIR\moa.exe" a
  ${If} ${Errors}
    Push 0
  ${Else}
    FileClose $0
    Push 1
  ${EndIf}
FunctionEnd

Function ${UN}WaitUntilClosed
  StrCpy $1 0
  ${Do}
    Call ${UN}IsClosed
    Pop $2
    ${If} $2 == 1
    ${OrIf} $1 >= 40
      ${ExitDo}
    ${EndIf}
    Sleep 500
    IntOp $1 $1 + 1
  ${Loop}
FunctionEnd

; Asks the user before the program is closed, and again before it is ended.
Function ${UN}CloseProgram
  Call ${UN}IsClosed
  Pop $2
  ${If} $2 == 1
    Return
  ${EndIf}
  MessageBox MB_OKCANCEL|MB_ICONQUESTION "$(CLOSE)" /SD IDOK IDOK +3
    SetErrorLevel 1
    Quit
  nsExec::Exec 'taskkill /IM moa.exe'
  Pop $0
  Call ${UN}WaitUntilClosed
  ${If} $2 == 1
    Return
  ${EndIf}
  MessageBox MB_OKCANCEL|MB_ICONEXCLAMATION "$(STILL)" /SD IDOK IDOK +3
    SetErrorLevel 1
    Quit
  nsExec::Exec 'taskkill /F /IM moa.exe'
  Pop $0
  Call ${UN}WaitUntilClosed
  ${If} $2 != 1
    SetErrorLevel 2
    Quit
  ${EndIf}
FunctionEnd

; Removes what an installer put there and nothing else: the folder may be one that the user chose.
Function ${UN}RemoveProgram
  Delete "$INSTDIR\moa.exe"
  Delete "$INSTDIR\moa-console.exe"
  RMDir /r "$INSTDIR\_internal"
FunctionEnd

; Both languages' names: the program may be removed in another one than it was installed in.
Function ${UN}RemoveLinks
  Delete "$SMPROGRAMS\모아.lnk"
  Delete "$SMPROGRAMS\Moa.lnk"
  Delete "$DESKTOP\모아.lnk"
  Delete "$DESKTOP\Moa.lnk"
  DeleteRegValue HKCU "${RUN_KEY}" "Moa"
FunctionEnd
!macroend
!insertmacro IS_CLOSED ""
!insertmacro IS_CLOSED "un."

Section "$(PROGRAM)" SECTION_PROGRAM
  SectionIn RO
  Call CloseProgram
  Call RemoveProgram
  Call RemoveLinks
  SetOutPath "$INSTDIR"
  File /r "${SOURCE}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\$(LINK_NAME).lnk" "$INSTDIR\moa.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "$(LINK_NAME)"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "Moa"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\moa.exe,0"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${KILOBYTES}
SectionEnd

Section /o "$(DESKTOP)" SECTION_DESKTOP
  CreateShortcut "$DESKTOP\$(LINK_NAME).lnk" "$INSTDIR\moa.exe"
SectionEnd

Section /o "$(STARTUP)" SECTION_STARTUP
  WriteRegStr HKCU "${RUN_KEY}" "Moa" '"$INSTDIR\moa.exe"'
SectionEnd

Function .onInit
  ${IfNot} ${Silent}
    !insertmacro MUI_LANGDLL_DISPLAY
  ${EndIf}
  ; An upgrade keeps what was chosen.
  ${If} ${FileExists} "$DESKTOP\$(LINK_NAME).lnk"
    !insertmacro SelectSection ${SECTION_DESKTOP}
  ${EndIf}
  ReadRegStr $0 HKCU "${RUN_KEY}" "Moa"
  ${If} $0 != ""
    !insertmacro SelectSection ${SECTION_STARTUP}
  ${EndIf}
  ${GetParameters} $1
  ClearErrors
  ${GetOptions} $1 "/DESKTOP" $0
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${SECTION_DESKTOP}
  ${EndIf}
  ClearErrors
  ${GetOptions} $1 "/STARTUP" $0
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${SECTION_STARTUP}
  ${EndIf}
FunctionEnd

Section "un.$(PROGRAM)" UNSECTION_PROGRAM
  SectionIn RO
  Call un.CloseProgram
  Call un.RemoveProgram
  Call un.RemoveLinks
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
SectionEnd

Section /o "un.$(PROFILE)" UNSECTION_PROFILE
  RMDir /r "$LOCALAPPDATA\Moa"
SectionEnd

Function un.onInit
  ${IfNot} ${Silent}
    !insertmacro MUI_UNGETLANGUAGE
  ${EndIf}
FunctionEnd
