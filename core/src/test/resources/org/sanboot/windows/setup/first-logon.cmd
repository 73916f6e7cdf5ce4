@echo on
rem Runs at the first logon, when setup has finished.
rem The answer file that setup kept has the password in it.
del /q "%SystemRoot%\Panther\unattend.xml" "%SystemRoot%\Panther\Unattend\unattend.xml"
shutdown /s /f /t 5
