#requires -Version 5.1
#requires -RunAsAdministrator
<#
  Makes the serviced base "win10-iot-ltsc-2021-updated" from "win10-iot-ltsc-2021" with DISM.

  NEVER RUN HERE: wmclient wrote this script from a description. Its makers have run no part of it on Windows.
  Read it before you run it, try it on a machine that you can lose, and look at the log.

  Edition IoTEnterpriseS (amd64), from build 19044.1288 to 19044.6575.
  Description c64d025935d013fdf6d18d91f3b3308b95607c6efe83d6863587f06cc74f5e4d.

  -Source  the parent: an install.wim (read only; copy it out of its .iso first)
  -Files   the folder with the packages and drivers that the description names
  -Output  the WIM to write; beside it come a log and the record that "wmclient base import" asks for
  -Work    an empty folder on a disk with some 30 GB free
  -FeatureSource  where DISM finds the payload of features, such as sources\sxs of the medium (not needed for all)
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory = $true)] [string] $Source,
  [Parameter(Mandatory = $true)] [string] $Files,
  [Parameter(Mandatory = $true)] [string] $Output,
  [Parameter(Mandatory = $true)] [string] $Work,
  [string] $FeatureSource = ''
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$spec = @'
{"arch":"amd64","base":"win10-iot-ltsc-2021-updated","build":"19044.6575","capabilities":["OpenSSH.Client~~~~0.0.1.0"],"drivers":["drivers/net"],"edition_id":"IoTEnterpriseS","features":["NetFx3"],"languages":["sv-SE","en-US"],"packages":[{"file":"Microsoft-Windows-Client-Language-Pack_x64_en-us.cab","sha256":"1111111111111111111111111111111111111111111111111111111111111111"},{"file":"windows10.0-kb5066791-x64.msu","sha256":"2222222222222222222222222222222222222222222222222222222222222222"}],"parent":"win10-iot-ltsc-2021","parent_build":"19044.1288","parent_sha256":"1111111111111111111111111111111111111111111111111111111111111111"}
'@
$specDigest = 'c64d025935d013fdf6d18d91f3b3308b95607c6efe83d6863587f06cc74f5e4d'
$started = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ')
$steps = New-Object System.Collections.ArrayList

# Full paths: DISM has a current folder of its own.
$Source = (Resolve-Path -LiteralPath $Source).ProviderPath
$Files  = (Resolve-Path -LiteralPath $Files).ProviderPath
$Work   = (Resolve-Path -LiteralPath $Work).ProviderPath
$Output = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Output)
$record = $Output + '.record.json'
$log    = $Output + '.log'
$mount  = Join-Path $Work 'mount'
$parent = Join-Path $Work 'parent.wim'
$dism   = Join-Path $env:SystemRoot 'System32\dism.exe'

foreach ($p in @($Output, $record, $log)) {
  if (Test-Path -LiteralPath $p) { throw "$p exists already. Move it away first." }
}
if (@(Get-ChildItem -LiteralPath $Work -Force).Count -ne 0) { throw "$Work is not empty." }

function Get-Digest([string] $Path) { (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash.ToLowerInvariant() }

# Runs DISM and goes by its exit code alone: what it prints depends on the language of this machine.
# 3010 means that a restart is wanted, which a mounted image has none of.
function Invoke-Dism([string] $Name, [string[]] $Arguments) {
  Write-Host "$Name ..."
  & $dism '/English' "/LogPath:$log" '/LogLevel:3' @Arguments | Out-Host
  $code = $LASTEXITCODE
  [void] $steps.Add([ordered] @{ name = $Name; exit_code = $code })
  if ($code -ne 0 -and $code -ne 3010) { throw "DISM ended with $code in the step '$Name'. See $log." }
}

# All input is checked before anything is changed.
$parentDigest = Get-Digest $Source
$parentSize = (Get-Item -LiteralPath $Source).Length
if ($parentDigest -ne '1111111111111111111111111111111111111111111111111111111111111111') { throw "$Source has SHA-256 $parentDigest; the description wants 1111111111111111111111111111111111111111111111111111111111111111." }
if ((Get-Digest (Join-Path $Files 'Microsoft-Windows-Client-Language-Pack_x64_en-us.cab')) -ne '1111111111111111111111111111111111111111111111111111111111111111') { throw 'The file Microsoft-Windows-Client-Language-Pack_x64_en-us.cab is not the one that the description names.' }
if ((Get-Digest (Join-Path $Files 'windows10.0-kb5066791-x64.msu')) -ne '2222222222222222222222222222222222222222222222222222222222222222') { throw 'The file windows10.0-kb5066791-x64.msu is not the one that the description names.' }
if (-not (Test-Path -LiteralPath (Join-Path $Files 'drivers/net') -PathType Container)) { throw 'The folder of drivers drivers/net is missing.' }
$index = 0
foreach ($i in @(Get-WindowsImage -ImagePath $Source)) {
  $one = Get-WindowsImage -ImagePath $Source -Index $i.ImageIndex
  if ($one.EditionId -eq 'IoTEnterpriseS') {
    if ($index -ne 0) { throw "$Source has several images of edition IoTEnterpriseS. Export the one you mean first." }
    $index = $i.ImageIndex
  }
}
if ($index -eq 0) { throw "$Source has no image of edition IoTEnterpriseS." }
$payload = @()
if ($FeatureSource -ne '') { $payload = @('/Source:' + (Resolve-Path -LiteralPath $FeatureSource).ProviderPath) }

# The parent stays as it is: its one image is exported, and that copy is mounted and changed.
Invoke-Dism 'export parent' @('/Export-Image', "/SourceImageFile:$Source", "/SourceIndex:$index", "/DestinationImageFile:$parent", '/CheckIntegrity')
New-Item -ItemType Directory -Path $mount | Out-Null
Invoke-Dism 'mount' @('/Mount-Image', "/ImageFile:$parent", '/Index:1', "/MountDir:$mount", '/CheckIntegrity')
$mounted = $true
try {
  Invoke-Dism 'capability OpenSSH.Client~~~~0.0.1.0' (@("/Image:$mount") + @('/Add-Capability', '/CapabilityName:OpenSSH.Client~~~~0.0.1.0', '/LimitAccess') + $payload)
  Invoke-Dism 'package Microsoft-Windows-Client-Language-Pack_x64_en-us.cab' (@("/Image:$mount") + @('/Add-Package', ('/PackagePath:' + (Join-Path $Files 'Microsoft-Windows-Client-Language-Pack_x64_en-us.cab'))))
  Invoke-Dism 'package windows10.0-kb5066791-x64.msu' (@("/Image:$mount") + @('/Add-Package', ('/PackagePath:' + (Join-Path $Files 'windows10.0-kb5066791-x64.msu'))))
  Invoke-Dism 'clean up' @("/Image:$mount", '/Cleanup-Image', '/StartComponentCleanup')
  Invoke-Dism 'feature NetFx3' (@("/Image:$mount") + @('/Enable-Feature', '/FeatureName:NetFx3', '/All', '/LimitAccess') + $payload)
  Invoke-Dism 'drivers drivers/net' (@("/Image:$mount") + @('/Add-Driver', ('/Driver:' + (Join-Path $Files 'drivers\net')), '/Recurse'))

  # What came of it, for the record. Names and states, no text of any language. In an image that does not run, much stays pending until its
  # first start.
  $features = @(Get-WindowsOptionalFeature -Path $mount | Where-Object { [string] $_.State -in 'Enabled', 'EnablePending' } | ForEach-Object { $_.FeatureName } | Sort-Object)
  $packages = @(Get-WindowsPackage -Path $mount | Where-Object { [string] $_.PackageState -in 'Installed', 'InstallPending' } | ForEach-Object { $_.PackageName } | Sort-Object)
  $drivers  = @(Get-WindowsDriver -Path $mount | ForEach-Object { $_.Driver } | Sort-Object)

  Invoke-Dism 'unmount' @('/Unmount-Image', "/MountDir:$mount", '/Commit', '/CheckIntegrity')
  $mounted = $false
}
finally {
  if ($mounted) {
    Write-Warning 'A step failed: the mounted image is thrown away. No base was made.'
    & $dism '/English' "/LogPath:$log" '/Unmount-Image' "/MountDir:$mount" '/Discard' | Out-Host
  }
}
Invoke-Dism 'export result' @('/Export-Image', "/SourceImageFile:$parent", '/SourceIndex:1', "/DestinationImageFile:$Output", '/Compress:max', '/CheckIntegrity')
Remove-Item -LiteralPath $parent

$facts = [ordered] @{
  schema       = 'wmclient/servicing-record/1'
  spec         = $spec
  spec_sha256  = $specDigest
  parent       = [ordered] @{ sha256 = $parentDigest; size = $parentSize }
  steps        = @($steps)
  features     = $features
  packages     = $packages
  drivers      = $drivers
  dism_version = [string] (Get-Item -LiteralPath $dism).VersionInfo.ProductVersion
  host_version = [string] [Environment]::OSVersion.Version
  started      = $started
  finished     = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ')
  output       = [ordered] @{ sha256 = (Get-Digest $Output); size = (Get-Item -LiteralPath $Output).Length }
}
[IO.File]::WriteAllText($record, ($facts | ConvertTo-Json -Depth 6), (New-Object System.Text.UTF8Encoding($false)))
Write-Host "Done: $Output"
Write-Host "Next: wmclient base import $(Split-Path -Leaf $Output) --record $(Split-Path -Leaf $record)"
