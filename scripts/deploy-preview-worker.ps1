# Rolls an overlay out to a cluster and verifies it there. Twin: deploy-preview-worker.sh.
param(
    [string]$Overlay = 'staging',
    [string]$Namespace = '',
    [string]$ImageTag = '',
    [string]$Timeout = '420',
    [switch]$SkipSecrets,
    [switch]$DryRun,
    [switch]$Help,
    [Parameter(ValueFromRemainingArguments = $true)][string[]]$Unknown
)
$ErrorActionPreference = 'Stop'

$usage = @'
Usage: deploy-preview-worker.ps1 [options]

Applies an overlay of k8s/preview-worker, waits until it is rolled out, and verifies it in a pod. Safe to run
again. Secrets are never applied, only looked for: k8s/preview-worker/README.md says how they are made.

  -Overlay NAME     dev, staging or production (default: staging)
  -Namespace NAME   where to deploy (default: the overlay's)
  -ImageTag TAG     the image's tag (default: the overlay's)
  -Timeout SECONDS  for each rollout, and for the verification's job (default: 420)
  -SkipSecrets      do not look for the secret before anything is applied
  -DryRun           build the overlay, say what would be done, and change nothing
  -Help             print this

Exit status: 0 done, 1 the secret is missing, 2 wrong usage, 69 there is no kubectl, else that of the kubectl
or preview-worker command that failed.
'@

function Write-Line {
    param([string]$Mark, [string]$Message)
    Write-Output "[$Mark] $Message"
}

function Stop-WithError {
    param([int]$Code, [string]$Message)
    [Console]::Error.WriteLine("[ERROR] $Message")
    exit $Code
}

function Stop-AfterFailure {
    param([int]$Code, [string]$Command)
    [Console]::Error.WriteLine("[ERROR] $Command ended with $Code")
    $undo = "kubectl --namespace $Namespace rollout undo deployment/preview-worker"
    [Console]::Error.WriteLine("Next steps: kubectl --namespace $Namespace get events; $undo")
    exit $Code
}

function Invoke-Kubectl {
    param([string[]]$Words)
    if ($DryRun) {
        Write-Line INFO "would run kubectl $($Words -join ' ')"
        return
    }
    Write-Line INFO "kubectl $($Words -join ' ')"
    & kubectl @Words
    if ($LASTEXITCODE -ne 0) {
        Stop-AfterFailure $LASTEXITCODE "kubectl $($Words -join ' ')"
    }
}

if ($Help) {
    Write-Output $usage
    exit 0
}
if ($Unknown) {
    Stop-WithError 2 "unknown option $($Unknown[0]); see -Help"
}

$cluster = Join-Path $PSScriptRoot '../k8s/preview-worker'
$settings = Join-Path $cluster "overlays/$Overlay/kustomization.yaml"
if (-not (Test-Path $settings)) { Stop-WithError 2 "there is no overlay $Overlay" }
if ($Namespace -cnotmatch '^[a-z0-9-]*$') { Stop-WithError 2 "$Namespace is no name of a namespace" }
if ($ImageTag -notmatch '^[A-Za-z0-9_.-]*$') { Stop-WithError 2 "$ImageTag is no tag of an image" }
if ($Timeout -notmatch '^[1-9][0-9]*$') { Stop-WithError 2 "$Timeout is no number of seconds" }
if (-not (Get-Command kubectl -ErrorAction SilentlyContinue)) { Stop-WithError 69 'there is no kubectl' }
if (-not $Namespace) {
    $line = Select-String -Path $settings -Pattern '^namespace: *(.*)$'
    $Namespace = $line.Matches[0].Groups[1].Value
}

# An overlay over the overlay, so that nothing that is committed has to be changed.
$folder = Join-Path $cluster ".deploy.$([Guid]::NewGuid().ToString('N'))"
$text = "resources: [../overlays/$Overlay]`nnamespace: $Namespace`n"
if ($ImageTag) {
    $image = 'ghcr.io/mobius-org/mobius-preview-worker'
    $text += "images: [{name: $image, newTag: `"$ImageTag`"}]`n"
}
New-Item -ItemType Directory -Path $folder | Out-Null
try {
    Set-Content -Path (Join-Path $folder 'kustomization.yaml') -Value $text
    Write-Output "=== Deploy $Overlay to $Namespace ==="
    & kubectl kustomize $folder | Out-Null
    if ($LASTEXITCODE -ne 0) { Stop-AfterFailure $LASTEXITCODE 'kubectl kustomize' }
    Write-Line SUCCESS 'the overlay can be built'
    if (-not $SkipSecrets -and -not $DryRun) {
        & kubectl --namespace $Namespace get secret preview-worker-secrets --output name | Out-Null
        if ($LASTEXITCODE -ne 0) {
            $where = "in $Namespace; see k8s/preview-worker/README.md"
            Stop-WithError 1 "there is no secret preview-worker-secrets $where"
        }
        Write-Line SUCCESS 'the secret is there'
    }
    Invoke-Kubectl @('apply', '-k', $folder)
    foreach ($deployment in @('preview-worker', 'preview-worker-api')) {
        $status = @('rollout', 'status', "deployment/$deployment", "--timeout=${Timeout}s")
        Invoke-Kubectl (@('--namespace', $Namespace) + $status)
    }
    $verify = @('exec', 'deployment/preview-worker', '--', 'preview-worker', 'verify', '--timeout', $Timeout)
    Invoke-Kubectl (@('--namespace', $Namespace) + $verify)
}
finally {
    Remove-Item -Recurse -Force $folder
}
if ($DryRun) {
    Write-Output 'OK - nothing was changed'
}
else {
    Write-Output "OK - $Overlay is deployed to $Namespace"
}
