@echo off
rem Runs at the first logon, when setup has finished.
rem The answer files that setup kept have the password in them; sysprep gets one without.
del /f /q "%SystemRoot%\Panther\unattend.xml" 2> nul
del /f /q "%SystemRoot%\Panther\unattend-original.xml" 2> nul
del /f /q "%SystemRoot%\Panther\Unattend\unattend.xml" 2> nul
copy /y "%~dp0sysprep.xml" "%SystemRoot%\Panther\unattend.xml" > nul
set missing=service sshd
sc query sshd > nul
if errorlevel 1 goto stay
set missing=ssh key
if not exist "%ProgramData%\ssh\administrators_authorized_keys" goto stay
shutdown /s /f /t 5
exit /b 0

:stay
rem The machine stays on, and neither sleeps nor turns its screen dark.
powercfg -change -monitor-timeout-ac 0
powercfg -change -standby-timeout-ac 0
type "%~dp0specialize.log"
echo SANBOOT: Windows is installed but has no %missing%. See %~dp0specialize.log.
((echo SANBOOT: Windows is installed but has no %missing%. See %~dp0specialize.log.)> COM1) 2> nul
cmd /k
