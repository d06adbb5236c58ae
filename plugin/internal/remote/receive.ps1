# Puts one file in its place: from standard input, from an address, or from a medium of this machine. The first line of standard input is
# JSON: path, size, sha256, and from: "probe", "gzip" (what follows), "http://..." or "media:<path on the medium>". $in is that input, behind the script
# itself. A file that is there already is left. It prints one word: already, missing or written. Windows PowerShell 5.1, no module needed.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function New-Sha { New-Object Security.Cryptography.SHA256CryptoServiceProvider }
function Get-Sha($path) {
  $sha = New-Sha
  $f = [IO.File]::OpenRead($path)
  try { return ([BitConverter]::ToString($sha.ComputeHash($f)) -replace '-', '').ToLowerInvariant() } finally { $f.Close() }
}
try {
  $head = New-Object IO.MemoryStream
  while (($b = $in.ReadByte()) -ge 0 -and $b -ne 10) { $head.WriteByte($b); if ($head.Length -gt 65536) { throw 'the header is too long' } }
  $h = [Text.Encoding]::UTF8.GetString($head.ToArray()) | ConvertFrom-Json
  $path = [Environment]::ExpandEnvironmentVariables($h.path)
  if ((Test-Path -LiteralPath $path -PathType Leaf) -and (Get-Item -LiteralPath $path).Length -eq $h.size -and (Get-Sha $path) -eq $h.sha256) {
    [Console]::Out.Write('already'); exit 0
  }
  [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($path))
  $part = $path + '.partial'
  if ($h.from -eq 'probe') { [Console]::Out.Write('missing'); exit 0 }
  if ($h.from -eq 'gzip') { $src = New-Object IO.Compression.GZipStream($in, [IO.Compression.CompressionMode]::Decompress) }
  elseif ($h.from.StartsWith('media:')) {
    $src = $null
    foreach ($d in [IO.DriveInfo]::GetDrives()) {
      if (-not $d.IsReady) { continue }
      $p = Join-Path $d.RootDirectory.FullName $h.from.Substring(6)
      if ((Test-Path -LiteralPath $p -PathType Leaf) -and (Get-Item -LiteralPath $p).Length -eq $h.size -and (Get-Sha $p) -eq $h.sha256) { $src = [IO.File]::OpenRead($p); break }
    }
    if ($null -eq $src) { [Console]::Out.Write('missing'); exit 0 }
  }
  else {
    $req = [Net.WebRequest]::Create($h.from); $req.Timeout = 15000; $req.Proxy = $null
    $src = $req.GetResponse().GetResponseStream()
  }
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
  if ($left -ne 0 -or $got -ne $h.sha256) { [IO.File]::Delete($part); throw "the file has SHA-256 $got and $($h.size - $left) bytes, wanted $($h.sha256) and $($h.size)" }
  if ([IO.File]::Exists($path)) { [IO.File]::Delete($path) }
  [IO.File]::Move($part, $path)
  [Console]::Out.Write('written')
  exit 0
} catch {
  [Console]::Error.Write($_.Exception.Message)
  exit 1
}
