# Opens the way in for a build: a WinRM listener over HTTPS with the certificate that was made for this build.
#
# Run by autounattend.xml at the first logon, as an administrator, from the medium with the answer file. What differs between builds is
# in door.json beside this script. Everything that is made here is named wmclient-build or listed in the record below, so that the
# stage seal finds and removes it. Safe to run twice. Written for Windows PowerShell 5.1; it has not run on a real Windows yet.
#requires -Version 5.1
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$folder = Join-Path $env:SystemRoot 'wmclient\build'
$record = Join-Path $folder 'door-record.json'
$log = Join-Path $folder 'winrm.log'

# Only administrators and SYSTEM write below the Windows folder.
New-Item -ItemType Directory -Path $folder -Force | Out-Null

function Write-Step([string] $text) {
  $line = '{0} {1}' -f [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ'), $text
  Add-Content -LiteralPath $log -Value $line -Encoding UTF8
}

# Saves what stood in a registry value before it is changed, so that seal can put it back. The first run decides.
function Set-Noted($made, [string] $key, [string] $name, [int] $value) {
  $place = "$key!$name"
  if (-not ($made.values | Where-Object { $_.place -eq $place })) {
    $before = $null
    if (Test-Path -LiteralPath $key) { $before = (Get-Item -LiteralPath $key).GetValue($name, $null) }
    $made.values += @{ place = $place; before = $before }
  }
  if (-not (Test-Path -LiteralPath $key)) { New-Item -Path $key -Force | Out-Null }
  New-ItemProperty -LiteralPath $key -Name $name -Value $value -PropertyType DWord -Force | Out-Null
}

try {
  $door = Get-Content -LiteralPath (Join-Path $PSScriptRoot 'door.json') -Raw -Encoding UTF8 | ConvertFrom-Json
  if ($door.schema -ne 'wmclient/door/1') { throw "door.json has the schema '$($door.schema)', this script knows wmclient/door/1" }

  $made = @{ schema = 'wmclient/door-record/1'; values = @(); thumbprint = ''; port = [int] $door.port; rule = 'wmclient-build-winrm' }
  if (Test-Path -LiteralPath $record) {
    $old = Get-Content -LiteralPath $record -Raw -Encoding UTF8 | ConvertFrom-Json
    foreach ($v in $old.values) { $made.values += @{ place = $v.place; before = $v.before } }
  }

  Write-Step 'import the certificate of this build'
  $flags = [Security.Cryptography.X509Certificates.X509KeyStorageFlags] 'MachineKeySet,PersistKeySet'
  $cert = New-Object Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList ([Convert]::FromBase64String($door.pfx)), $door.password, $flags
  $store = New-Object Security.Cryptography.X509Certificates.X509Store -ArgumentList 'My', 'LocalMachine'
  $store.Open('ReadWrite')
  try { $store.Add($cert) } finally { $store.Close() }
  $made.thumbprint = $cert.Thumbprint

  Write-Step 'let a local administrator in over the network'
  Set-Noted $made 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System' 'LocalAccountTokenFilterPolicy' 1
  $made | ConvertTo-Json -Depth 4 | Set-Content -LiteralPath $record -Encoding UTF8 # before the door stands open

  Write-Step 'start WinRM'
  Set-Service -Name WinRM -StartupType Automatic
  Start-Service -Name WinRM

  Write-Step 'make the listener'
  Get-ChildItem -Path WSMan:\localhost\Listener | Where-Object { $_.Keys -contains 'Transport=HTTPS' } | Remove-Item -Recurse -Force
  New-Item -Path WSMan:\localhost\Listener -Transport HTTPS -Address '*' -Port $door.port -CertificateThumbPrint $cert.Thumbprint -Force | Out-Null
  Set-Item -Path WSMan:\localhost\MaxEnvelopeSizekb -Value 8192
  # Nothing is set below Service\Auth: Negotiate (NTLM) is on as Windows comes, inside TLS that is enough, and where a policy of the
  # hardened image rules Basic or unencrypted traffic, changing them here is refused by Windows.

  Write-Step 'let the build through the firewall'
  $peers = 'Any'
  if (@($door.peers).Count -gt 0) { $peers = @($door.peers) }
  Get-NetFirewallRule -Name $made.rule -ErrorAction SilentlyContinue | Remove-NetFirewallRule
  New-NetFirewallRule -Name $made.rule -DisplayName $made.rule -Direction Inbound -Action Allow -Protocol TCP -LocalPort $door.port `
    -RemoteAddress $peers -Profile Any | Out-Null

  Write-Step "open on port $($door.port)"
} catch {
  # The message names what failed; it never holds the password, which is in no argument of a command above that is quoted in errors.
  Write-Step "failed: $($_.Exception.Message)"
  exit 1
}
