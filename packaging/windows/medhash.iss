; Installer for Windows, for Inno Setup 6. UNTESTED: written after its manual; nobody has
; built MedHash on Windows yet. On a Windows computer with Python 3.11 and Inno Setup:
;
;   python packaging\release.py wheel reader
;   iscc /DVersion=0.1.0 packaging\windows\medhash.iss
;
; It takes the folder that PyInstaller built, installs for the user who runs it (no
; administrator), and offers "Search with MedHash" for DICOM files and pictures.

#ifndef Version
  #error Name the version: iscc /DVersion=1.2.3 medhash.iss
#endif
#define Frozen "..\..\build\release\frozen-reader\medhash"

[Setup]
AppId={{6D656468-6173-6800-8000-000000000001}
AppName=MedHash
AppVersion={#Version}
AppPublisher=MedHash developers
DefaultDirName={autopf}\MedHash
DefaultGroupName=MedHash
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=medhash-reader-{#Version}-setup
Compression=lzma2
SolidCompression=yes
ChangesEnvironment=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "path"; Description: "Let the command medhash be found in a terminal"
Name: "menu"; Description: "Offer ""Search with MedHash"" for DICOM files and pictures"

[Files]
Source: "{#Frozen}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\MedHash"; Filename: "{app}\MedHash-window.exe"
Name: "{group}\Third-party notices"; Filename: "{app}\THIRD-PARTY-NOTICES.txt"

[Registry]
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; \
  ValueData: "{olddata};{app}"; Tasks: path; \
  Check: IsPathMissing
Root: HKCU; Subkey: "Software\Classes\SystemFileAssociations\image\shell\MedHash"; \
  ValueType: string; ValueData: "Search with MedHash"; Tasks: menu; Flags: uninsdeletekey
Root: HKCU; Subkey: "Software\Classes\SystemFileAssociations\image\shell\MedHash\command"; \
  ValueType: string; Tasks: menu; \
  ValueData: """{app}\MedHash-window.exe"" window --image ""%1"""
Root: HKCU; Subkey: "Software\Classes\SystemFileAssociations\.dcm\shell\MedHash"; \
  ValueType: string; ValueData: "Search with MedHash"; Tasks: menu; Flags: uninsdeletekey
Root: HKCU; Subkey: "Software\Classes\SystemFileAssociations\.dcm\shell\MedHash\command"; \
  ValueType: string; Tasks: menu; \
  ValueData: """{app}\MedHash-window.exe"" window --image ""%1"""

[Run]
Filename: "{app}\medhash.exe"; Parameters: "--self-test"; Flags: runhidden; \
  StatusMsg: "Trying it out..."

[Code]
{ The user's own Path, as it is kept: that of this process holds the system's, too. }
function UsersPath(): string;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Result) then
    Result := '';
end;

function IsPathMissing(): Boolean;
begin
  Result := Pos(Lowercase(ExpandConstant(';{app};')),
                Lowercase(';' + UsersPath() + ';')) = 0;
end;

{ What was added to the Path goes with the program. }
procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
var
  Kept: string;
begin
  if CurUninstallStep <> usPostUninstall then
    exit;
  Kept := ';' + UsersPath() + ';';
  if StringChangeEx(Kept, ExpandConstant(';{app};'), ';', False) > 0 then
  begin
    Kept := Copy(Kept, 2, Length(Kept) - 2);
    RegWriteExpandStringValue(HKCU, 'Environment', 'Path', Kept);
  end;
end;
