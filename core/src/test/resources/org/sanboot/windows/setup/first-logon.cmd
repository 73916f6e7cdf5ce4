@echo off
rem Runs at the first logon, when setup has finished.
rem The answer files that setup kept have the password in them; sysprep gets one without.
del /f /q "%SystemRoot%\Panther\unattend.xml" 2> nul
del /f /q "%SystemRoot%\Panther\unattend-original.xml" 2> nul
del /f /q "%SystemRoot%\Panther\Unattend\unattend.xml" 2> nul
copy /y "%~dp0sysprep.xml" "%SystemRoot%\Panther\unattend.xml" > nul
shutdown /s /f /t 5
