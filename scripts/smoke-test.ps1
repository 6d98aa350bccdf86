# Looks at a worker in a cluster through its service, from this machine. Twin: smoke-test.sh.
param(
    [string]$Namespace = 'preview-worker',
    [string]$Service = 'preview-worker',
    [string]$Timeout = '180',
    [switch]$Render,
    [switch]$DryRun,
    [switch]$Json,
    [switch]$Help,
    [Parameter(ValueFromRemainingArguments = $true)][string[]]$Unknown
)
$ErrorActionPreference = 'Stop'

$usage = @'
Usage: smoke-test.ps1 [options]

Forwards a free port to the service of the workers, looks at probes and metrics through it, and stops forwarding.
With the other option a pod renders a small tutorial too. Changes nothing else; safe to run again.

  -Namespace NAME   where the workers are (default: preview-worker)
  -Service NAME     their service (default: preview-worker)
  -Timeout SECONDS  for the forwarding to begin, and for each job (default: 180)
  -Render           render a small tutorial in a pod, end to end
  -DryRun           say what would be done, and do nothing
  -Json             print one JSON object for each verification
  -Help             print this

Exit status: 0 all is well, 2 wrong usage, 69 there is no kubectl, or nothing is forwarded, else that of the
verification, as verify-preview-worker tells.
'@

function Stop-WithError {
    param([int]$Code, [string]$Message)
    [Console]::Error.WriteLine("[ERROR] $Message")
    exit $Code
}

if ($Help) {
    Write-Output $usage
    exit 0
}
if ($Unknown) {
    Stop-WithError 2 "unknown option $($Unknown[0]); see -Help"
}
if ($Timeout -notmatch '^[1-9][0-9]*$') { Stop-WithError 2 "$Timeout is no number of seconds" }

$forward = @('--namespace', $Namespace, 'port-forward', "service/$Service", ':80')
$rendering = @('--namespace', $Namespace, 'exec', 'deployment/preview-worker', '--', 'preview-worker')
$rendering += @('verify', '--render', '--timeout', $Timeout)
if ($Json) { $rendering += '--json' }
if ($DryRun) {
    Write-Output "[INFO] would run kubectl $($forward -join ' ')"
    Write-Output '[INFO] would look at probes and metrics through it'
    if ($Render) { Write-Output "[INFO] would run kubectl $($rendering -join ' ')" }
    exit 0
}
if (-not (Get-Command kubectl -ErrorAction SilentlyContinue)) { Stop-WithError 69 'there is no kubectl' }

# kubectl takes a free port and says which, as soon as it listens.
$told = New-TemporaryFile
$forwarder = Start-Process kubectl -ArgumentList $forward -PassThru -RedirectStandardOutput $told.FullName
$code = 0
try {
    $deadline = (Get-Date).AddSeconds([int]$Timeout)
    $port = ''
    while (-not $port) {
        $line = Get-Content $told.FullName -TotalCount 1
        if ($line -match '127\.0\.0\.1:([0-9]+)') { $port = $Matches[1] }
        elseif ($line) { Stop-WithError 69 'kubectl does not say which port it forwards' }
        elseif ($forwarder.HasExited -or (Get-Date) -gt $deadline) {
            Stop-WithError 69 "nothing is forwarded to service/$Service in $Namespace"
        }
        else { Start-Sleep -Milliseconds 100 }
    }
    $verify = @{ Url = "http://127.0.0.1:$port"; ProbesOnly = $true; Json = $Json }
    & (Join-Path $PSScriptRoot 'verify-preview-worker.ps1') @verify
    $code = $LASTEXITCODE
    if ($Render -and $code -eq 0) {
        & kubectl @rendering
        $code = $LASTEXITCODE
    }
}
finally {
    if (-not $forwarder.HasExited) { Stop-Process -Id $forwarder.Id }
    Remove-Item -Force $told.FullName
}
exit $code
