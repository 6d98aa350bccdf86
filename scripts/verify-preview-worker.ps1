# Checks a running preview worker, from its probes to a preview. Twin: verify-preview-worker.sh.
param(
    [string]$Url = '',
    [string]$Timeout = '',
    [switch]$Render,
    [switch]$ProbesOnly,
    [switch]$DryRun,
    [switch]$Json,
    [switch]$Help,
    [Parameter(ValueFromRemainingArguments = $true)][string[]]$Unknown
)
$ErrorActionPreference = 'Stop'

$usage = @'
Usage: verify-preview-worker.ps1 [options]

Checks a running preview worker: probes, metrics, Redis, DATA_DIR, and a dry run through the queue.
Run it where the worker runs, with its environment; it changes nothing but that it adds its own jobs.

  -Url URL          worker to look at (default: HEALTH_PORT on this machine)
  -Timeout SECONDS  that each job may take (default: 60)
  -Render           render a small tutorial too, end to end
  -ProbesOnly       look at probes and metrics, and nothing else
  -DryRun           say what would be done, and do nothing
  -Json             print one JSON object
  -Help             print this

Exit status: 0 all is well, 1 something is not, 2 wrong usage or settings, 69 the worker or Redis cannot
be reached (or there is no preview-worker command), 75 a job was not done in time.
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

$options = @('verify')
if ($Url) { $options += @('--url', $Url) }
if ($Timeout) { $options += @('--timeout', $Timeout) }
if ($Render) { $options += '--render' }
if ($ProbesOnly) { $options += '--probes-only' }
if ($DryRun) { $options += '--dry-run' }
if ($Json) { $options += '--json' }

# The clone's own environment, if there is one, else whatever is installed.
$command = Join-Path $PSScriptRoot '../.venv/bin/preview-worker'
if (-not (Test-Path $command)) {
    $command = Join-Path $PSScriptRoot '../.venv/Scripts/preview-worker.exe'
}
if (-not (Test-Path $command)) {
    $found = Get-Command preview-worker -CommandType Application -ErrorAction SilentlyContinue
    if (-not $found) {
        Stop-WithError 69 'there is no preview-worker command: install the package'
    }
    $command = @($found)[0].Source
}

& $command @options
exit $LASTEXITCODE
