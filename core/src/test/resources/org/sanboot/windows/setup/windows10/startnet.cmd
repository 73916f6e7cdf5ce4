@echo off
rem Runs in Windows PE: network card, iSCSI disk, then setup.
wpeinit
drvload "X:\sanboot\drivers\1\netkvm.inf"
wpeutil InitializeNetwork

echo list disk> X:\list-disk.txt
set tries=0
:disk
echo Waiting for the iSCSI disk, try %tries% of 60.
diskpart /s X:\list-disk.txt > X:\disks.txt
find " 0  " X:\disks.txt > nul
if not errorlevel 1 goto media
set /a tries+=1
if %tries% geq 60 goto nodisk
ping -n 3 127.0.0.1 > nul
goto disk

:media
set medium=
set answers=
for %%d in (C D E F G H I J K) do if exist %%d:\sources\install.wim set medium=%%d:
for %%d in (C D E F G H I J K) do if exist %%d:\sources\install.esd set medium=%%d:
for %%d in (C D E F G H I J K) do if exist %%d:\sources\install.swm set medium=%%d:
for %%d in (C D E F G H I J K) do if exist %%d:\sanboot\unattend.xml set answers=%%d:\sanboot\unattend.xml
if not defined medium goto nomedium
if not defined answers goto nomedium
echo Setup starts from %medium% with %answers%.
%medium%\sources\setup.exe /unattend:%answers%
if errorlevel 1 echo SANBOOT: Windows Setup ended with status %errorlevel%; see X:\Windows\Panther\setupact.log.
goto end

:nodisk
echo SANBOOT: there is no iSCSI disk. Is the network card on the screen, with an address?
((echo SANBOOT: there is no iSCSI disk. Is the network card on the screen, with an address?)> COM1) 2> nul
ipconfig /all
goto end

:nomedium
echo SANBOOT: a disc is missing: medium=%medium% answers=%answers%.
((echo SANBOOT: a disc is missing: medium=%medium% answers=%answers%.)> COM1) 2> nul

:end
rem Setup restarts the machine itself; whoever gets here needs a prompt.
cmd /k
