@echo on
rem Runs in the specialize pass; specialize.log beside it has what it printed.
cd /d "%~dp0"
reg import settings.reg
rem Hibernation would leave a session on the disk.
powercfg -h off
rem An image is used for longer than the 42 days that a password holds.
net accounts /maxpwage:unlimited

xcopy /e /i /y /q OpenSSH "%ProgramFiles%\OpenSSH"
powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command "& '%ProgramFiles%\OpenSSH\install-sshd.ps1' -Confirm:$false"
sc config sshd start= auto
netsh advfirewall firewall add rule name="OpenSSH server" dir=in action=allow protocol=TCP localport=22
rem sshd does not start when others may write to its folder, which what is made here could inherit.
if not exist "%ProgramData%\ssh" md "%ProgramData%\ssh"
icacls "%ProgramData%\ssh" /setowner *S-1-5-32-544
icacls "%ProgramData%\ssh" /inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F /grant:r *S-1-5-18:(OI)(CI)F /grant:r *S-1-5-11:(OI)(CI)RX
rem sshd ignores the file unless it belongs to administrators and the system alone.
copy /y administrators_authorized_keys "%ProgramData%\ssh\administrators_authorized_keys"
icacls "%ProgramData%\ssh\administrators_authorized_keys" /setowner *S-1-5-32-544
icacls "%ProgramData%\ssh\administrators_authorized_keys" /inheritance:r /grant:r *S-1-5-32-544:F /grant:r *S-1-5-18:F
exit /b 0
