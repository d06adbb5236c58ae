# Puts files in their places. The first line of standard input is JSON: files, each with path, size, sha256, url and medium (a path on a
# medium of this machine), "" for none. $in is that input, behind the script itself. Each file comes by the first way that works, and the
# script says which in one line, a word for each file: already, medium, http or missing. For what is missing it then reads standard input:
# gzip, those files one behind the other; and says "written" in a line of its own. A file gets its name when size and SHA-256 are right.
# Windows PowerShell 5.1, no module needed.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function New-Sha { New-Object Security.Cryptography.SHA256CryptoServiceProvider }
function Test-File($path, $h) {
  if (-not (Test-Path -LiteralPath $path -PathType Leaf) -or (Get-Item -LiteralPath $path).Length -ne $h.size) { return $false }
  $sha = New-Sha
  $f = [IO.File]::OpenRead($path)
  try { return ([BitConverter]::ToString($sha.ComputeHash($f)) -replace '-', '').ToLowerInvariant() -eq $h.sha256 } finally { $f.Close() }
}
function Save-File($path, $h, $src) {
  # A command whose connection was lost may hold its own for hours: each process has another.
  Get-ChildItem -LiteralPath ([IO.Path]::GetDirectoryName($path)) -Filter ([IO.Path]::GetFileName($path) + '.*.partial') | Remove-Item -Force -ErrorAction SilentlyContinue
  $part = $path + '.' + $PID + '.partial'
  $sha = New-Sha
  $out = [IO.File]::Create($part)
  try {
    $buf = New-Object byte[] 1048576
    $left = [int64]$h.size
    while ($left -gt 0 -and ($n = $src.Read($buf, 0, [Math]::Min($left, $buf.Length))) -gt 0) {
      $out.Write($buf, 0, $n); [void]$sha.TransformBlock($buf, 0, $n, $null, 0); $left -= $n
    }
    [void]$sha.TransformFinalBlock($buf, 0, 0)
    $out.Flush($true)
  } finally { $out.Close() }
  $got = ([BitConverter]::ToString($sha.Hash) -replace '-', '').ToLowerInvariant()
  if ($left -ne 0 -or $got -ne $h.sha256) { [IO.File]::Delete($part); throw "$path has SHA-256 $got and $($h.size - $left) bytes, wanted $($h.sha256) and $($h.size)" }
  if ([IO.File]::Exists($path)) { [IO.File]::Delete($path) }
  [IO.File]::Move($part, $path)
}
function Find-Way($path, $h) {
  if (Test-File $path $h) { return 'already' }
  [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($path))
  if ($h.medium) {
    foreach ($d in [IO.DriveInfo]::GetDrives()) {
      if (-not $d.IsReady) { continue }
      $p = Join-Path $d.RootDirectory.FullName $h.medium
      if (-not (Test-File $p $h)) { continue }
      $f = [IO.File]::OpenRead($p)
      try { Save-File $path $h $f } finally { $f.Close() }
      return 'medium'
    }
  }
  if ($h.url) {
    try {
      $req = [Net.WebRequest]::Create($h.url); $req.Timeout = 15000; $req.Proxy = $null
      $answer = $req.GetResponse()
      try { Save-File $path $h $answer.GetResponseStream() } finally { $answer.Close() }
      return 'http'
    } catch { } # the address is not reached from here, or has other bytes: the last way needs neither
  }
  return 'missing'
}
try {
  $head = New-Object IO.MemoryStream
  while (($b = $in.ReadByte()) -ge 0 -and $b -ne 10) { $head.WriteByte($b); if ($head.Length -gt 65536) { throw 'the header is too long' } }
  $files = @(([Text.Encoding]::UTF8.GetString($head.ToArray()) | ConvertFrom-Json).files)
  $missing = @()
  $words = @()
  foreach ($h in $files) {
    $path = [Environment]::ExpandEnvironmentVariables($h.path)
    $way = Find-Way $path $h
    $words += $way
    if ($way -eq 'missing') { $missing += , @($path, $h) }
  }
  [Console]::Out.Write(($words -join ' ') + "`n")
  if ($missing.Count -gt 0) {
    $src = New-Object IO.Compression.GZipStream($in, [IO.Compression.CompressionMode]::Decompress)
    foreach ($m in $missing) { Save-File $m[0] $m[1] $src }
    [Console]::Out.Write("written`n")
  }
  exit 0
} catch {
  [Console]::Error.Write($_.Exception.Message)
  exit 1
}
