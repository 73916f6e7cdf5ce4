@echo off
rem Runs at the first logon, when setup has finished.
rem The answer files that setup kept have the password in them; sysprep gets one without.
del /f /q "%SystemRoot%\Panther\unattend.xml" 2> nul
del /f /q "%SystemRoot%\Panther\unattend-original.xml" 2> nul
del /f /q "%SystemRoot%\Panther\Unattend\unattend.xml" 2> nul
copy /y "%~dp0sysprep.xml" "%SystemRoot%\Panther\unattend.xml" > nul
rem No automatic logon is left, and no password in the registry.
reg add "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon" /v AutoAdminLogon /t REG_SZ /d 0 /f > nul
reg add "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon" /v AutoLogonCount /t REG_DWORD /d 0 /f > nul
reg delete "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon" /v DefaultPassword /f > nul 2>&1
set missing=ssh key
if not exist "%ProgramData%\ssh\administrators_authorized_keys" goto stay
set missing=service sshd
sc query sshd > nul
if errorlevel 1 goto stay
rem It may not have started yet.
set tries=0
:running
set missing=running ssh server
sc start sshd > nul 2>&1
sc query sshd | find ": 4 " > nul
if errorlevel 1 goto again
set missing=answer of an ssh server on port 22
powershell -NoProfile -NonInteractive -Command "$c=New-Object Net.Sockets.TcpClient('127.0.0.1',22);$c.ReceiveTimeout=10000;$b=New-Object byte[] 4;[void]$c.GetStream().Read($b,0,4);if([Text.Encoding]::ASCII.GetString($b) -ne 'SSH-'){exit 1}"
if not errorlevel 1 goto ready
:again
set /a tries+=1
if %tries% geq 30 goto stay
ping -n 3 127.0.0.1 > nul
goto running

:ready
shutdown /s /f /t 5
exit /b 0

:stay
rem The machine stays on, and neither sleeps nor turns its screen dark.
powercfg -change -monitor-timeout-ac 0
powercfg -change -standby-timeout-ac 0
type "%~dp0specialize.log"
sc query sshd
icacls "%ProgramData%\ssh" /t
echo SANBOOT: Windows is installed but has no %missing%. See %~dp0specialize.log.
((echo SANBOOT: Windows is installed but has no %missing%. See %~dp0specialize.log.)> COM1) 2> nul
cmd /k
